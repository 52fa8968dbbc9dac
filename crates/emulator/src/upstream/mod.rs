//! Somebody else who answers the requests of a batch: a real inference server.

mod hub;

pub(crate) use hub::Hub;

use futures_util::future::BoxFuture;
use mistral_models::{BatchEndpoint, ModelId, RawJson};
use serde_json::value::RawValue;

use crate::engine::Answer;

/// Answers the requests of a batch by asking a server, in place of an [`Engine`](crate::Engine).
///
/// With one, set by [`Builder::upstream`](crate::Builder::upstream), jobs go on by themselves, as fast as the server
/// answers: by tasks that belong to the emulator and end with its last handle. Every line must get an answer: a server
/// that cannot be reached is an answer too, [`UpstreamAnswer::refused`] with 503. If it panics, the request fails with
/// status 500. A future that is dropped was for a job that was cancelled, deleted or ran out of time.
///
/// ```
/// use futures_util::future::BoxFuture;
/// use mistral_emulator::{Emulator, Upstream, UpstreamAnswer, UpstreamRequest};
/// use mistral_models::RawJson;
///
/// struct Parrot;
///
/// impl Upstream for Parrot {
///     fn answer(&self, request: UpstreamRequest) -> BoxFuture<'static, UpstreamAnswer> {
///         // A server would be sent `request.body` at `request.endpoint`.
///         Box::pin(async move { UpstreamAnswer::new(200, request.body) })
///     }
/// }
///
/// let emulator = Emulator::builder().upstream(Parrot, 8).build()?;
/// # drop(emulator);
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait Upstream: Send + Sync + 'static {
    /// The server's answer to one request.
    fn answer(&self, request: UpstreamRequest) -> BoxFuture<'static, UpstreamAnswer>;

    /// The models of the server, for the listing; `None`, the default, if it does not say: then the emulator lists its
    /// own. Whatever is listed, a request may name any model.
    fn models(&self) -> BoxFuture<'static, Option<Vec<ModelId>>> {
        Box::pin(std::future::ready(None))
    }
}

/// One request of a batch, on its way to a server.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct UpstreamRequest {
    /// Where it goes.
    pub endpoint: BatchEndpoint,
    /// Sixteen hexadecimal digits that are this request's own and the same in every run.
    pub id: String,
    /// The body of its line, byte for byte. If it names no model, or no agent, that of the job is added.
    pub body: RawJson,
}

/// What a server answered.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct UpstreamAnswer {
    /// The HTTP status; 200 to 299 puts the request among the results, anything else among the failures.
    pub status: u16,
    /// The body, which goes into the result byte for byte.
    pub body: RawJson,
}

impl UpstreamAnswer {
    /// The answer with this status and body.
    pub fn new(status: u16, body: RawJson) -> Self {
        Self { status, body }
    }

    /// A refusal in the service's general shape, for what has no body of its own.
    pub fn refused(status: u16, message: impl Into<String>, kind: &str) -> Self {
        Answer::refused(status, message, kind).into()
    }
}

impl From<Answer> for UpstreamAnswer {
    fn from(answer: Answer) -> Self {
        let body = RawJson::new(&answer.body).unwrap_or_else(|_| RawJson::from(RawValue::NULL.to_owned()));
        Self { status: answer.status, body }
    }
}
