//! Fault scripts: in the same process, and on the wire where only a connection can show them.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod common;

use std::io;

use common::{Answer, Api};
use http::Request;
use http_body_util::{BodyExt, Empty};
use mistral_emulator::FaultScript;
use serde_json::{Value, json};
use tower::ServiceExt;

fn api(faults: Value) -> Api {
    let script = FaultScript::parse(&json!({ "faults": faults }).to_string()).unwrap();
    Api::with(|builder| builder.faults(script))
}

/// Asks, and lets the connection break.
async fn ask(api: &Api, method: &str, path: &str) -> io::Result<Answer> {
    let request = Request::builder().method(method).uri(path).header("authorization", "Bearer key");
    let (parts, body) = api.emulator.clone().oneshot(request.body(Empty::new()).unwrap()).await?.into_parts();
    Ok(Answer { status: parts.status, headers: parts.headers, bytes: body.collect().await?.to_bytes() })
}

/// An API with one file, and the path of its content.
async fn with_a_file(content: &str, fault: Value) -> (Api, String) {
    let api = api(json!([fault]));
    let id = api.upload("a.jsonl", content).await.ok()["id"].as_str().unwrap().to_owned();
    (api, format!("/v1/files/{id}/content"))
}

#[tokio::test]
async fn a_status_stands_in_the_way_of_the_request_unless_told_to_come_after_it() {
    for (commit, left) in [(false, 200), (true, 404)] {
        let fault = json!({"operation": "files.delete", "commit": commit, "answer": {"status": 503}});
        let api = api(json!([fault]));
        let id = api.upload("a", "x").await.ok()["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/files/{id}");
        let refused = api.delete(&path).await;
        assert_eq!((refused.status.as_u16(), &refused.json()["object"]), (503, &json!("error")));
        assert_eq!(api.get(&format!("{path}/content")).await.status, left);
        assert_eq!(api.emulator.ledger().unused_faults(), []);
        assert_eq!(api.emulator.ledger().entries()[1].fault, Some(0));
    }
}

#[tokio::test]
async fn an_answer_can_be_another_one_altogether() {
    let api = api(json!([
        {"operation": "models.list", "answer": {"status": 302, "headers": {"location": "https://a.example/"}}},
        {"operation": "models.list", "nth": 2, "answer": {"status": 200, "body": "<html>"}},
        {"operation": "models.list", "nth": 3, "answer": {"headers": {"retry-after": ["5", "10"], "x-emulator": null}}},
        {"operation": "models.list", "nth": 4, "answer": {"patch": {"object": null, "extra": {"a": [1]}}}},
        {"operation": "models.list", "nth": 5, "answer": {"status": 200, "body": {"data": []}}},
    ]));
    let moved = api.get("/v1/models").await;
    assert_eq!((moved.status.as_u16(), &moved.headers["location"]), (302, &"https://a.example/".parse().unwrap()));
    let page = api.get("/v1/models").await;
    assert_eq!((page.text(), &page.headers["content-type"]), ("<html>", &"text/plain".parse().unwrap()));
    let hinted = api.get("/v1/models").await;
    assert_eq!(hinted.headers.get_all("retry-after").iter().collect::<Vec<_>>(), ["5", "10"]);
    assert!(!hinted.ok()["data"].as_array().unwrap().is_empty());
    let patched = api.get("/v1/models").await.ok();
    assert_eq!(
        (&patched["object"], &patched["extra"], patched["data"].is_array()),
        (&Value::Null, &json!({"a": [1]}), true)
    );
    assert_eq!(api.get("/v1/models").await.ok(), json!({"data": []}));
    assert_eq!(api.emulator.ledger().unused_faults(), []);
}

#[tokio::test]
async fn a_connection_that_ends_without_an_answer_is_an_error_of_the_service() {
    let api = api(json!([
        {"operation": "batch.jobs.list", "delivery": "close"},
        {"operation": "batch.jobs.list", "nth": 2, "delivery": "reset"},
        {"operation": "batch.jobs.list", "nth": 3, "delivery": {"cut_head": 5}},
    ]));
    let kinds = [io::ErrorKind::ConnectionAborted, io::ErrorKind::ConnectionReset, io::ErrorKind::ConnectionAborted];
    for kind in kinds {
        assert_eq!(ask(&api, "GET", "/v1/batch/jobs").await.err().unwrap().kind(), kind);
    }
    assert!(ask(&api, "GET", "/v1/batch/jobs").await.is_ok());
    assert!(api.emulator.ledger().entries()[..3].iter().all(|entry| entry.status.is_none()));
}

#[tokio::test(start_paused = true)]
async fn time_passes_where_the_script_says_so() {
    let seconds = async |fault: Value| {
        let (api, path) = with_a_file("0123456789", fault).await;
        let started = tokio::time::Instant::now();
        assert_eq!(ask(&api, "GET", &path).await.unwrap().text(), "0123456789");
        assert_eq!(api.emulator.ledger().unused_faults(), []);
        started.elapsed().as_secs_f64()
    };
    let nth = |fault: Value| {
        let mut whole = json!({"operation": "files.download"});
        whole.as_object_mut().unwrap().extend(fault.as_object().unwrap().clone());
        whole
    };
    assert_eq!(seconds(nth(json!({"delay_ms": 1_500}))).await.round(), 2.0);
    assert_eq!(seconds(nth(json!({"delivery": {"slow": {"bytes": 3, "every_ms": 1_000}}}))).await.round(), 4.0);
    assert_eq!(seconds(nth(json!({"delivery": {"stall": {"after": 5, "ms": 20_000}}}))).await.round(), 20.0);
}

#[tokio::test(start_paused = true)]
async fn what_never_comes_never_comes() {
    for delivery in [json!("hold"), json!({"stall": {"after": 3}})] {
        let (api, path) = with_a_file("0123456789", json!({"operation": "files.download", "delivery": delivery})).await;
        let asked = tokio::time::timeout(std::time::Duration::from_secs(86_400), ask(&api, "GET", &path)).await;
        assert!(asked.is_err());
        assert_eq!(api.emulator.ledger().unused_faults(), []);
    }
}

#[tokio::test]
async fn a_body_breaks_where_it_is_cut_and_announces_its_whole_length() {
    let fault = json!({"operation": "files.download", "delivery": {"cut": 4}});
    let (api, path) = with_a_file("0123456789", fault).await;
    let request = Request::get(&path).header("authorization", "Bearer key").body(Empty::new()).unwrap();
    let answer = api.raw(request).await;
    assert_eq!(answer.headers()["content-length"], "10");
    let mut body = answer.into_body();
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "0123");
    assert_eq!(body.frame().await.unwrap().unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
}

#[tokio::test]
async fn a_cut_that_lies_behind_the_end_is_not_delivered() {
    let (api, path) = with_a_file("0123", json!({"operation": "files.download", "delivery": {"cut": 5}})).await;
    assert_eq!(ask(&api, "GET", &path).await.unwrap().text(), "0123");
    let unused = api.emulator.ledger().unused_faults();
    assert_eq!(unused[0].to_string(), "faults[0] on files.download: delivered 0 of 1");
}

#[tokio::test]
async fn a_truncated_body_announces_what_it_has_and_nothing_if_told_so() {
    let fault = json!({"operation": "files.download", "delivery": {"truncate": 4}});
    let (api, path) = with_a_file("0123456789", fault).await;
    let short = ask(&api, "GET", &path).await.unwrap();
    assert_eq!((short.text(), &short.headers["content-length"]), ("0123", &"4".parse().unwrap()));

    let hidden = json!({
        "operation": "files.download", "answer": {"headers": {"content-length": null}}, "delivery": {"truncate": 4},
    });
    let (api, path) = with_a_file("0123456789", hidden).await;
    let short = ask(&api, "GET", &path).await.unwrap();
    assert_eq!((short.text(), short.headers.get("content-length")), ("0123", None));
}

#[tokio::test]
async fn an_endless_body_goes_on_as_long_as_somebody_reads() {
    let fault = json!({"operation": "models.list", "answer": {"body": "["}, "delivery": {"endless": "[],"}});
    let api = api(json!([fault]));
    let request = Request::get("/v1/models").header("authorization", "Bearer key").body(Empty::new()).unwrap();
    let mut body = api.raw(request).await.into_body();
    let mut read = Vec::new();
    while read.len() < 1 << 20 {
        read.extend_from_slice(&body.frame().await.unwrap().unwrap().into_data().unwrap());
    }
    assert!(read.starts_with(b"[[],[],"));
}

#[tokio::test]
async fn a_gzip_body_says_so() {
    let (api, path) = with_a_file("hello", json!({"operation": "files.download", "delivery": "gzip"})).await;
    let answer = ask(&api, "GET", &path).await.unwrap();
    assert_eq!(answer.headers["content-encoding"], "gzip");
    assert!(answer.bytes.starts_with(&[0x1f, 0x8b, 8]));
    assert!(answer.bytes.windows(5).any(|window| window == b"hello"));
}

#[tokio::test]
async fn another_script_begins_from_its_start() {
    let api = api(json!([{"operation": "models.list", "answer": {"status": 500}}]));
    assert_eq!(api.get("/v1/models").await.status, 500);
    let script = r#"{"faults": [{"operation": "models.list", "answer": {"status": 502}}]}"#;
    api.emulator.set_faults(script.parse().unwrap());
    assert_eq!(api.get("/v1/models").await.status, 502);
    assert_eq!(api.get("/v1/models").await.status, 200);
}
