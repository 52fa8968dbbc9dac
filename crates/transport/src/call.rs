use std::fmt;
use std::time::Duration;

use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method, Uri};
use http_body::Body as _;
use mistral_models::{Invalid, SignedUrl};
use serde::Serialize;

use crate::error::{Error, ErrorKind, Result};
use crate::operation::{Operation, OperationKind, Reply};
use crate::{Body, path, query};

/// One API call, described and not yet sent.
///
/// Everything about an endpoint stands in one expression: its name, method, path, parameters and whether it may be sent
/// twice. A mistake in any part is kept and comes out when the call is sent, before anything leaves.
///
/// ```
/// use mistral_transport::Call;
/// use mistral_models::ListFiles;
///
/// let request = Call::get("files.list", &["v1", "files"]).query(&ListFiles::default().page(2)).into_request()?;
/// assert_eq!(request.uri(), "/v1/files?include_total=true&page=2&page_size=100");
/// # Ok::<(), mistral_transport::Error>(())
/// ```
pub struct Call {
    method: Method,
    /// Absolute for a signed URL, whose query is the signature.
    path: String,
    query: String,
    headers: HeaderMap,
    body: Body,
    operation: Operation,
    defect: Option<Invalid>,
}

impl Call {
    /// A GET of the path made of these segments, each escaped. It may be sent twice.
    pub fn get(operation: &'static str, segments: &[&str]) -> Self {
        Self::new(Method::GET, operation, segments).idempotent()
    }

    /// A POST. It may not be sent twice unless [`idempotent`](Self::idempotent) says so.
    pub fn post(operation: &'static str, segments: &[&str]) -> Self {
        Self::new(Method::POST, operation, segments)
    }

    /// A PATCH. It may not be sent twice unless [`idempotent`](Self::idempotent) says so.
    pub fn patch(operation: &'static str, segments: &[&str]) -> Self {
        Self::new(Method::PATCH, operation, segments)
    }

    /// A DELETE. It may be sent twice.
    pub fn delete(operation: &'static str, segments: &[&str]) -> Self {
        let mut call = Self::new(Method::DELETE, operation, segments).idempotent();
        call.operation = call.operation.deletes();
        call
    }

    /// A GET of the file behind a signed URL, with no header at all.
    pub(crate) fn signed(operation: &'static str, url: &SignedUrl) -> Result<Self> {
        let uri = url.url.parse::<Uri>().ok().filter(|uri| uri.scheme().is_some());
        let uri =
            uri.ok_or_else(|| Error::new(ErrorKind::UnexpectedResponse, "the signed URL is none").during(operation))?;
        let mut call = Self::new(Method::GET, operation, &[]).idempotent().transfers();
        call.operation = call.operation.with_reply(Reply::Bytes);
        let (whole, query) = (uri.to_string(), uri.query().unwrap_or_default());
        call.path = whole.split('?').next().unwrap_or_default().to_owned();
        call.query = query.to_owned();
        Ok(call)
    }

    fn new(method: Method, operation: &'static str, segments: &[&str]) -> Self {
        let (path, defect) = match path::join(segments) {
            Ok(path) => (path, None),
            Err(defect) => (String::new(), Some(defect)),
        };
        Self {
            method,
            path,
            query: String::new(),
            headers: HeaderMap::new(),
            body: Body::empty(),
            operation: Operation::new(operation),
            defect,
        }
    }

    /// Keeps the outcome of a check; a failed one stops the call before it is sent.
    #[must_use]
    pub fn checked(mut self, check: Result<(), Invalid>) -> Self {
        self.defect = match (self.defect, check) {
            // The endpoint knows what it expects; all that the path can say of an empty id is that it is empty.
            (Some(defect), Err(told)) if defect.field() == path::FIELD => Some(told),
            (defect, check) => defect.or(check.err()),
        };
        self
    }

    /// Parameters of the query: lists repeat their name, objects are exploded, `null` is left out.
    #[must_use]
    pub fn query(mut self, params: &impl Serialize) -> Self {
        match query::encode(params) {
            Ok(query) => self.query = query,
            Err(defect) => self.defect = self.defect.or(Some(defect)),
        }
        self
    }

    /// A JSON body.
    #[must_use]
    pub fn json(mut self, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(json) => self.body(Body::from(json), HeaderValue::from_static("application/json")),
            Err(error) => {
                self.defect = self.defect.or(Some(Invalid::new("body", error.to_string())));
                self
            }
        }
    }

    /// Any other body, of this content type.
    #[must_use]
    pub fn body(mut self, body: Body, content_type: HeaderValue) -> Self {
        self.headers.insert(CONTENT_TYPE, content_type);
        self.body = body;
        self
    }

    /// One more header. It takes the place of another of that name.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Sending it twice does no harm.
    #[must_use]
    pub fn idempotent(mut self) -> Self {
        self.operation = self.operation.idempotent();
        self
    }

    /// It makes something that costs money.
    #[must_use]
    pub fn creates(mut self) -> Self {
        self.operation = self.operation.with_kind(OperationKind::Create);
        self
    }

    /// It moves a file: how long it takes depends on the size, so it has limits on progress instead of a total.
    #[must_use]
    pub fn transfers(mut self) -> Self {
        self.operation = self.operation.with_kind(OperationKind::Transfer);
        self
    }

    /// A successful answer is bytes, to be passed on as they come.
    #[must_use]
    pub fn bytes(mut self) -> Self {
        self.headers.insert(ACCEPT, HeaderValue::from_static("application/octet-stream"));
        self.operation = self.operation.with_reply(Reply::Bytes);
        self.transfers()
    }

    /// Its JSON answer may have so many bytes, instead of what the stack has set.
    #[must_use]
    pub fn reply_limit(mut self, bytes: usize) -> Self {
        self.operation = self.operation.with_reply_limit(bytes);
        self
    }

    /// Whether it only reads.
    pub(crate) fn is_read(&self) -> bool {
        self.method == Method::GET
    }

    /// What the layers will know of it.
    pub fn operation(&self) -> &Operation {
        &self.operation
    }

    pub(crate) fn with_options(mut self, timeout: Option<Duration>, max_attempts: Option<u32>) -> Self {
        self.operation = self.operation.with_options(timeout, max_attempts);
        self
    }

    /// The same call once more, its history shared, if its body can be sent again.
    pub(crate) fn try_clone(&self) -> Option<Self> {
        Some(Self {
            method: self.method.clone(),
            path: self.path.clone(),
            query: self.query.clone(),
            headers: self.headers.clone(),
            body: self.body.try_clone()?,
            operation: self.operation.clone(),
            defect: self.defect.clone(),
        })
    }

    /// The request, with a path but no host yet: the stack adds it. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`BadInput`](crate::ErrorKind::BadInput) for an id, a parameter or a body that the API would refuse.
    pub fn into_request(self) -> Result<http::Request<Body>> {
        let operation = self.operation;
        if let Some(defect) = self.defect {
            return Err(Error::bad_input(operation.name(), defect));
        }
        let target = if self.query.is_empty() { self.path } else { [self.path, self.query].join("?") };
        let request = http::Request::builder().method(self.method).uri(target);
        let mut request = request.body(self.body).map_err(|error| Error::bad_input(operation.name(), error))?;
        *request.headers_mut() = self.headers;
        let expects_body = matches!(*request.method(), Method::POST | Method::PATCH);
        if expects_body && request.body().is_end_stream() {
            // Servers may refuse a request of unknown length; hyper says nothing of an empty one.
            request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        request.extensions_mut().insert(operation);
        Ok(request)
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, path, query, headers, body, operation, defect } = self;
        let query = if path.starts_with('/') || query.is_empty() { query } else { "…" };
        f.debug_struct("Call")
            .field("method", method)
            .field("path", path)
            .field("query", &query)
            .field("headers", headers)
            .field("body", body)
            .field("operation", operation)
            .field("defect", defect)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_url_is_sent_as_it_is_and_never_shown() {
        for url in ["https://b.example/f%20/x?sig=a%2Fb%3D&se=1", "http://127.0.0.1:1/?sig=s", "https://b.example/f"] {
            let call = Call::signed("x", &SignedUrl::new(url)).unwrap();
            assert!(!format!("{call:?}").contains("sig"), "{call:?}");
            let request = call.into_request().unwrap();
            assert_eq!((request.uri().to_string().as_str(), request.headers().len()), (url, 0));
        }
        for none in ["", "/f?sig=secret", "b.example", "https://b example/?sig=secret"] {
            let error = Call::signed("x", &SignedUrl::new(none)).unwrap_err();
            assert_eq!(format!("{error}"), "x: the signed URL is none");
            assert!(!format!("{error:?}").contains("secret"));
        }
    }

    #[test]
    fn the_first_mistake_is_reported_and_nothing_is_made() {
        let call = Call::get("files.get", &["v1", "files"]).checked(Ok(())).checked(Err(Invalid::new("first", "x")));
        let error = call.checked(Err(Invalid::new("later", "y"))).into_request().unwrap_err();
        assert!(error.is_bad_input());
        assert_eq!(error.to_string(), "files.get: first: x");
    }

    #[test]
    fn what_an_endpoint_expects_says_more_than_what_the_path_could_see() {
        let call = || Call::get("files.get", &["v1", "files", ".."]);
        let error = call().checked(Ok(())).into_request().unwrap_err();
        assert_eq!(error.to_string(), r#"files.get: path: ".." cannot be part of a path; expected an id or a name"#);
        let error = call().checked(Err(Invalid::new("file_id", "not an id"))).into_request().unwrap_err();
        assert_eq!(error.to_string(), "files.get: file_id: not an id");
    }

    #[test]
    fn only_get_and_delete_may_be_sent_twice_by_themselves() {
        let path = ["v1", "x"];
        assert!(Call::get("x", &path).operation().is_idempotent());
        assert!(Call::delete("x", &path).operation().is_idempotent());
        assert!(!Call::post("x", &path).operation().is_idempotent());
        assert!(!Call::patch("x", &path).operation().is_idempotent());
        assert!(Call::post("x", &path).idempotent().operation().is_idempotent());
    }
}
