//! What passes through is never whole in memory. Alone in its file: the figures are those of the process.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod common;

use bytes::Bytes;
use common::{Api, FORM, peak};
use futures_util::{StreamExt, stream};
use http::Request;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use std::convert::Infallible;

const PIECES: usize = 4_096;

#[tokio::test]
async fn a_quarter_of_a_gigabyte_passes_in_a_few_megabytes() {
    let api = Api::new();
    api.upload("small.jsonl", "x").await.ok();
    let piece = Bytes::from_static(&[b'x'; 64 * 1_024]);
    let head = "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"large\"\r\n\r\n";
    let pieces = stream::iter([Bytes::from(head)])
        .chain(stream::repeat(piece.clone()).take(PIECES))
        .chain(stream::iter([Bytes::from("\r\n--edge--\r\n")]));
    // Every piece is ready at once, as from a fast disk: nothing but the emulator itself holds the stream back.
    let body = StreamBody::new(pieces.map(|piece| Ok::<_, Infallible>(Frame::data(piece))));
    let request = Request::post("/v1/files")
        .header("authorization", "Bearer key")
        .header("content-type", FORM)
        .body(body)
        .unwrap();

    let before = peak();
    let file = common::collect(api.raw(request).await).await.ok();
    let bytes = (PIECES * piece.len()) as u64;
    assert_eq!(file["bytes"], bytes);

    let request = Request::get(format!("/v1/files/{}/content", file["id"].as_str().unwrap()))
        .header("authorization", "Bearer key")
        .body(http_body_util::Empty::<Bytes>::new())
        .unwrap();
    let mut body = api.raw(request).await.into_body();
    let mut received = 0;
    while let Some(frame) = body.frame().await {
        received += frame.unwrap().into_data().unwrap().len() as u64;
    }
    assert_eq!(received, bytes);
    let grown = peak() - before;
    assert!(grown < 16 << 20, "{grown} bytes");
}
