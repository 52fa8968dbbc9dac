//! What is recorded comes back the same, and no secret gets onto the cassette.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "test helpers stand outside of test functions")]

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use mistral_transport::layers::{Cassette, RecordLayer};
use mistral_transport::{ApiKey, Body, Call, Error, ErrorKind, Transport};
use serde_json::{Value, json};
use tower::{Layer as _, ServiceExt as _, service_fn};

const CANARY: &str = "canary-7f3a";
const SIGNATURE: &str = "c2lnbmVk%2BY2FuYXJ5";

/// Answers in turn; each is a status, headers and a body.
fn script(
    answers: Vec<Response<Bytes>>,
) -> impl tower::Service<Request<Body>, Response = Response<Full<Bytes>>, Error = Infallible, Future: Send>
+ Clone
+ Send
+ Sync
+ 'static {
    let answers = Arc::new(Mutex::new(answers.into_iter()));
    service_fn(move |_: Request<Body>| {
        let answer = answers.lock().unwrap().next().expect("more requests than answers");
        std::future::ready(Ok(answer.map(Full::new)))
    })
}

fn ok(body: impl Into<Bytes>) -> Response<Bytes> {
    Response::new(body.into())
}

fn transport<S, B>(http: S) -> Transport
where
    S: tower::Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Error: Into<tower::BoxError>,
    S::Future: Send + 'static,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<tower::BoxError>,
{
    Transport::builder(ApiKey::new(CANARY).unwrap()).http(http).build().unwrap()
}

fn get(path: &str) -> Call {
    Call::get("x.get", &["v1", path])
}

fn post(body: &Value) -> Call {
    Call::post("x.create", &["v1", "x"]).json(body)
}

fn upload(boundary: &str) -> Call {
    let body =
        format!("--{boundary}\r\ncontent-disposition: form-data; name=\"file\"\r\n\r\nhello\r\n--{boundary}--\r\n");
    let kind = format!("multipart/form-data; boundary={boundary}").parse().unwrap();
    Call::post("files.upload", &["v1", "files"]).body(Body::from(body), kind)
}

/// Everything a session yields, as text, refusals included.
async fn session(transport: &Transport, boundary: &str) -> Vec<String> {
    let text = |outcome: Result<Value, Error>| match outcome {
        Ok(value) => value.to_string(),
        Err(error) => format!("{:?} {:?} {:?}", error.kind(), error.status(), error.body()),
    };
    let content = transport.stream(get("content").bytes()).await.unwrap();
    let kind = content.headers()[CONTENT_TYPE].clone();
    let content = content.into_body().collect().await.unwrap().to_bytes();
    vec![
        format!("{kind:?} {content:?}"),
        text(transport.json(get("job")).await),
        text(transport.json(get("job")).await),
        text(transport.json(post(&json!({"n": 1, "m": "é"}))).await),
        text(transport.json(get("missing")).await),
        text(transport.json(upload(boundary)).await),
    ]
}

async fn recorded() -> (Vec<String>, Cassette) {
    let content = Response::builder().header(CONTENT_TYPE, "application/octet-stream");
    let missing = Response::builder().status(404);
    let answers = vec![
        content.body(Bytes::from_static(b"\xff\x00{}\n\\")).unwrap(),
        ok(r#"{"status":  "RUNNING", "n": 1.50}"#),
        // The second look meets a bad moment first; both answers are recorded.
        Response::builder().status(503).body(Bytes::from_static(b"<html>busy</html>")).unwrap(),
        ok(r#"{"status": "SUCCESS"}"#),
        ok(r#"{"id": "j-1"}"#),
        missing.body(Bytes::from_static(br#"{"detail": "no such x"}"#)).unwrap(),
        ok(r#"{"id": "f-1"}"#),
    ];
    let cassette = Cassette::new();
    let results = session(&transport(cassette.recorder().layer(script(answers))), "0011aabb").await;
    (results, cassette)
}

#[tokio::test(start_paused = true)]
async fn a_replay_gives_what_was_recorded_even_after_a_stay_on_file() {
    let (results, cassette) = recorded().await;
    assert_eq!(cassette.len(), 7);
    let folder = std::env::temp_dir().join(format!("mistral-transport-replay-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("session.json");
    std::fs::write(&path, "an older one").unwrap();
    cassette.save(&path).unwrap();
    let loaded = Cassette::load(&path).unwrap();
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "nothing is left beside the file");
    std::fs::remove_dir_all(&folder).unwrap();

    for cassette in [cassette, loaded] {
        let replay = cassette.replay();
        // Another boundary, as every upload has.
        assert_eq!(session(&transport(replay.clone()), "9988ccdd").await, results);
        assert_eq!(replay.unused(), [""; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_cassette_reads_well() {
    let (_, cassette) = recorded().await;
    let mut file = Vec::new();
    cassette.write_to(&mut file).unwrap();
    let version = concat!("mistral-transport/", env!("CARGO_PKG_VERSION"));
    insta::assert_snapshot!(String::from_utf8(file).unwrap().replace(version, "mistral-transport/VERSION"));
}

#[tokio::test]
async fn no_secret_is_on_the_cassette() {
    let signed = format!("https://blob.example.com/f?se=2026&sig={SIGNATURE}&sp=r");
    let echo = Response::builder()
        .header("set-cookie", format!("session={CANARY}"))
        .header("x-echo", format!("Bearer {CANARY}"))
        .header("location", &signed)
        .body(Bytes::from(json!({"url": signed, "detail": format!("the key {CANARY} is good")}).to_string()))
        .unwrap();
    let cassette = Cassette::new();
    let transport = transport(cassette.recorder().layer(script(vec![echo])));
    let call = post(&json!({"me": CANARY, "source": signed})).query(&json!({"api_key": CANARY, "page": 1}));
    let value: Value = transport.json(call).await.unwrap();
    assert_eq!(value["url"], signed, "the caller sees all of it");

    let mut file = Vec::new();
    cassette.write_to(&mut file).unwrap();
    let file = String::from_utf8(file).unwrap();
    for secret in [CANARY, SIGNATURE, "c2lnbmVk"] {
        assert!(!file.contains(secret), "{file}");
    }
    assert!(!format!("{cassette:?} {:?}", cassette.replay()).contains(CANARY));
    for kept in ["authorization: REDACTED", "set-cookie: REDACTED", "se=2026&sig=REDACTED&sp=r", "page=1"] {
        assert!(file.contains(kept), "{kept}: {file}");
    }
}

#[tokio::test]
async fn a_request_that_was_not_recorded_fails_at_once_and_says_what_came_closest() {
    let cassette = Cassette::new();
    let recording = transport(cassette.recorder().layer(script(vec![ok("{}"), ok("{}")])));
    let _: Value = recording.json(post(&json!({"n": 1}))).await.unwrap();
    let _: Value = recording.json(get("x")).await.unwrap();

    let replay = cassette.replay();
    let transport = transport(replay.clone());
    let fails = async |call: Call| {
        let error = transport.json::<Value>(call).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Config, 1));
        error.to_string()
    };
    let text = fails(get("y")).await;
    assert!(text.contains("no answer to GET /v1/y: it was never asked that"), "{text}");
    let text = fails(post(&json!({"n": 2}))).await;
    assert!(text.contains("no answer to POST /v1/x: that of exchange 1 was for another body"), "{text}");
    let _: Value = transport.json(get("x")).await.unwrap();
    let text = fails(get("x")).await;
    assert!(text.contains("no answer to GET /v1/x: all 1 recorded are used"), "{text}");
    assert_eq!(replay.unused(), ["POST /v1/x"]);
}

#[tokio::test]
async fn bodies_can_be_left_out_of_the_comparison() {
    let cassette = Cassette::new();
    let recording = transport(cassette.recorder().layer(script(vec![ok("{}")])));
    let _: Value = recording.json(post(&json!({"at": 1}))).await.unwrap();
    let _: Value = transport(cassette.replay().ignore_bodies()).json(post(&json!({"at": 2}))).await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_searched_for_secrets_is_not_recorded() {
    let encoded = Response::builder().header("content-encoding", "gzip").body(Bytes::from_static(b"x")).unwrap();
    let cassette = Cassette::new();
    let error = transport(cassette.recorder().layer(script(vec![encoded]))).json::<Value>(get("x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnsupportedEncoding);
    let layer = RecordLayer::new(cassette.clone()).max_body(3);
    let error = transport(layer.layer(script(vec![ok("{  }")]))).json::<Value>(get("x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(cassette.is_empty());
}

#[tokio::test]
async fn a_cassette_works_over_foreign_bodies() {
    let client =
        service_fn(
            |request: Request<Full<Bytes>>| async move { Ok::<_, Infallible>(Response::new(request.into_body())) },
        );
    let cassette = Cassette::new();
    let request = || Request::post("http://h/echo").body(Full::from("hi")).unwrap();
    let answer = cassette.recorder().layer(client).oneshot(request()).await.unwrap();
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "hi");
    let answer = cassette.replay().oneshot(request()).await.unwrap();
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "hi");
}
