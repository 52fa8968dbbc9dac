//! What an attempt leaves in the log: one span each, by OpenTelemetry's names, and nothing that is secret or somebody's.

#![allow(clippy::unwrap_used, reason = "test helpers stand outside of test functions")]

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use http::{Request, Response};
use mistral_transport::layers::{AttemptSpan, BaseUri, BaseUriLayer};
use mistral_transport::{ApiKey, Body, Call, ErrorKind, Failure, Reach, Transport};
use serde_json::{Value, json};
use tower::{BoxError, Service, ServiceBuilder, ServiceExt as _, service_fn};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Everything at every level, from every target, as a subscriber sees it.
#[derive(Clone, Default)]
struct Capture {
    spans: Arc<Mutex<Vec<BTreeMap<String, String>>>>,
    text: Arc<Mutex<String>>,
}

struct Fields<'a>(&'a mut BTreeMap<String, String>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }
}

impl Subscriber for Capture {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = BTreeMap::from([("name".to_owned(), span.metadata().name().to_owned())]);
        span.record(&mut Fields(&mut fields));
        let mut spans = self.spans.lock().unwrap();
        spans.push(fields);
        Id::from_u64(spans.len() as u64)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let at = usize::try_from(span.into_u64()).unwrap() - 1;
        values.record(&mut Fields(&mut self.spans.lock().unwrap()[at]));
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = BTreeMap::new();
        event.record(&mut Fields(&mut fields));
        self.text.lock().unwrap().push_str(&format!("{} {fields:?}\n", event.metadata().target()));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

type Spans = Vec<BTreeMap<String, String>>;

/// Answers in turn.
fn script(
    answers: impl IntoIterator<Item = Result<u16, Reach>>,
) -> impl Service<Request<Body>, Response = Response<Body>, Error = BoxError, Future: Send> + Clone + Send + Sync + 'static
{
    let answers: Vec<_> = answers.into_iter().collect();
    let answers = Arc::new(Mutex::new(answers.into_iter()));
    service_fn(move |_: Request<Body>| {
        std::future::ready(match answers.lock().unwrap().next().unwrap() {
            Ok(status) => Ok(Response::builder()
                .status(status)
                .header("set-cookie", "answer-cookie")
                .body(Body::from(r#"{"content": "answer-body"}"#))
                .unwrap()),
            Err(reach) => Err(Failure::transient(ErrorKind::Interrupted, reach, "the connection broke").into()),
        })
    })
}

fn call() -> Call {
    Call::post("x.update", &["v1", "x", "7"])
        .query(&json!({"search": "request-query"}))
        .json(&json!({"prompt": "request-body"}))
        .idempotent()
}

/// The spans of attempts that the default stack leaves, and all that was logged.
async fn logged(answers: impl IntoIterator<Item = Result<u16, Reach>>) -> (Spans, String) {
    let capture = Capture::default();
    let _guard = tracing::subscriber::set_default(capture.clone());
    let transport = Transport::builder(ApiKey::new("canary-key").unwrap())
        .base_uri("https://api.example.com/proxy")
        .http(script(answers))
        .build()
        .unwrap();
    let _ = transport.json::<Value>(call()).await;
    let spans = capture.spans.lock().unwrap().clone();
    let text = format!("{spans:?}\n{}", capture.text.lock().unwrap());
    (spans.into_iter().filter(|span| span["name"] == "attempt").collect(), text)
}

#[tokio::test(start_paused = true)]
async fn the_default_stack_opens_one_span_an_attempt_and_records_the_status() {
    let (spans, _) = logged([Ok(503), Err(Reach::Unknown), Ok(200)]).await;
    let of = |field: &str| spans.iter().map(|span| span.get(field).cloned()).collect::<Vec<_>>();
    assert_eq!(of("http.response.status_code"), [Some("503".to_owned()), None, Some("200".to_owned())]);
    assert_eq!(of("http.request.resend_count"), [None, Some("1".to_owned()), Some("2".to_owned())]);
}

#[tokio::test]
async fn the_fields_of_a_span_are_those_of_the_conventions() {
    let capture = Capture::default();
    let _guard = tracing::subscriber::set_default(capture.clone());
    let mut stack = ServiceBuilder::new()
        .layer(BaseUriLayer::new(BaseUri::parse("https://api.example.com/proxy").unwrap()))
        .layer(AttemptSpan::layer())
        .service(script([Ok(200), Ok(404), Err(Reach::NotSent)]));
    for _ in 0..3 {
        let _ = stack.ready().await.unwrap().call(call().into_request().unwrap()).await;
    }
    let spans = capture.spans.lock().unwrap().clone();
    insta::assert_json_snapshot!(spans);
}

#[tokio::test(start_paused = true)]
async fn no_key_no_header_no_body_and_no_query_is_logged_at_any_level() {
    let (spans, text) = logged([Ok(503), Ok(401)]).await;
    assert_eq!(spans.len(), 2);
    // The capture does see what is logged.
    assert!(text.contains("x.update") && text.contains("mistral_transport"), "{text}");
    for absent in ["canary", "Bearer", "request-query", "request-body", "answer-body", "answer-cookie"] {
        assert!(!text.contains(absent), "{absent}: {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_formatting_subscriber_at_trace_prints_no_secret_either() {
    #[derive(Clone, Default)]
    struct Writer(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Writer {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let written = Writer::default();
    let writer = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let service = service_fn(|_: Request<Body>| async { Ok::<_, BoxError>(Response::new(Body::from("{}"))) });
    let transport = Transport::builder(ApiKey::new("canary-key").unwrap()).http(service).build().unwrap();
    let _: Value = transport.json(Call::get("x.get", &["v1", "x"])).await.unwrap();
    let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("x.get") && !text.contains("canary"), "{text}");
}
