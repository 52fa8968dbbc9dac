use std::any::Any;
use std::fmt;
use std::time::Duration;

use http::{Request, Response, StatusCode};
use tower::BoxError;
use tower_http::classify::{ClassifiedResponse, ClassifyResponse, NeverClassifyEos, SharedClassifier};
use tower_http::trace::{MakeSpan, OnFailure, OnResponse, TraceLayer};
use tracing::Span;
use tracing::field::Empty;

use crate::ErrorKind;
use crate::failure::Failure;
use crate::operation::Operation;

/// The span of an attempt, for [`TraceLayer`]: the operation's name, and HTTP's facts under the names OpenTelemetry gives
/// them.
///
/// | field | value |
/// |---|---|
/// | `otel.name`, `gen_ai.operation.name` | the [`Operation`]'s name, such as `batch.jobs.get` |
/// | `otel.kind` | `client` |
/// | `otel.status_code` | `ERROR` if the status is 400 or more, or no answer came |
/// | `gen_ai.provider.name` | `mistral_ai` |
/// | `http.request.method` | such as `GET` |
/// | `http.request.resend_count` | how often the call was sent before; absent at first |
/// | `http.response.status_code` | such as `200`; absent if no answer came |
/// | `error.type` | the status if it is 400 or more; else the [`ErrorKind`] of the failure, or `_OTHER` |
/// | `server.address`, `server.port` | the host, and its port even if it is the scheme's own |
/// | `url.full` | scheme, host and path; a query may hold what users typed, and is left out |
///
/// No header and no body is recorded. [`layer`](Self::layer) is the whole layer:
///
/// ```
/// use mistral_transport::layers::AttemptSpan;
/// use tower::ServiceBuilder;
///
/// let stack = ServiceBuilder::new().layer(AttemptSpan::layer());
/// # let _ = stack;
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct AttemptSpan;

/// The layer that [`AttemptSpan::layer`] makes.
pub type AttemptTraceLayer =
    TraceLayer<SharedClassifier<AttemptOutcome>, AttemptSpan, (), AttemptSpan, (), (), AttemptSpan>;

impl AttemptSpan {
    /// A trace layer that opens this span for each attempt, and writes nothing else.
    pub fn layer() -> AttemptTraceLayer {
        TraceLayer::new(SharedClassifier::new(AttemptOutcome))
            .make_span_with(Self)
            .on_request(())
            .on_response(Self)
            .on_body_chunk(())
            .on_eos(())
            .on_failure(Self)
    }
}

impl<B> MakeSpan<B> for AttemptSpan {
    fn make_span(&mut self, request: &Request<B>) -> Span {
        let operation = request.extensions().get::<Operation>();
        let resent = operation.map_or(0, |operation| operation.attempts().saturating_sub(1));
        let uri = request.uri();
        let name = operation.map_or("http", Operation::name);
        let port = uri.port_u16().or(match uri.scheme_str() {
            Some("https") => Some(443),
            Some("http") => Some(80),
            _ => None,
        });
        tracing::debug_span!(
            target: "mistral_transport",
            "attempt",
            "error.type" = Empty,
            gen_ai.operation.name = operation.map(Operation::name),
            gen_ai.provider.name = "mistral_ai",
            http.request.method = %request.method(),
            http.request.resend_count = (resent > 0).then_some(resent),
            http.response.status_code = Empty,
            otel.kind = "client",
            otel.name = name,
            otel.status_code = Empty,
            server.address = uri.host(),
            server.port = port,
            url.full = %WithoutQuery(uri),
        )
    }
}

/// Why an attempt counts as failed, in the few words that OpenTelemetry's `error.type` may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttemptError {
    /// The answer has a status of 400 or more.
    Status(StatusCode),
    /// There is no answer, for a reason that our layers know.
    Kind(ErrorKind),
    /// There is no answer, for any other reason.
    Other,
}

impl fmt::Display for AttemptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => f.write_str(status.as_str()),
            Self::Kind(kind) => write!(f, "{kind:?}"),
            Self::Other => f.write_str("_OTHER"),
        }
    }
}

/// Tells [`AttemptSpan`] which attempts failed.
#[derive(Debug, Clone, Copy, Default)]
pub struct AttemptOutcome;

impl ClassifyResponse for AttemptOutcome {
    type FailureClass = AttemptError;
    type ClassifyEos = NeverClassifyEos<AttemptError>;

    fn classify_response<B>(self, response: &Response<B>) -> ClassifiedResponse<AttemptError, Self::ClassifyEos> {
        let status = response.status();
        let failed = status.is_client_error() || status.is_server_error();
        ClassifiedResponse::Ready(if failed { Err(AttemptError::Status(status)) } else { Ok(()) })
    }

    fn classify_error<E>(self, error: &E) -> AttemptError
    where
        E: fmt::Display + 'static,
    {
        let boxed = (error as &dyn Any).downcast_ref::<BoxError>();
        let failure = boxed.and_then(|error| Failure::find(&**error));
        failure.map_or(AttemptError::Other, |failure| AttemptError::Kind(failure.kind()))
    }
}

/// An address without its query, and without a user and a password before the host.
struct WithoutQuery<'a>(&'a http::Uri);

impl fmt::Display for WithoutQuery<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(uri) = self;
        if let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) {
            let host = authority.as_str().rsplit('@').next().unwrap_or_default();
            write!(f, "{scheme}://{host}")?;
        }
        f.write_str(uri.path())
    }
}

impl<B> OnResponse<B> for AttemptSpan {
    fn on_response(self, response: &Response<B>, latency: Duration, span: &Span) {
        span.record("http.response.status_code", response.status().as_u16());
        tracing::debug!(target: "mistral_transport", status = response.status().as_u16(), ?latency, "answered");
    }
}

impl OnFailure<AttemptError> for AttemptSpan {
    fn on_failure(&mut self, error: AttemptError, latency: Duration, span: &Span) {
        span.record("otel.status_code", "ERROR");
        span.record("error.type", tracing::field::display(&error));
        if !matches!(error, AttemptError::Status(_)) {
            tracing::debug!(target: "mistral_transport", error = %error, ?latency, "not answered");
        }
    }
}
