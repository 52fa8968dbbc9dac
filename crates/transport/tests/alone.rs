//! Each layer alone, over services and bodies that are not ours.
//!
//! That this compiles is half of the test: no layer asks for our own types.

#![allow(clippy::unwrap_used, reason = "test helpers stand outside of test functions")]

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::{Body, Frame};
use http_body_util::combinators::{BoxBody, UnsyncBoxBody};
use http_body_util::{BodyExt as _, Empty, Full};
use mistral_transport::layers::{
    AttemptSpan, AttemptTimeoutLayer, AuthLayer, BaseUri, BaseUriLayer, CallTimeoutLayer, CallTimeouts, Cassette,
    CollectLayer, Pace, Paced, PublicUrlLayer, RateLimitLayer, RedirectLayer,
};
use mistral_transport::retry::{RetryPolicy, RetrySettings};
use mistral_transport::{AddressPolicy, ApiKey, ErrorKind, Failure, TryClone};
use tower::retry::RetryLayer;
use tower::{BoxError, Layer, Service, ServiceBuilder, ServiceExt as _, service_fn};

/// A body as HTTP clients have them: neither `Clone` nor `Sync`, with an error of its own.
struct Incoming {
    left: Option<Bytes>,
    _not_sync: std::cell::Cell<()>,
}

#[derive(Debug)]
struct IncomingError;

impl std::fmt::Display for IncomingError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("incoming")
    }
}

impl std::error::Error for IncomingError {}

impl Incoming {
    fn new(text: &'static str) -> Self {
        Self { left: Some(Bytes::from_static(text.as_bytes())), _not_sync: std::cell::Cell::new(()) }
    }
}

impl Body for Incoming {
    type Data = Bytes;
    type Error = IncomingError;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, IncomingError>>> {
        Poll::Ready(self.left.take().map(|left| Ok(Frame::data(left))))
    }
}

/// A client that is nobody's: it takes whatever body, fails with an error of its own, and says what it was asked.
#[derive(Debug, Clone)]
struct Client;

impl<B: Body> Service<Request<B>> for Client {
    type Response = Response<Incoming>;
    type Error = io::Error;
    type Future = std::future::Ready<io::Result<Response<Incoming>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let mut answer = Response::new(Incoming::new(r#"{"ok": true}"#));
        answer.headers_mut().insert("x-uri", request.uri().to_string().parse().unwrap());
        if let Some(key) = request.headers().get("authorization") {
            answer.headers_mut().insert("x-key", key.clone());
        }
        std::future::ready(Ok(answer))
    }
}

/// Sends a request with this body through the layer over the client.
async fn through<L, B, R>(layer: L, body: B) -> Response<String>
where
    L: Layer<Client>,
    L::Service: Service<Request<B>, Response = Response<R>>,
    <L::Service as Service<Request<B>>>::Error: std::fmt::Debug,
    R: Body<Data = Bytes>,
    R::Error: std::fmt::Debug,
{
    let request = Request::get("https://api.example.com/v1/x").body(body).unwrap();
    let (parts, body) = layer.layer(Client).oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Response::from_parts(parts, String::from_utf8(body.to_vec()).unwrap())
}

fn unsync() -> UnsyncBoxBody<Bytes, IncomingError> {
    Incoming::new("x").boxed_unsync()
}

fn boxed() -> BoxBody<Bytes, Infallible> {
    Full::from("x").boxed()
}

/// The layer takes each kind of body there is in the wild, and passes the answer on.
macro_rules! takes_any_body {
    ($layer:expr) => {
        assert_eq!(through($layer, Full::<Bytes>::from("x")).await.body(), r#"{"ok": true}"#);
        assert_eq!(through($layer, Empty::<Bytes>::new()).await.body(), r#"{"ok": true}"#);
        assert_eq!(through($layer, String::from("x")).await.body(), r#"{"ok": true}"#);
        assert_eq!(through($layer, Incoming::new("x")).await.body(), r#"{"ok": true}"#);
        assert_eq!(through($layer, unsync()).await.body(), r#"{"ok": true}"#);
        assert_eq!(through($layer, boxed()).await.body(), r#"{"ok": true}"#);
    };
}

#[tokio::test]
async fn each_layer_takes_any_body() {
    let origin = || BaseUri::parse("https://api.example.com").unwrap();
    takes_any_body!(CallTimeoutLayer::default());
    takes_any_body!(AttemptTimeoutLayer::default());
    takes_any_body!(BaseUriLayer::new(origin()));
    takes_any_body!(AuthLayer::new(ApiKey::new("k").unwrap(), origin().origin()));
    takes_any_body!(CollectLayer::default());
    takes_any_body!(RateLimitLayer::new(1_000_000, Duration::from_secs(1)));
    takes_any_body!(AttemptSpan::layer());
    #[cfg(feature = "gzip")]
    takes_any_body!(mistral_transport::layers::DecompressLayer::new(1 << 20));
}

#[tokio::test]
async fn recording_takes_any_body_that_bytes_can_be_made_into() {
    assert_eq!(through(Cassette::new().recorder(), Full::<Bytes>::from("x")).await.body(), r#"{"ok": true}"#);
}

#[tokio::test]
async fn a_replay_takes_any_body_and_redirects_take_any_that_can_be_sent_again() {
    macro_rules! replayed {
        ($($body:expr),* $(,)?) => {$({
            let cassette = Cassette::new();
            through(cassette.recorder(), Full::<Bytes>::from("x")).await;
            let request = Request::get("https://api.example.com/v1/x").body($body).unwrap();
            let answer = cassette.replay().ignore_bodies().oneshot(request).await.unwrap();
            assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), r#"{"ok": true}"#);
        })*};
    }
    replayed!(
        Full::<Bytes>::from("x"),
        Empty::<Bytes>::new(),
        String::from("x"),
        Incoming::new("x"),
        unsync(),
        boxed()
    );
    macro_rules! takes_any_that_can_be_cloned {
        ($($layer:expr),* $(,)?) => {$(
            assert_eq!(through($layer, Full::<Bytes>::from("x")).await.body(), r#"{"ok": true}"#);
            assert_eq!(through($layer, Empty::<Bytes>::new()).await.body(), r#"{"ok": true}"#);
            assert_eq!(through($layer, String::from("x")).await.body(), r#"{"ok": true}"#);
            assert_eq!(through($layer, Mine(Full::from("x"))).await.body(), r#"{"ok": true}"#);
        )*};
    }
    takes_any_that_can_be_cloned!(RedirectLayer::default(), PublicUrlLayer::new(AddressPolicy::Public));
}

/// A body of a user's own, taught to the retry policy in three lines.
struct Mine(Full<Bytes>);

impl TryClone for Mine {
    fn try_clone(&self) -> Option<Self> {
        Some(Self(self.0.clone()))
    }
}

impl Body for Mine {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.0).poll_frame(cx)
    }
}

#[tokio::test(start_paused = true)]
async fn the_retry_policy_takes_any_body_that_can_be_cloned_and_any_answer() {
    async fn retried<B: TryClone>(body: B) -> u32 {
        let attempts = Arc::new(AtomicU32::new(0));
        let seen = attempts.clone();
        let flaky = service_fn(move |_: Request<B>| {
            let first = seen.fetch_add(1, Ordering::Relaxed) == 0;
            let status = if first { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
            // An answer whose content is no body at all.
            std::future::ready(Ok::<_, BoxError>(Response::builder().status(status).body(7_u8).unwrap()))
        });
        let stack = ServiceBuilder::new().layer(RetryLayer::new(RetryPolicy::new(RetrySettings::default())));
        let answer = stack.service(flaky).oneshot(Request::new(body)).await.unwrap();
        assert_eq!(answer.into_body(), 7);
        attempts.load(Ordering::Relaxed)
    }

    assert_eq!(retried(Full::<Bytes>::from("x")).await, 2);
    assert_eq!(retried(Empty::<Bytes>::new()).await, 2);
    assert_eq!(retried(String::from("x")).await, 2);
    assert_eq!(retried(mistral_transport::Body::from("x")).await, 2);
    assert_eq!(retried(Mine(Full::from("x"))).await, 2);
}

#[tokio::test]
async fn the_base_uri_and_the_key_reach_a_foreign_client() {
    let base = BaseUri::parse("https://api.example.com/proxy").unwrap();
    let stack = ServiceBuilder::new()
        .layer(BaseUriLayer::new(base.clone()))
        .layer(AuthLayer::new(ApiKey::new("k").unwrap(), base.origin()))
        .service(Client);
    let answer = stack.oneshot(Request::get("/v1/x").body(Full::<Bytes>::default()).unwrap()).await.unwrap();
    assert_eq!(answer.headers()["x-uri"], "https://api.example.com/proxy/v1/x");
    assert_eq!(answer.headers()["x-key"], "Bearer k");
}

#[tokio::test(start_paused = true)]
async fn the_call_timeout_ends_a_foreign_call_with_an_error_that_says_so() {
    let never = service_fn(|_: Request<Full<Bytes>>| std::future::pending::<io::Result<Response<Incoming>>>());
    let layer = CallTimeoutLayer::new(CallTimeouts::all(Duration::from_secs(7)));
    let error = layer.layer(never).oneshot(Request::new(Full::default())).await.map(|_| ()).unwrap_err();
    assert_eq!(Failure::find(&*error).map(Failure::kind), Some(ErrorKind::Timeout));
}

#[tokio::test(start_paused = true)]
async fn the_attempt_timeout_ends_a_foreign_attempt() {
    let started = tokio::time::Instant::now();
    let never = service_fn(|_: Request<_>| std::future::pending::<io::Result<Response<Incoming>>>());
    let stack = AttemptTimeoutLayer::default().layer(never);
    let error = stack.oneshot(Request::new(Full::<Bytes>::from("x"))).await.map(|_| ()).unwrap_err();
    assert_eq!(Failure::find(&*error).map(Failure::kind), Some(ErrorKind::Timeout));
    assert_eq!(started.elapsed(), Duration::from_secs(60));
}

#[tokio::test(start_paused = true)]
async fn a_paced_body_passes_a_foreign_one_and_its_error() {
    assert_eq!(Paced::new(Incoming::new("x"), Pace::default()).collect().await.unwrap().to_bytes(), "x");
    let broken = http_body_util::StreamBody::new(futures_util::stream::iter([Err::<Frame<Bytes>, _>(IncomingError)]));
    let error = Paced::new(broken, Pace::default()).collect().await.map(|_| ()).unwrap_err();
    assert!(error.is::<IncomingError>());
}

#[test]
fn layers_and_services_can_be_sent_shared_cloned_and_shown() {
    fn check<T: Clone + Send + Sync + std::fmt::Debug + 'static>(_: T) {}
    let base = BaseUri::parse("https://h").unwrap();
    macro_rules! check {
        ($($layer:expr),* $(,)?) => {$(
            check($layer);
            check($layer.layer(Client));
        )*};
    }
    check!(
        CallTimeoutLayer::default(),
        AttemptTimeoutLayer::default(),
        BaseUriLayer::new(base.clone()),
        AuthLayer::new(ApiKey::new("k").unwrap(), base.origin()),
        CollectLayer::default(),
        RateLimitLayer::new(1, Duration::from_secs(1)),
        Cassette::new().recorder(),
    );
    #[cfg(feature = "gzip")]
    check!(mistral_transport::layers::DecompressLayer::new(1));
    check(Cassette::new().replay());
}
