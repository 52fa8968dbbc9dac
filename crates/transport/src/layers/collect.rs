use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::CONTENT_ENCODING;
use http::{HeaderValue, Request, Response};
use http_body::Body as HttpBody;
use http_body_util::BodyExt as _;
use mistral_models::ErrorBody;
use tower::{BoxError, Layer, Service};

use super::{Pace, Paced};
use crate::failure::{Failure, Reach};
use crate::operation::{Operation, Reply};
use crate::watched::{Phase, Progress};
use crate::{Body, ErrorKind};

/// How much of an answer is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CollectLimits {
    /// The largest JSON answer, in bytes. Default 16 MiB.
    pub json: usize,
    /// How much of a refusal is read, in bytes; the rest is dropped with its connection. Default 64 KiB.
    pub error: usize,
    /// How long a refusal is read for. Default 5 s.
    pub error_time: Duration,
    /// How slowly bodies may come.
    pub pace: Pace,
}

impl Default for CollectLimits {
    fn default() -> Self {
        Self { json: 16 << 20, error: 64 << 10, error_time: Duration::from_secs(5), pace: Pace::default() }
    }
}

impl CollectLimits {
    /// The largest JSON answer.
    #[must_use]
    pub fn json(mut self, bytes: usize) -> Self {
        self.json = bytes;
        self
    }

    /// How much of a refusal is read.
    #[must_use]
    pub fn error(mut self, bytes: usize) -> Self {
        self.error = bytes;
        self
    }

    /// How long a refusal is read for.
    #[must_use]
    pub fn error_time(mut self, limit: Duration) -> Self {
        self.error_time = limit;
        self
    }

    /// How slowly bodies may come.
    #[must_use]
    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }
}

/// The beginning of a refusal, byte for byte; left on the answer for whoever makes an error of it.
#[derive(Debug, Clone)]
pub(crate) struct RawBody(pub(crate) Bytes);

/// Reads JSON answers and refusals whole and within bounds, and lets streams pass at a pace.
///
/// Sits inside the attempt: a body that is cut short is a failed attempt and can be retried like any other. What a
/// refusal says is left on the answer as an [`ErrorBody`] in its extensions, for the layers above to decide by.
///
/// An answer in an encoding is refused unread: none was asked for, and what unfolds has no bound.
#[derive(Debug, Clone, Default)]
pub struct CollectLayer {
    limits: CollectLimits,
}

impl CollectLayer {
    /// A layer with these limits.
    pub fn new(limits: CollectLimits) -> Self {
        Self { limits }
    }
}

impl<S> Layer<S> for CollectLayer {
    type Service = Collect<S>;

    fn layer(&self, inner: S) -> Collect<S> {
        Collect { inner, limits: self.limits }
    }
}

/// The service of [`CollectLayer`].
#[derive(Debug, Clone)]
pub struct Collect<S> {
    inner: S,
    limits: CollectLimits,
}

impl<S, B, R> Service<Request<B>> for Collect<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    R: HttpBody<Data = Bytes> + Send + 'static,
    R::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let operation = request.extensions().get::<Operation>().cloned();
        let reply = operation.as_ref().map_or(Reply::Json, Operation::reply);
        let progress = request.extensions().get::<Progress>().cloned();
        let mut limits = self.limits;
        limits.json = operation.as_ref().and_then(Operation::reply_limit).unwrap_or(limits.json);
        let head_came = move |status| {
            if let Some(operation) = &operation {
                operation.head_came(status);
            }
        };
        head_came(None);
        let answer = self.inner.call(request);
        Box::pin(async move {
            let answer = answer.await.map_err(Into::into)?;
            // A success whose body breaks has done its work all the same, and a creation needs to know.
            head_came(Some(answer.status()));
            if let Some(progress) = progress {
                progress.mark(Phase::Answered);
            }
            read(answer, reply, limits).await
        })
    }
}

async fn read<R>(answer: Response<R>, reply: Reply, limits: CollectLimits) -> Result<Response<Body>, BoxError>
where
    R: HttpBody<Data = Bytes> + Send + 'static,
    R::Error: Into<BoxError>,
{
    let (mut parts, body) = answer.into_parts();
    let encoded = |encoding: &&HeaderValue| !encoding.as_bytes().eq_ignore_ascii_case(b"identity");
    if let Some(encoding) = parts.headers.get_all(CONTENT_ENCODING).iter().find(encoded) {
        if !parts.status.is_success() {
            // What it says cannot be read, but its status can.
            parts.extensions.insert(ErrorBody::default());
            return Ok(Response::from_parts(parts, Body::empty()));
        }
        let message = format!("the answer is encoded ({encoding:?}), which was not asked for");
        return Err(Failure::permanent(ErrorKind::UnsupportedEncoding, Reach::Unknown, message).into());
    }
    let length = body.size_hint().exact();
    let body = Paced::new(body, limits.pace);
    if !parts.status.is_success() {
        let mut head = BytesMut::new();
        // What was read before the time ran out, or the connection broke, is all there is to say.
        let _ = tokio::time::timeout(limits.error_time, fill(&mut head, body, limits.error)).await;
        let head = head.freeze();
        parts.extensions.insert(ErrorBody::parse(&head));
        parts.extensions.insert(RawBody(head.clone()));
        return Ok(Response::from_parts(parts, Body::from(head)));
    }
    match reply {
        Reply::Bytes => {
            let body = Body::new(body.map_err(broken));
            let body = match length {
                Some(length) => body.with_length(length),
                None => body,
            };
            Ok(Response::from_parts(parts, body))
        }
        Reply::Json => {
            let mut whole = BytesMut::with_capacity(length.map_or(0, |length| (length as usize).min(limits.json)));
            if !fill(&mut whole, body, limits.json).await? {
                let message = format!("the answer is larger than {} bytes", limits.json);
                return Err(Failure::permanent(ErrorKind::TooLarge, Reach::Unknown, message).into());
            }
            Ok(Response::from_parts(parts, Body::from(whole.freeze())))
        }
    }
}

/// Reads into `buffer` until the end or `limit`; false if there was more.
async fn fill<B>(buffer: &mut BytesMut, body: B, limit: usize) -> Result<bool, BoxError>
where
    B: HttpBody<Data = Bytes, Error = BoxError>,
{
    let mut body = std::pin::pin!(body);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(broken)?.into_data() else { continue };
        let room = limit - buffer.len();
        if data.len() > room {
            buffer.extend_from_slice(&data[..room]);
            return Ok(false);
        }
        buffer.extend_from_slice(&data);
    }
    Ok(true)
}

/// A body that ends before its end.
fn broken(error: BoxError) -> BoxError {
    if Failure::find(&*error).is_some() {
        return error;
    }
    let message = "the connection broke before the answer was whole";
    Failure::transient(ErrorKind::Interrupted, Reach::Unknown, message).caused_by(error).into()
}

#[cfg(test)]
mod tests {
    use http_body_util::Full;

    use super::*;

    async fn collected(answer: Response<Full<Bytes>>, reply: Reply) -> Result<Response<Body>, ErrorKind> {
        let limits = CollectLimits { json: 10, error: 4, ..CollectLimits::default() };
        read(answer, reply, limits).await.map_err(|error| Failure::find(&*error).unwrap().kind())
    }

    fn answer(status: u16, body: &'static str) -> Response<Full<Bytes>> {
        Response::builder().status(status).body(Full::from(body)).unwrap()
    }

    #[tokio::test]
    async fn a_json_answer_is_bounded() {
        assert_eq!(
            collected(answer(200, "0123456789"), Reply::Json).await.unwrap().body().as_bytes().unwrap(),
            "0123456789"
        );
        assert_eq!(collected(answer(200, "0123456789x"), Reply::Json).await.unwrap_err(), ErrorKind::TooLarge);
    }

    #[tokio::test]
    async fn a_stream_is_not() {
        let passed = collected(answer(200, "0123456789x"), Reply::Bytes).await.unwrap();
        assert_eq!(passed.into_body().collect().await.unwrap().to_bytes(), "0123456789x");
    }

    #[tokio::test]
    async fn of_a_refusal_the_beginning_is_kept() {
        let refused = collected(answer(500, "down for good"), Reply::Bytes).await.unwrap();
        assert_eq!(refused.body().as_bytes().unwrap(), "down");
        assert_eq!(refused.extensions().get::<ErrorBody>().unwrap().message().as_deref(), Some("down"));
    }

    #[tokio::test]
    async fn an_encoding_nobody_asked_for_is_refused() {
        let mut encoded = answer(200, "x");
        encoded.headers_mut().insert(CONTENT_ENCODING, "gzip".parse().unwrap());
        assert_eq!(collected(encoded, Reply::Json).await.unwrap_err(), ErrorKind::UnsupportedEncoding);
    }

    #[tokio::test]
    async fn an_encoded_refusal_keeps_its_status() {
        let mut encoded = answer(429, "x");
        encoded.headers_mut().insert(CONTENT_ENCODING, "gzip".parse().unwrap());
        assert_eq!(collected(encoded, Reply::Json).await.unwrap().status(), 429);
    }
}
