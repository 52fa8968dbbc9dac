//! The one body type of requests and answers.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use futures_util::TryStreamExt as _;
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, StreamBody};
use tower::BoxError;

use crate::watched::Watched;

type BoxBody = UnsyncBoxBody<Bytes, BoxError>;

/// The content of a request or an answer: bytes at hand, or a stream of them.
///
/// A body knows whether it can be sent again. Bytes can; a stream can if it was given as the recipe that makes it
/// ([`replayable`](Self::replayable)); a stream that is already flowing cannot, and a request that carries one is tried
/// once. An empty body never takes the place of one that was used up.
///
/// ```
/// use mistral_transport::Body;
///
/// let body = Body::from("hello");
/// assert!(body.try_clone().is_some());
///
/// let stream = futures_util::stream::iter([Ok::<_, std::io::Error>("hello".into())]);
/// assert!(Body::stream(stream).try_clone().is_none());
/// ```
pub struct Body(Kind);

enum Kind {
    Bytes(Bytes),
    Replayable { make: Arc<dyn Fn() -> Body + Send + Sync>, made: Option<Box<Body>>, length: u64 },
    Stream { body: BoxBody, length: Option<u64> },
}

/// How much of the bytes at hand is given at a time. A client takes the next piece when this one is on its way, so that
/// progress can be seen.
pub(crate) const PIECE: usize = 64 << 10;

impl Body {
    /// No content.
    pub const fn empty() -> Self {
        Self(Kind::Bytes(Bytes::new()))
    }

    /// Any other body.
    pub fn new<B>(body: B) -> Self
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self(Kind::Stream { body: body.map_err(Into::into).boxed_unsync(), length: None })
    }

    /// A stream of unknown length, which can be sent once.
    pub fn stream<S, E>(stream: S) -> Self
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Into<BoxError> + 'static,
    {
        Self::new(StreamBody::new(stream.map_ok(Frame::data).map_err(Into::into)))
    }

    /// This body, known to be `length` bytes long.
    ///
    /// A request whose length is known travels with `Content-Length` instead of in chunks, as the API's official clients
    /// send it. A stream that turns out longer or shorter fails the request.
    #[must_use]
    pub fn with_length(mut self, bytes: u64) -> Self {
        if let Kind::Stream { length, .. } = &mut self.0 {
            *length = Some(bytes);
        }
        self
    }

    /// `length` bytes that `make` can produce anew for every attempt.
    pub fn replayable(length: u64, make: impl Fn() -> Self + Send + Sync + 'static) -> Self {
        Self(Kind::Replayable { make: Arc::new(make), made: None, length })
    }

    /// The same body once more, if it can be sent again.
    pub fn try_clone(&self) -> Option<Self> {
        match &self.0 {
            Kind::Bytes(bytes) => Some(Self(Kind::Bytes(bytes.clone()))),
            Kind::Replayable { make, length, .. } => {
                Some(Self(Kind::Replayable { make: make.clone(), made: None, length: *length }))
            }
            Kind::Stream { .. } => None,
        }
    }

    /// The bytes, if they are at hand.
    pub(crate) fn as_bytes(&self) -> Option<&Bytes> {
        match &self.0 {
            Kind::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}

impl Default for Body {
    fn default() -> Self {
        Self::empty()
    }
}

impl<T: Into<Bytes>> From<T> for Body {
    fn from(bytes: T) -> Self {
        Self(Kind::Bytes(bytes.into()))
    }
}

impl From<Watched<Self>> for Body {
    /// Unwraps a body that nobody watches, so that small requests reach the client as plain bytes.
    fn from(watched: Watched<Self>) -> Self {
        match watched.into_unwatched() {
            Ok(body) => body,
            Err(watched) => {
                let length = watched.size_hint().exact();
                let body = Self::new(watched);
                match length {
                    Some(length) => body.with_length(length),
                    None => body,
                }
            }
        }
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut self.0 {
            Kind::Bytes(bytes) => {
                let piece = bytes.split_to(bytes.len().min(PIECE));
                Poll::Ready((!piece.is_empty()).then(|| Ok(Frame::data(piece))))
            }
            Kind::Replayable { make, made, .. } => {
                let body = made.get_or_insert_with(|| Box::new(make()));
                Pin::new(&mut **body).poll_frame(cx)
            }
            Kind::Stream { body, .. } => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Bytes(bytes) => bytes.is_empty(),
            Kind::Replayable { made, length, .. } => match made {
                Some(body) => body.is_end_stream(),
                None => *length == 0,
            },
            Kind::Stream { body, .. } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Bytes(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Replayable { length, .. } | Kind::Stream { length: Some(length), .. } => {
                SizeHint::with_exact(*length)
            }
            Kind::Stream { body, length: None } => body.size_hint(),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Bytes(bytes) => write!(f, "Body({} bytes)", bytes.len()),
            Kind::Replayable { length, .. } => write!(f, "Body({length} bytes, replayable)"),
            Kind::Stream { length: Some(length), .. } => write!(f, "Body({length} bytes, streamed)"),
            Kind::Stream { .. } => f.write_str("Body(streamed)"),
        }
    }
}

/// Bodies, and requests with them, that may be able to be sent again; what the retry policy asks of them.
pub trait TryClone: Sized {
    /// The same body once more, or `None` if it can be sent only once.
    fn try_clone(&self) -> Option<Self>;
}

impl TryClone for Body {
    fn try_clone(&self) -> Option<Self> {
        Self::try_clone(self)
    }
}

impl<D: Clone> TryClone for http_body_util::Full<D> {
    fn try_clone(&self) -> Option<Self> {
        Some(self.clone())
    }
}

impl<D> TryClone for http_body_util::Empty<D> {
    fn try_clone(&self) -> Option<Self> {
        Some(Self::new())
    }
}

impl<B: TryClone> TryClone for http::Request<B> {
    /// The same request with all it carries, extensions included.
    fn try_clone(&self) -> Option<Self> {
        let mut copy = Self::new(self.body().try_clone()?);
        *copy.method_mut() = self.method().clone();
        *copy.uri_mut() = self.uri().clone();
        *copy.version_mut() = self.version();
        *copy.headers_mut() = self.headers().clone();
        *copy.extensions_mut() = self.extensions().clone();
        Some(copy)
    }
}

impl TryClone for String {
    fn try_clone(&self) -> Option<Self> {
        Some(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    async fn text(body: Body) -> String {
        String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn a_replayable_body_is_made_anew_for_every_copy() {
        let body =
            Body::replayable(5, || Body::stream(futures_util::stream::iter([Ok::<_, Infallible>("hello".into())])));
        let again = body.try_clone().unwrap();
        assert_eq!(body.size_hint().exact(), Some(5));
        assert_eq!(text(body).await, "hello");
        assert_eq!(text(again).await, "hello");
    }

    #[tokio::test]
    async fn a_copy_taken_halfway_starts_from_the_beginning() {
        let mut body = Body::replayable(2, || {
            Body::stream(futures_util::stream::iter(["a", "b"].map(|part| Ok::<_, Infallible>(part.into()))))
        });
        body.frame().await.unwrap().unwrap();
        assert_eq!(text(body.try_clone().unwrap()).await, "ab");
        assert_eq!(text(body).await, "b");
    }

    #[test]
    fn a_flowing_stream_has_no_copy() {
        let body = Body::stream(futures_util::stream::empty::<Result<Bytes, Infallible>>()).with_length(3);
        assert!(body.try_clone().is_none());
        assert_eq!(body.size_hint().exact(), Some(3));
    }
}
