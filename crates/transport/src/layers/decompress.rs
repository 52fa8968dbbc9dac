use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::TryFutureExt as _;
use futures_util::future::MapOk;
use http::header::{CONTENT_ENCODING, RANGE};
use http::{Request, Response};
use http_body::{Body as HttpBody, Frame};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use pin_project_lite::pin_project;
use tower::{BoxError, Layer, Service};
use tower_http::decompression::Decompression;

use crate::failure::{Failure, Reach};
use crate::{Body, ErrorKind};

/// Asks for answers in gzip and unfolds them, up to a size.
///
/// A few megabytes of gzip can unfold to gigabytes, which is why the default stack asks for no encoding and refuses what
/// comes in one. Whoever wants it puts this layer below [`CollectLayer`](super::CollectLayer), around the HTTP client,
/// and says how large one answer may become: past that it fails with [`TooLarge`](ErrorKind::TooLarge), and the rest is
/// neither read nor unfolded. JSON answers keep the tighter limit of the layers above. An answer that comes plain passes
/// untouched, whatever its size; one in another encoding is left as it is, for the layers above to refuse.
///
/// A request for a range is left alone: its offsets count the bytes of the plain file.
///
/// The work is done by tower-http's [`Decompression`].
///
/// ```
/// # #[cfg(feature = "client")] {
/// use mistral_transport::layers::DecompressLayer;
/// use mistral_transport::{ApiKey, HttpClient, HttpClientSettings, Transport};
/// use tower::ServiceBuilder;
///
/// # fn demo() -> mistral_transport::Result<()> {
/// let client = HttpClient::new(&HttpClientSettings::default())?;
/// let http = ServiceBuilder::new().layer(DecompressLayer::new(1 << 30)).service(client);
/// let transport = Transport::builder(ApiKey::from_env()?).http(http).build()?;
/// # Ok(()) }
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct DecompressLayer {
    max_bytes: usize,
}

impl DecompressLayer {
    /// A layer that unfolds an answer to `max_bytes` at the most.
    pub fn new(max_bytes: usize) -> Self {
        Self { max_bytes }
    }
}

impl<S> Layer<S> for DecompressLayer {
    type Service = Decompress<S>;

    fn layer(&self, inner: S) -> Decompress<S> {
        Decompress { inner: Decompression::new(Noted { inner }), max_bytes: self.max_bytes }
    }
}

/// The service of [`DecompressLayer`].
#[derive(Debug, Clone)]
pub struct Decompress<S> {
    inner: Decompression<Noted<S>>,
    max_bytes: usize,
}

impl<S, B, R> Service<Request<B>> for Decompress<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
    R: HttpBody<Data = Bytes> + Send + 'static,
    R::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.get_mut().inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if request.headers().contains_key(RANGE) {
            let answer = self.inner.get_mut().inner.call(request);
            return Box::pin(async { Ok(answer.await?.map(Body::new)) });
        }
        let answer = self.inner.call(request);
        let max_bytes = self.max_bytes;
        Box::pin(async move {
            let mut answer = answer.await?;
            let was_encoded = answer.extensions_mut().remove::<Encoded>().is_some();
            if !was_encoded || answer.headers().contains_key(CONTENT_ENCODING) {
                return Ok(answer.map(Body::new));
            }
            Ok(answer
                .map(|body| Body::new(Limited::new(body, max_bytes).map_err(move |error| too_large(error, max_bytes)))))
        })
    }
}

fn too_large(error: BoxError, max_bytes: usize) -> BoxError {
    if !error.is::<LengthLimitError>() {
        return error;
    }
    let message = format!("the answer unfolds to more than {max_bytes} bytes");
    Failure::permanent(ErrorKind::TooLarge, Reach::Unknown, message).into()
}

/// Remembers that an answer came in an encoding, which cannot be seen any more once it is unfolded.
#[derive(Debug, Clone)]
pub(super) struct Noted<S> {
    inner: S,
}

#[derive(Debug, Clone)]
struct Encoded;

impl<S, B, R> Service<Request<B>> for Noted<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: HttpBody<Data = Bytes> + Send + 'static,
    R::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = MapOk<S::Future, fn(Response<R>) -> Response<Body>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        self.inner.call(request).map_ok(|mut answer| {
            if !answer.headers().contains_key(CONTENT_ENCODING) {
                return answer.map(Body::new);
            }
            answer.extensions_mut().insert(Encoded);
            answer.map(|body| Body::new(LastByteApart { body, last: None }))
        })
    }
}

pin_project! {
    /// A body whose last byte comes in a frame of its own.
    ///
    /// The decoder stops at the end of the first member of gzip, and notices that more follows only if it comes in another
    /// frame. Members that share a frame would be dropped in silence, and a result file would lose lines.
    struct LastByteApart<B> {
        #[pin]
        body: B,
        last: Option<Bytes>,
    }
}

impl<B> HttpBody for LastByteApart<B>
where
    B: HttpBody<Data = Bytes>,
{
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = self.project();
        let frame = match ready!(this.body.poll_frame(cx)) {
            Some(Ok(frame)) => frame,
            Some(Err(error)) => return Poll::Ready(Some(Err(error))),
            None => return Poll::Ready(this.last.take().map(|last| Ok(Frame::data(last)))),
        };
        Poll::Ready(Some(Ok(match frame.into_data() {
            Ok(mut data) if !data.is_empty() => {
                let last = data.split_off(data.len() - 1);
                Frame::data(match this.last.replace(last) {
                    Some(before) => [before, data].concat().into(),
                    None => data,
                })
            }
            Ok(data) => Frame::data(data),
            Err(frame) => frame,
        })))
    }
}
