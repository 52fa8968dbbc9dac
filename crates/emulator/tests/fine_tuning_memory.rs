//! Training data is checked without being whole in memory. Alone in its file: the figures are those of the process.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod common;

use std::convert::Infallible;

use bytes::Bytes;
use common::{Api, FORM, peak};
use futures_util::{StreamExt, stream};
use http::Request;
use http_body::Frame;
use http_body_util::StreamBody;
use mistral_emulator::Pace;
use serde_json::json;

const SAMPLES: usize = 2_000;

#[tokio::test]
async fn sixty_megabytes_of_training_data_are_checked_in_a_few() {
    let api = Api::with(|builder| builder.pace(Pace::instant()));
    let answer = "word ".repeat(6_000);
    let messages = json!([{"role": "user", "content": "Go on."}, {"role": "assistant", "content": answer}]);
    let sample = Bytes::from(format!("{}\n", json!({"messages": messages})));
    let head = "--edge\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nfine-tune\r\n\
                --edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"large.jsonl\"\r\n\r\n";
    let pieces = stream::iter([Bytes::from(head)])
        .chain(stream::repeat(sample.clone()).take(SAMPLES))
        .chain(stream::iter([Bytes::from("\r\n--edge--\r\n")]));
    let request = Request::post("/v1/files")
        .header("authorization", "Bearer key")
        .header("content-type", FORM)
        .body(StreamBody::new(pieces.map(|piece| Ok::<_, Infallible>(Frame::data(piece)))))
        .unwrap();
    let file = common::collect(api.raw(request).await).await.ok();
    assert_eq!(file["bytes"], SAMPLES * sample.len());

    let before = peak();
    let id = api.tune(json!({"training_files": [file["id"]]})).await;
    let job = api.tuning_job(&id).await;
    assert_eq!(job["status"], "SUCCESS");
    assert!(job["metadata"]["data_tokens"].as_u64().unwrap() > 10_000_000, "{}", job["metadata"]);
    let grown = peak() - before;
    assert!(grown < 16 << 20, "{grown} bytes");
}
