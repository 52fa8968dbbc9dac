//! Refusals, in the shapes of the service.

use http::{HeaderValue, Response, StatusCode, header};
use serde::Serialize;
use serde_json::{Value, json};

use crate::Body;

/// A request refused.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    body: Value,
    allow: Option<&'static str>,
}

impl ApiError {
    /// The general shape: `{"object": "error", "message", "type", "param", "code"}`.
    pub(crate) fn new(status: StatusCode, message: impl Into<String>, kind: &str) -> Self {
        let body = json!({
            "object": "error", "message": message.into(), "type": kind, "param": null, "code": null,
        });
        Self { status, body, allow: None }
    }

    pub(crate) fn unauthorized() -> Self {
        Self { status: StatusCode::UNAUTHORIZED, body: json!({"detail": "Unauthorized"}), allow: None }
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message, "not_found_error")
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, message, "permission_error")
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message, "invalid_request_error")
    }

    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, message, "conflict_error")
    }

    pub(crate) fn gone(message: impl Into<String>) -> Self {
        Self::new(StatusCode::GONE, message, "gone_error")
    }

    /// A refusal of 422 that says one thing in plain text.
    pub(crate) fn unprocessable(detail: impl Into<String>) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, body: json!({"detail": detail.into()}), allow: None }
    }

    /// The program around the emulator lacks what the emulator was told to do.
    pub(crate) fn no_runtime() -> Self {
        let message = "The emulator forwards requests in tasks, and there is no tokio runtime to start them on.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, message, "server_error")
    }

    pub(crate) fn too_large(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, message, "invalid_request_error")
    }

    pub(crate) fn method_not_allowed(allow: &'static str) -> Self {
        let error = Self::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed here.", "invalid_request_error");
        Self { allow: Some(allow), ..error }
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        let mut response = json_response(self.status, &self.body);
        if let Some(allow) = self.allow {
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        response
    }
}

/// The emulator's own disk failed: nothing the service would say fits.
impl From<std::io::Error> for ApiError {
    fn from(error: std::io::Error) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, format!("The emulator's storage failed: {error}"), "server_error")
    }
}

/// What is wrong with a request, gathered so that one answer names it all.
#[derive(Debug, Default)]
pub(crate) struct Complaints(Vec<Value>);

impl Complaints {
    /// Notes that the value at `location` breaks the rule `kind`.
    pub(crate) fn add(&mut self, location: Value, message: impl Into<String>, kind: &str) {
        self.0.push(json!({"loc": location, "msg": message.into(), "type": kind}));
    }

    pub(crate) fn missing(&mut self, location: Value) {
        self.add(location, "Field required", "missing");
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The body of a validation answer.
    pub(crate) fn into_body(self) -> Value {
        json!({"detail": self.0})
    }

    /// Refuses the request if there is anything to complain about.
    pub(crate) fn check(self) -> Result<(), ApiError> {
        if self.is_empty() { Ok(()) } else { Err(self.refusal()) }
    }

    /// The refusal of the request.
    pub(crate) fn refusal(self) -> ApiError {
        ApiError { status: StatusCode::UNPROCESSABLE_ENTITY, body: self.into_body(), allow: None }
    }
}

/// One complaint as a refusal.
pub(crate) fn invalid(location: Value, message: impl Into<String>, kind: &str) -> ApiError {
    let mut complaints = Complaints::default();
    complaints.add(location, message, kind);
    complaints.refusal()
}

/// A JSON answer.
pub(crate) fn json_response(status: StatusCode, value: &impl Serialize) -> Response<Body> {
    // Maps have strings for keys here: there is nothing that cannot be written.
    let text = serde_json::to_string(value).unwrap_or_default();
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A JSON answer of 200.
pub(crate) fn ok(value: &impl Serialize) -> Response<Body> {
    json_response(StatusCode::OK, value)
}
