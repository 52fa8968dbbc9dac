use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, Request, Response};
use http_body::Body as HttpBody;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use tower::{BoxError, Layer, Service};

use super::Cassette;
use super::exchange::Exchange;
use crate::failure::{Failure, Reach};
use crate::operation::Operation;
use crate::{Body, ErrorKind};

/// Writes each request and its answer onto a [`Cassette`], without their secrets.
///
/// Sits right above the HTTP client, so that each attempt is recorded as it goes out. Both bodies are read whole before
/// they are passed on: it is made for recording tests, not for watching production. Requests keep their body type, which
/// has to be one that bytes can be made into, such as [`Body`] or `http_body_util::Full`.
///
/// An encoded body is refused, since nobody could look for secrets in it; record above
/// `DecompressLayer`, not below.
#[derive(Debug, Clone)]
pub struct RecordLayer {
    cassette: Cassette,
    max_body: usize,
}

impl RecordLayer {
    /// A layer that records onto this cassette.
    pub fn new(cassette: Cassette) -> Self {
        Self { cassette, max_body: 64 << 20 }
    }

    /// The largest body that is recorded, in bytes; a larger one fails its call. Default 64 MiB.
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }
}

impl<S> Layer<S> for RecordLayer {
    type Service = Record<S>;

    fn layer(&self, inner: S) -> Record<S> {
        Record { inner, layer: self.clone() }
    }
}

/// The service of [`RecordLayer`].
#[derive(Debug, Clone)]
pub struct Record<S> {
    inner: S,
    layer: RecordLayer,
}

impl<S, B, R> Service<Request<B>> for Record<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: HttpBody<Data = Bytes> + From<Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
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
        let clone = self.inner.clone();
        let mut ready = std::mem::replace(&mut self.inner, clone);
        let RecordLayer { cassette, max_body } = self.layer.clone();
        Box::pin(async move {
            let operation = request.extensions().get::<Operation>().map(|operation| operation.name().to_owned());
            let (asked, body) = request.into_parts();
            refuse_encoding(&asked.headers, Reach::NotSent)?;
            let question = whole(body, max_body, Reach::NotSent).await?;
            let sent = Request::from_parts(asked.clone(), B::from(question.clone()));
            let (answered, body) = ready.call(sent).await.map_err(Into::into)?.into_parts();
            refuse_encoding(&answered.headers, Reach::Unknown)?;
            let answer = whole(body, max_body, Reach::Unknown).await?;
            cassette.push(Exchange::new(operation, (&asked, &question), (&answered, &answer)));
            Ok(Response::from_parts(answered, Body::from(answer)))
        })
    }
}

fn refuse_encoding(headers: &HeaderMap, reach: Reach) -> Result<(), BoxError> {
    match headers.get(CONTENT_ENCODING).filter(|encoding| *encoding != "identity") {
        None => Ok(()),
        Some(encoding) => {
            let message = format!("a body encoded as {encoding:?} is not recorded: its secrets could not be found");
            Err(Failure::permanent(ErrorKind::UnsupportedEncoding, reach, message).into())
        }
    }
}

async fn whole<B>(body: B, max: usize, reach: Reach) -> Result<Bytes, BoxError>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    match Limited::new(body, max).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            let message = format!("a body of more than {max} bytes is not recorded");
            Err(Failure::permanent(ErrorKind::TooLarge, reach, message).into())
        }
        Err(error) => Err(error),
    }
}
