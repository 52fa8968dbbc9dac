//! What answers the requests of a batch.

mod chat;
mod classification;
mod conversation;
mod echo;
mod embedding;
mod fim;
mod input;
mod moderation;
mod ocr;
mod schema;
mod transcription;
mod usage;

pub use echo::EchoEngine;

use mistral_models::{BatchEndpoint, UnixTime};
use serde_json::{Map, Value};

use crate::error::Complaints;

/// Answers the requests of a batch, one at a time.
///
/// It is called on a thread that may block, never for two requests of the same job at once. The same request should get
/// the same answer, or a test that fails once may pass the next time. If it panics, the request fails with status 500.
///
/// ```
/// use mistral_emulator::{Answer, Emulator, Engine, Inference};
///
/// struct Shouting;
///
/// impl Engine for Shouting {
///     fn answer(&self, inference: &Inference<'_>) -> Answer {
///         Answer::ok(serde_json::json!({"model": inference.model, "text": "[emulator] HELLO"}))
///     }
/// }
///
/// let emulator = Emulator::builder().engine(Shouting).build()?;
/// # drop(emulator);
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait Engine: Send + Sync + 'static {
    /// The endpoint's answer to one request.
    fn answer(&self, inference: &Inference<'_>) -> Answer;
}

/// One request of a batch, on its way to an endpoint.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Inference<'a> {
    /// The endpoint.
    pub endpoint: &'a BatchEndpoint,
    /// The model it is for, one of those the emulator lists; or an agent's id.
    pub model: &'a str,
    /// Sixteen hexadecimal digits that are this request's own and the same in every run.
    pub id: &'a str,
    /// When work on the job began.
    pub created: UnixTime,
    /// The request's body.
    pub body: &'a Map<String, Value>,
}

/// What an endpoint answers.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Answer {
    /// The HTTP status; 200 to 299 puts the request among the results, anything else among the failures.
    pub status: u16,
    /// The body.
    pub body: Value,
}

impl Answer {
    /// Success, with this body.
    pub fn ok(body: Value) -> Self {
        Self { status: 200, body }
    }

    /// A refusal in the service's general shape.
    pub fn refused(status: u16, message: impl Into<String>, kind: &str) -> Self {
        let body = serde_json::json!({
            "object": "error", "message": message.into(), "type": kind, "param": null, "code": null,
        });
        Self { status, body }
    }

    /// A refusal in the service's validation shape: 422, with what is wrong at `location`.
    pub fn invalid(location: Value, message: impl Into<String>, kind: &str) -> Self {
        let mut complaints = Complaints::default();
        complaints.add(location, message, kind);
        Self { status: 422, body: complaints.into_body() }
    }
}
