//! The one error type above the models.

mod kind;

pub use kind::ErrorKind;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use mistral_models::ErrorBody;
use tower::BoxError;

use crate::failure::{Failure, Reach};
use crate::layers::{RawBody, SentKey};
use crate::operation::{Operation, OperationKind};
use crate::redact::{clean, without_key};
use crate::retry::{is_retryable_status, names_a_quota, retry_after};
use crate::terminal::acts_on_a_terminal;

/// What every fallible function above the models returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call did not succeed.
///
/// Its text is one line that stands alone: the operation, what happened, the server's own words, how hard it was tried.
/// [`advice`](Self::advice) says what to do next, and [`source`](std::error::Error::source) has the cause.
///
/// ```
/// # use mistral_transport::{Call, Transport};
/// # async fn demo(transport: Transport, call: Call) -> Result<Option<mistral_models::File>, mistral_transport::Error> {
/// match transport.json(call).await {
///     Ok(file) => Ok(Some(file)),
///     Err(error) if error.is_not_found() => Ok(None),
///     Err(error) => Err(error),
/// }
/// # }
/// ```
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    operation: Option<&'static str>,
    message: Cow<'static, str>,
    status: Option<StatusCode>,
    headers: HeaderMap,
    body: Option<ErrorBody>,
    raw_body: Option<Bytes>,
    attempts: u32,
    elapsed: Duration,
    retry_after: Option<Duration>,
    maybe_created: bool,
    deleted: bool,
    key_source: Option<Cow<'static, str>>,
    source: Option<BoxError>,
}

impl Error {
    /// An error of this kind, in these words.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind,
            operation: None,
            message: message.into(),
            status: None,
            headers: HeaderMap::new(),
            body: None,
            raw_body: None,
            attempts: 0,
            elapsed: Duration::ZERO,
            retry_after: None,
            maybe_created: false,
            deleted: false,
            key_source: None,
            source: None,
        }))
    }

    /// What was being done, by the name of its method.
    #[must_use]
    pub fn during(mut self, operation: &'static str) -> Self {
        self.0.operation = Some(operation);
        self
    }

    /// What it was about, such as `job 3b9f0c52-…`; put before the message.
    #[must_use]
    pub fn about(mut self, object: impl fmt::Display) -> Self {
        self.0.message = if self.0.message.is_empty() {
            object.to_string().into()
        } else {
            format!("{object}: {}", self.0.message).into()
        };
        self
    }

    /// What caused it.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The error that something may have been created, and cost money, although nobody can tell.
    pub fn maybe_created(operation: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        let mut this = Self::new(ErrorKind::UnexpectedResponse, message).during(operation);
        this.0.maybe_created = true;
        this
    }

    /// The error that a stream or a body ended with, while `operation` was reading or writing it.
    pub fn from_boxed(operation: &'static str, error: BoxError) -> Self {
        Self::from_failure(&Operation::new(operation), Duration::ZERO, error)
    }

    pub(crate) fn config(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    pub(crate) fn bad_input(operation: &'static str, problem: impl fmt::Display) -> Self {
        Self::new(ErrorKind::BadInput, problem.to_string()).during(operation)
    }

    /// The error of a call that ended without an answer.
    pub(crate) fn from_failure(operation: &Operation, elapsed: Duration, error: BoxError) -> Self {
        let created = operation.kind() == OperationKind::Create;
        let (kind, message, reach, source): (_, Cow<'static, str>, _, _) = match error.downcast::<Failure>() {
            Ok(failure) => {
                let reach = failure.reach();
                let (kind, message, source) = failure.into_parts();
                (kind, message, reach, source)
            }
            Err(error) => match Failure::find(&*error) {
                Some(failure) => (failure.kind(), failure.to_string().into(), failure.reach(), Some(error)),
                None => (ErrorKind::Interrupted, error.to_string().into(), Reach::Unknown, Some(error)),
            },
        };
        let mut this = Self::new(kind, message).during(operation.name());
        this.0.source = source;
        this.0.status = operation.head().filter(|status| reach == Reach::Unknown && status.is_success());
        this.0.maybe_created = created && reach == Reach::Unknown;
        this.tried(operation, elapsed)
    }

    /// The error that a status of 300 and more stands for.
    pub(crate) fn from_status(
        operation: &Operation,
        elapsed: Duration,
        parts: http::response::Parts,
        body: ErrorBody,
    ) -> Self {
        let status = parts.status;
        let kind = match status.as_u16() {
            300..=399 => ErrorKind::Redirect,
            401 | 403 => ErrorKind::Auth,
            402 => ErrorKind::Quota,
            404 => ErrorKind::NotFound,
            409 => ErrorKind::Conflict,
            410 => ErrorKind::Gone,
            429 if names_a_quota(&body) => ErrorKind::Quota,
            429 => ErrorKind::RateLimited,
            _ => ErrorKind::Api,
        };
        let key = parts.extensions.get::<SentKey>();
        let target = || parts.headers.get(http::header::LOCATION).and_then(|value| value.to_str().ok());
        let message = match kind {
            ErrorKind::Redirect => {
                let target = target().unwrap_or("nowhere");
                // Relative too, so not to be left to the search for URLs in a text.
                let bare = target.split_once('?').map(|(bare, _)| format!("{bare}?…"));
                clean(&format!("redirected to {}, which is not followed", bare.as_deref().unwrap_or(target)), key)
            }
            _ => clean(&body.message().unwrap_or_default(), key),
        };
        let mut this = Self::new(kind, message).during(operation.name());
        this.0.status = Some(status);
        this.0.retry_after = is_retryable_status(status).then(|| retry_after(&parts.headers)).flatten();
        let unknown = status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT;
        this.0.maybe_created = operation.kind() == OperationKind::Create && unknown;
        this.0.deleted = status == StatusCode::NOT_FOUND && operation.is_deletion() && operation.had_unknown_attempt();
        this.0.key_source = parts.extensions.get::<crate::layers::KeySource>().map(|source| source.0.clone());
        let raw = parts.extensions.get::<RawBody>().map(|raw| raw.0.clone());
        (this.0.body, this.0.raw_body) = match key {
            Some(key) => (Some(keyless(body, key)), raw.map(|raw| without_key(&raw, key).into())),
            None => (Some(body), raw),
        };
        this.0.headers = parts.headers;
        this.tried(operation, elapsed)
    }

    /// The error of a success that cannot be used.
    pub(crate) fn from_success(
        operation: &Operation,
        elapsed: Duration,
        parts: http::response::Parts,
        kind: ErrorKind,
        message: String,
    ) -> Self {
        let mut this = Self::new(kind, message).during(operation.name());
        this.0.status = Some(parts.status);
        this.0.headers = parts.headers;
        this.0.maybe_created = operation.kind() == OperationKind::Create;
        this.0.deleted = operation.is_deletion() && kind == ErrorKind::UnexpectedResponse;
        this.tried(operation, elapsed)
    }

    fn tried(mut self, operation: &Operation, elapsed: Duration) -> Self {
        self.0.attempts = operation.attempts();
        self.0.elapsed = elapsed;
        self
    }

    /// The error as the end of something that made several calls: it took so many attempts, and so long.
    ///
    /// For code that sends a call again by rules of its own.
    pub fn after(mut self, attempts: u32, elapsed: Duration) -> Self {
        self.0.attempts = attempts;
        self.0.elapsed = elapsed;
        self
    }

    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The operation, such as `files.get`.
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation
    }

    /// The status of the answer, if one came; a success too, if its body did not arrive whole.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// The headers of the answer; empty if none came.
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// What the server said, byte for byte as far as it was read, but for the key if it repeated that.
    pub fn raw_body(&self) -> Option<&Bytes> {
        self.0.raw_body.as_ref()
    }

    /// What the server said, if it refused.
    pub fn body(&self) -> Option<&ErrorBody> {
        self.0.body.as_ref()
    }

    /// The server's name for the request, if it gave one.
    pub fn request_id(&self) -> Option<&str> {
        let header = self.0.headers.get("x-request-id").and_then(|value| value.to_str().ok());
        header.or_else(|| self.0.body.as_ref()?.request_id())
    }

    /// How many times it was tried; 0 if nothing was attempted.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// How long it was tried, waits included.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed
    }

    /// How long the server asked to wait before the next attempt.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// 404.
    pub fn is_not_found(&self) -> bool {
        self.kind() == ErrorKind::NotFound
    }

    /// 401 or 403.
    pub fn is_auth(&self) -> bool {
        self.kind() == ErrorKind::Auth
    }

    /// 409.
    pub fn is_conflict(&self) -> bool {
        self.kind() == ErrorKind::Conflict
    }

    /// 410: the service no longer offers this.
    pub fn is_gone(&self) -> bool {
        self.kind() == ErrorKind::Gone
    }

    /// 429 for too many requests.
    pub fn is_rate_limited(&self) -> bool {
        self.kind() == ErrorKind::RateLimited
    }

    /// The answer did not come in time, or stopped coming.
    pub fn is_timeout(&self) -> bool {
        matches!(self.kind(), ErrorKind::Timeout | ErrorKind::Stalled)
    }

    /// No connection was made, so nothing was sent.
    pub fn is_connect(&self) -> bool {
        matches!(self.kind(), ErrorKind::Connect | ErrorKind::Proxy | ErrorKind::Tls)
    }

    /// A parameter is wrong and nothing was sent.
    pub fn is_bad_input(&self) -> bool {
        self.kind() == ErrorKind::BadInput
    }

    /// The thing that was to be created may exist, and cost money, although no good answer came.
    pub fn is_maybe_created(&self) -> bool {
        self.0.maybe_created
    }

    /// A deletion is done, although its answer does not say so: it was empty, or it found nothing after an earlier attempt of
    /// the same call whose answer was lost.
    pub fn is_deleted(&self) -> bool {
        self.0.deleted
    }

    /// The same call may succeed later without any change, and sending it again does no harm that this error knows of.
    pub fn is_transient(&self) -> bool {
        if self.is_maybe_created() {
            return false;
        }
        match self.kind() {
            ErrorKind::Connect
            | ErrorKind::Timeout
            | ErrorKind::Interrupted
            | ErrorKind::Stalled
            | ErrorKind::RateLimited
            | ErrorKind::UnexpectedResponse
            | ErrorKind::UnexpectedContent
            | ErrorKind::Decode => true,
            ErrorKind::Api => {
                self.status().is_some_and(|status| status.is_server_error() || is_retryable_status(status))
            }
            _ => false,
        }
    }

    /// What to do next, if anything can be said in general.
    pub fn advice(&self) -> Option<Cow<'static, str>> {
        if self.is_maybe_created() {
            return Some("it may have been created, and cost money: look at the list before creating it again".into());
        }
        Some(match self.kind() {
            ErrorKind::Auth => match &self.0.key_source {
                Some(source) => format!("check the key; it came from {source}").into(),
                None => "check the key".into(),
            },
            ErrorKind::Connect => "check the network and the base URL; nothing was sent".into(),
            ErrorKind::Proxy => "check the proxy, its user name and its password; nothing was sent".into(),
            ErrorKind::Tls => "check the clock and the trusted certificates of this machine; nothing was sent".into(),
            ErrorKind::Quota => "check the plan and the limits of the workspace".into(),
            ErrorKind::Gone => {
                "use another service; a private deployment with its own base URL may still offer it".into()
            }
            ErrorKind::RateLimited => "wait, or send fewer requests at once".into(),
            ErrorKind::Redirect if self.status().is_none() => {
                "check the base URL, or download the file by way of the API; nothing was sent there".into()
            }
            ErrorKind::UnexpectedContent | ErrorKind::Redirect => {
                "check the base URL; something other than the API answered".into()
            }
            ErrorKind::Integrity => "read it again later; what is missing may be there then".into(),
            ErrorKind::WaitDeadline | ErrorKind::Outage => "the job goes on; wait for it again later".into(),
            _ if self.status() == Some(StatusCode::PAYLOAD_TOO_LARGE) => {
                "send less at once; a file may have 512 MB".into()
            }
            _ => return None,
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, operation, message, status, attempts, elapsed, .. } = &*self.0;
        if let Some(operation) = operation {
            write!(f, "{operation}: ")?;
        }
        match status {
            Some(status) if !status.is_success() => {
                write!(f, "{status}")?;
                if !message.is_empty() {
                    write!(f, ": {}", OneLine(message))?;
                }
            }
            _ if message.is_empty() => f.write_str(kind.as_str())?,
            _ => write!(f, "{}", OneLine(message))?,
        }
        let mut notes = Vec::new();
        if *attempts > 1 {
            notes.push(format!("after {attempts} attempts in {:.1} s", elapsed.as_secs_f64()));
        }
        if let Some(id) = self.request_id() {
            notes.push(format!("request {}", OneLine(id)));
        }
        if let Some(wait) = self.retry_after() {
            notes.push(format!("the server asks to wait {} s", wait.as_secs()));
        }
        if notes.is_empty() { Ok(()) } else { write!(f, " ({})", notes.join("; ")) }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            kind,
            operation,
            message,
            status,
            headers: _, // may hold cookies
            body,
            raw_body: _, // shown as the body
            attempts,
            elapsed,
            retry_after,
            maybe_created,
            deleted: _,
            key_source,
            source,
        } = &*self.0;
        f.debug_struct("Error")
            .field("kind", kind)
            .field("operation", operation)
            .field("message", message)
            .field("status", status)
            .field("body", &body.as_ref().map(Quoted))
            .field("attempts", attempts)
            .field("elapsed", elapsed)
            .field("retry_after", retry_after)
            .field("maybe_created", maybe_created)
            .field("key_source", key_source)
            .field("source", source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// What the server said, without the key should it have repeated that.
fn keyless(body: ErrorBody, key: &SentKey) -> ErrorBody {
    let Ok(said) = serde_json::to_vec(&body) else { return body };
    let kept = without_key(&said, key);
    if kept == said { body } else { serde_json::from_slice(&kept).unwrap_or_default() }
}

/// What somebody else said, to be looked at: without signatures and the query of any URL in it.
struct Quoted<'a>(&'a ErrorBody);

impl fmt::Debug for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = if f.alternate() { format!("{:#?}", self.0) } else { format!("{:?}", self.0) };
        f.write_str(&clean(&shown, None))
    }
}

/// The server's words on one line of bounded length, with nothing a terminal would obey.
struct OneLine<'a>(&'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 4 * 1024;
        for (at, character) in self.0.char_indices() {
            if at >= SHOWN {
                return f.write_str("…");
            }
            if acts_on_a_terminal(character) {
                write!(f, "{}", character.escape_default())?;
            } else {
                write!(f, "{character}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, body: &str) -> Error {
        let operation = Operation::new("files.get");
        let (parts, ()) = http::Response::builder().status(status).body(()).unwrap().into_parts();
        Error::from_status(&operation, Duration::from_millis(7_300), parts, ErrorBody::parse(body.as_bytes()))
    }

    #[test]
    fn the_line_stands_alone() {
        let error = refused(404, r#"{"detail": "no file with this id"}"#);
        assert_eq!(error.to_string(), "files.get: 404 Not Found: no file with this id");
        assert!(error.is_not_found());
    }

    #[test]
    fn the_request_id_of_a_gateway_is_shown() {
        let error = refused(401, r#"{"message": "Unauthorized", "request_id": "5f1e"}"#);
        assert_eq!(error.to_string(), "files.get: 401 Unauthorized: Unauthorized (request 5f1e)");
        assert!(error.is_auth());
    }

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        let error = refused(400, "bad\u{1b}[2Jthing\nline \u{202e}");
        assert_eq!(error.to_string(), "files.get: 400 Bad Request: bad\\u{1b}[2Jthing\\nline \\u{202e}");
        let error = refused(400, "\u{61c}a\u{feff}\u{e0041}é");
        assert_eq!(error.to_string(), "files.get: 400 Bad Request: \\u{61c}a\\u{feff}\\u{e0041}é");
    }

    #[test]
    fn any_server_error_to_a_create_leaves_it_open() {
        let create = Operation::new("x.create").with_kind(OperationKind::Create);
        let error = |status: u16| {
            let (parts, ()) = http::Response::builder().status(status).body(()).unwrap().into_parts();
            Error::from_status(&create, Duration::ZERO, parts, ErrorBody::default())
        };
        for status in [408, 500, 501, 502, 503, 504, 520, 524, 529] {
            assert!(error(status).is_maybe_created() && !error(status).is_transient(), "{status}");
        }
        for status in [307, 400, 401, 403, 404, 409, 422, 425, 429] {
            assert!(!error(status).is_maybe_created(), "{status}");
        }
    }

    #[test]
    fn a_status_decides_the_kind() {
        let kinds = [
            (402, ErrorKind::Quota),
            (403, ErrorKind::Auth),
            (409, ErrorKind::Conflict),
            (410, ErrorKind::Gone),
            (429, ErrorKind::RateLimited),
            (307, ErrorKind::Redirect),
            (503, ErrorKind::Api),
        ];
        for (status, kind) in kinds {
            assert_eq!(refused(status, "").kind(), kind, "{status}");
        }
        assert_eq!(refused(429, r#"{"message": "You exceeded your monthly quota"}"#).kind(), ErrorKind::Quota);
    }
}
