//! Bodies that are not what they should be.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use mistral_sdk::{Error, ErrorKind, FilePurpose, ListModels, Outcome, Poll};
use serde_json::{Value, json};
use tests::rig::{Rig, check};
use tokio::time::Instant;

/// Asks for the models of an API with this fault; the error, and how many requests it took.
async fn refused(fault: Value) -> (Error, u64) {
    let mut fault = fault;
    fault["operation"] = "models.list".into();
    fault["times"] = "always".into();
    let rig = Rig::new(json!([fault]));
    let error = rig.client.models().list(&ListModels::default()).await.unwrap_err();
    check(&error, "models.list: ");
    rig.all_delivered();
    (error, rig.count("models.list"))
}

#[tokio::test(start_paused = true)]
async fn f43_json_that_is_cut_at_its_announced_length() {
    let (error, requests) = refused(json!({"delivery": {"truncate": 300}})).await;
    assert_eq!((error.kind(), requests), (ErrorKind::Decode, 2));
    let shown = error.to_string();
    assert!(shown.contains("column 300") && shown.contains("begins with {\"data\":["), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn f44_a_web_page_of_a_captive_portal() {
    let page = format!("<html>\u{1b}[2J<body>{}</body></html>", "please log in ".repeat(100));
    let headers = json!({"content-type": "text/html; charset=utf-8"});
    let (error, requests) = refused(json!({"answer": {"status": 200, "headers": headers, "body": page}})).await;
    assert_eq!((error.kind(), requests), (ErrorKind::UnexpectedContent, 1));
    let shown = error.to_string();
    let (before, excerpt) = shown.split_once("came where JSON must come: ").unwrap();
    assert!(before.contains("text/html; charset=utf-8"), "{shown}");
    assert!(excerpt.starts_with("<html>\\u{1b}[2J<body>please log in "), "{shown}");
    assert!(excerpt.replace("\\u{1b}", "x").chars().count() <= 200, "{shown}");
}

#[tokio::test(start_paused = true)]
async fn f45_a_result_line_that_is_not_utf8() {
    let rig = Rig::new(json!([]));
    let result = |id: &str| {
        format!(
            r#"{{"id": "{id}", "custom_id": "{id}", "response": {{"status_code": 200, "body": {{}}}}, "error": null}}"#
        )
    };
    let content = [result("a").as_bytes(), b"\n{\"custom_id\": \"\xff\"}\n", result("c").as_bytes(), b"\n"].concat();
    let results = rig.file(content).await;
    let job = rig.job().await;
    rig.emulator.set_faults(tests::rig::script(json!([
        {"operation": "batch.jobs.get", "times": "always", "answer": {"patch": {"output_file": results.id, "outputs": null}}},
    ])));
    let job = rig.client.batch().jobs().wait(&job.id, Poll::default()).await.unwrap();
    let outcomes: Vec<Outcome> = rig.client.batch().jobs().results(&job).try_collect().await.unwrap();
    let [Outcome::Result(first), Outcome::Unreadable(second), Outcome::Result(third)] = &outcomes[..] else {
        panic!("{outcomes:?}");
    };
    assert_eq!((first.custom_id.as_deref(), third.custom_id.as_deref()), (Some("a"), Some("c")));
    assert_eq!((second.file.as_ref(), second.line), (Some(&results.id), 2));
    assert_eq!(second.bytes, &b"{\"custom_id\": \"\xff\"}"[..]);
    rig.all_delivered();
}

#[tokio::test]
async fn f46_a_chunked_body_without_its_end() {
    let fault = json!({
        "operation": "models.list", "answer": {"headers": {"content-length": null}}, "delivery": {"cut": 100},
    });
    let rig = Rig::over_a_socket(json!([fault]));
    rig.client.models().list(&ListModels::default()).await.unwrap();
    assert_eq!(rig.count("models.list"), 2);
    rig.all_delivered();
}

#[tokio::test(start_paused = true)]
async fn f48_an_encoding_nobody_asked_for() {
    let (error, requests) = refused(json!({"delivery": "gzip"})).await;
    assert_eq!((error.kind(), requests), (ErrorKind::UnsupportedEncoding, 1));
    assert!(error.to_string().contains("gzip"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn f49_a_refusal_that_never_ends() {
    let (error, requests) =
        refused(json!({"answer": {"status": 500, "body": "down "}, "delivery": {"endless": "and out "}})).await;
    assert_eq!((error.kind(), requests), (ErrorKind::Api, 4));
    let said = error.body().and_then(|body| body.message()).unwrap();
    assert!(said.len() <= 64 << 10, "{} bytes", said.len());

    // One that trickles is not waited for either.
    let started = Instant::now();
    let slow = json!({"slow": {"bytes": 1, "every_ms": 1_000}});
    let (error, _) = refused(json!({"answer": {"status": 500, "body": "x".repeat(100)}, "delivery": slow})).await;
    assert_eq!(error.status().map(|status| status.as_u16()), Some(500));
    assert!(started.elapsed() <= Duration::from_secs(4 * 5 + 4), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn f50_json_that_never_ends() {
    let (error, requests) =
        refused(json!({"answer": {"body": "{\"data\": ["}, "delivery": {"endless": "{\"id\": \"x\"}, "}})).await;
    assert_eq!((error.kind(), requests), (ErrorKind::TooLarge, 1));
    assert!(error.to_string().contains("16777216 bytes"), "{error}");
}

#[test]
fn f51_a_million_nested_brackets() {
    let deep = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(refused(json!({"answer": {"body": "[".repeat(1_000_000)}})))
    };
    let (error, _) = std::thread::Builder::new().stack_size(2 << 20).spawn(deep).unwrap().join().unwrap();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[tokio::test(start_paused = true)]
async fn f52_a_refusal_in_every_known_shape() {
    let coded =
        |code: Value| json!({"object": "error", "message": "said so", "type": "t", "param": null, "code": code});
    let shapes = [
        (coded(json!("3051")), "400 Bad Request: said so"),
        (coded(json!(3051)), "400 Bad Request: said so"),
        (coded(Value::Null), "400 Bad Request: said so"),
        (json!({"message": "said so"}), "400 Bad Request: said so"),
        (json!({"detail": "said so"}), "400 Bad Request: said so"),
        (json!({"detail": [{"loc": ["body"], "msg": "said so", "type": "t"}]}), "400 Bad Request: body: said so"),
        (json!("said so"), "400 Bad Request: said so"),
        (json!("<html><head><title>said so</title></head></html>"), "400 Bad Request: said so"),
        (json!(""), "400 Bad Request"),
        (json!("{\"message\": \"said s"), "400 Bad Request: {\"message\": \"said s"),
    ];
    for (body, said) in shapes {
        let (error, requests) = refused(json!({"answer": {"status": 400, "body": body}})).await;
        assert_eq!((error.to_string(), requests), (format!("models.list: {said}"), 1));
    }
}

#[tokio::test(start_paused = true)]
async fn f53_nulls_and_unknown_values() {
    let patch = json!({
        "bytes": null, "signature": null, "purpose": "telepathy", "sample_type": "dream", "source": "elsewhere",
        "surprise": {"a": [1]}, "visibility": null, "num_lines": null,
    });
    let rig = Rig::new(json!([{"operation": "files.get", "answer": {"patch": patch}}]));
    let file = rig.file("{}\n").await;
    let read = rig.client.files().get(&file.id).await.unwrap();
    assert_eq!((read.bytes, read.signature), (None, None));
    assert_eq!((read.purpose.as_str(), read.sample_type.as_str()), ("telepathy", "dream"));
    assert_eq!(read.purpose, FilePurpose::from("telepathy"));
    rig.all_delivered();
}
