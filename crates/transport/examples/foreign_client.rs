//! Only our retry and auth layers, around someone else's client, in a stack that has no other part of ours.
//!
//! The client has a body type and an error type of its own. What it takes to fit them together:
//!
//! * `map_err` says once how far a failed request got, so that what never left may be sent again whatever it was (of
//!   hyper-util's errors, those whose `is_connect()` is true);
//! * `RetryLayer` sits above `AuthLayer`, so that each attempt asks for the key anew;
//! * requests have absolute addresses, because the key goes to one origin alone.
//!
//! ```text
//! cargo run -p mistral-transport --example foreign_client
//! ```

#![allow(clippy::print_stdout, reason = "an example speaks to a terminal")]

use std::fmt;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use mistral_transport::layers::{AuthLayer, BaseUri};
use mistral_transport::retry::{RetryPolicy, RetrySettings};
use mistral_transport::{ApiKey, ErrorKind, Failure, Operation, Reach};
use tower::retry::RetryLayer;
use tower::{BoxError, Service, ServiceBuilder, ServiceExt as _};

/// Someone else's client: here it plays a script, and remembers what it was asked.
#[derive(Clone)]
struct ToyClient {
    script: Arc<Mutex<Vec<Result<StatusCode, ToyError>>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

#[derive(Debug, Clone, Copy)]
enum ToyError {
    NoConnection,
    Broken,
}

impl fmt::Display for ToyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoConnection => "no connection",
            Self::Broken => "the connection broke",
        })
    }
}

impl std::error::Error for ToyError {}

impl Service<Request<Full<Bytes>>> for ToyClient {
    type Response = Response<Full<Bytes>>;
    type Error = ToyError;
    type Future = Ready<Result<Response<Full<Bytes>>, ToyError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ToyError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Full<Bytes>>) -> Self::Future {
        let key = request.headers().contains_key("authorization");
        let (Ok(mut script), Ok(mut asked)) = (self.script.lock(), self.asked.lock()) else {
            return ready(Err(ToyError::Broken));
        };
        asked.push(format!("{} {} with a key: {key}", request.method(), request.uri()));
        let outcome = if script.is_empty() { Ok(StatusCode::OK) } else { script.remove(0) };
        ready(outcome.map(|status| {
            let mut answer = Response::new(Full::default());
            *answer.status_mut() = status;
            answer
        }))
    }
}

/// The one place that knows the client's errors.
fn classify(error: ToyError) -> BoxError {
    match error {
        ToyError::NoConnection => Failure::transient(ErrorKind::Connect, Reach::NotSent, "no connection"),
        ToyError::Broken => Failure::transient(ErrorKind::Interrupted, Reach::Unknown, "the connection broke"),
    }
    .caused_by(error)
    .into()
}

/// Sends one request through a fresh stack; how it ended, and what the client saw.
async fn send(
    request: Request<Full<Bytes>>,
    script: Vec<Result<StatusCode, ToyError>>,
) -> Result<(Result<StatusCode, BoxError>, Vec<String>), BoxError> {
    let client = ToyClient { script: Arc::new(Mutex::new(script)), asked: Arc::default() };
    let asked = client.asked.clone();
    let origin = BaseUri::parse("https://api.mistral.ai")?.origin();
    let mut stack = ServiceBuilder::new()
        .layer(RetryLayer::new(RetryPolicy::new(RetrySettings::default())))
        .layer(AuthLayer::new(ApiKey::new("key")?, origin))
        .map_err(classify)
        .service(client);
    let outcome = stack.ready().await?.call(request).await.map(|answer| answer.status());
    let asked = asked.lock().map_err(|_| "the client panicked")?.clone();
    println!("{outcome:?} after\n    {}", asked.join("\n    "));
    Ok((outcome, asked))
}

fn request(method: Method, uri: &str) -> Result<Request<Full<Bytes>>, http::Error> {
    Request::builder().method(method).uri(uri).body(Full::from("{}"))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    const BUSY: Result<StatusCode, ToyError> = Ok(StatusCode::SERVICE_UNAVAILABLE);
    let models = "https://api.mistral.ai/v1/models";
    let jobs = "https://api.mistral.ai/v1/batch/jobs";

    // A read is sent again after whatever may pass.
    let (outcome, asked) = send(request(Method::GET, models)?, vec![BUSY, Err(ToyError::Broken)]).await?;
    assert!(outcome.is_ok_and(|status| status == 200) && asked.len() == 3);

    // A create that may have been processed is not; one that never left is.
    let (outcome, asked) = send(request(Method::POST, jobs)?, vec![Err(ToyError::Broken)]).await?;
    assert!(outcome.is_err() && asked.len() == 1);
    let (outcome, asked) = send(request(Method::POST, jobs)?, vec![Err(ToyError::NoConnection)]).await?;
    assert!(outcome.is_ok() && asked.len() == 2);

    // A POST that does no harm twice says so in its extensions.
    let mut harmless = request(Method::POST, "https://api.mistral.ai/v1/batch/jobs/j-1/cancel")?;
    harmless.extensions_mut().insert(Operation::new("batch.jobs.cancel").idempotent());
    let (outcome, asked) = send(harmless, vec![BUSY]).await?;
    assert!(outcome.is_ok() && asked.len() == 2);

    // Elsewhere the key is not shown.
    let (_, asked) = send(request(Method::GET, "https://example.com/")?, vec![]).await?;
    assert!(asked[0].ends_with("with a key: false"));
    Ok(())
}
