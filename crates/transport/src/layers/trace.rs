use http::Request;
use tower_http::trace::{MakeSpan, OnResponse};
use tracing::Span;
use tracing::field::Empty;

use crate::operation::Operation;

/// The span of an attempt, for [`tower_http::trace::TraceLayer`]: the operation's name, and HTTP's facts under the names
/// OpenTelemetry gives them.
///
/// No header and no body is recorded, and of the URI only host and path: the rest may hold what users typed.
#[derive(Debug, Clone, Copy, Default)]
pub struct AttemptSpan;

impl<B> MakeSpan<B> for AttemptSpan {
    fn make_span(&mut self, request: &Request<B>) -> Span {
        let operation = request.extensions().get::<Operation>();
        tracing::debug_span!(
            target: "mistral_transport",
            "attempt",
            otel.kind = "client",
            otel.name = operation.map_or("http", Operation::name),
            gen_ai.provider.name = "mistral_ai",
            http.request.method = %request.method(),
            http.request.resend_count = operation.map_or(0, |operation| operation.attempts().saturating_sub(1)),
            http.response.status_code = Empty,
            server.address = request.uri().host(),
            server.port = request.uri().port_u16(),
            url.path = request.uri().path(),
        )
    }
}

impl<B> OnResponse<B> for AttemptSpan {
    fn on_response(self, response: &http::Response<B>, latency: std::time::Duration, span: &Span) {
        span.record("http.response.status_code", response.status().as_u16());
        tracing::debug!(target: "mistral_transport", status = response.status().as_u16(), ?latency, "answered");
    }
}
