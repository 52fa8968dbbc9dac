//! Instead of our stack: a service written by hand, with nothing of ours around it.
//!
//! It answers from memory, as a cache or a test would. Calls are described and answers decoded as ever; there is no base
//! address, no key, no retry and no limit.
//!
//! ```text
//! cargo run -p mistral-transport --example instead
//! ```

#![allow(clippy::print_stdout, reason = "an example speaks to a terminal")]

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response, StatusCode};
use mistral_transport::{Body, Call, Operation, Transport};
use serde_json::Value;
use tower::{BoxError, Service};

/// What is answered to which path.
#[derive(Clone)]
struct Shelf {
    answers: Arc<BTreeMap<&'static str, &'static str>>,
}

impl Service<Request<Body>> for Shelf {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        // Every layer and service may ask what the request is about.
        let operation = request.extensions().get::<Operation>().map_or("?", Operation::name);
        println!("{operation}: {} {}", request.method(), request.uri());
        ready(Ok(match self.answers.get(request.uri().path()) {
            Some(text) => Response::new(Body::from(*text)),
            None => {
                let mut answer = Response::new(Body::from(r#"{"detail": "nothing here"}"#));
                *answer.status_mut() = StatusCode::NOT_FOUND;
                answer
            }
        }))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let answers = Arc::new(BTreeMap::from([("/v1/files/a", r#"{"id": "a"}"#)]));
    let transport = Transport::from_service(Shelf { answers });

    let file: Value = transport.json(Call::get("files.get", &["v1", "files", "a"])).await?;
    assert_eq!(file["id"], "a");

    let outcome = transport.json::<Value>(Call::get("files.get", &["v1", "files", "b"])).await;
    let error = outcome.err().ok_or("a file that is not there was found")?;
    println!("{error}");
    assert!(error.is_not_found());
    Ok(())
}
