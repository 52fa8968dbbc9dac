use bytes::Bytes;
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use tower::BoxError;

use crate::error::ApiError;

/// The body of a request, counted as it is read.
pub(crate) struct RequestBody {
    inner: UnsyncBoxBody<Bytes, BoxError>,
    read: u64,
    ended: bool,
}

impl RequestBody {
    pub(crate) fn new<B>(body: B) -> Self
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self { inner: body.map_err(Into::into).boxed_unsync(), read: 0, ended: false }
    }

    /// How many bytes were read so far.
    pub(crate) fn read(&self) -> u64 {
        self.read
    }

    /// The next piece; `None` at the end. Trailers are skipped.
    pub(crate) async fn next(&mut self) -> Option<Result<Bytes, BoxError>> {
        while !self.ended {
            match self.inner.frame().await {
                None => self.ended = true,
                Some(Err(error)) => {
                    self.ended = true;
                    return Some(Err(error));
                }
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.read += data.len() as u64;
                        return Some(Ok(data));
                    }
                }
            }
        }
        None
    }

    /// All of it, if it is no longer than `limit` bytes.
    pub(crate) async fn collect(&mut self, limit: u64) -> Result<Vec<u8>, ApiError> {
        let mut whole = Vec::new();
        while let Some(piece) = self.next().await {
            let piece = piece.map_err(|error| ApiError::bad_request(format!("The body broke off: {error}")))?;
            if whole.len() as u64 + piece.len() as u64 > limit {
                return Err(ApiError::too_large(format!("The body is larger than {limit} bytes.")));
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    }

    /// Reads on to the end and forgets it, up to `limit` bytes.
    ///
    /// A client that is still sending when the connection closes never sees the answer.
    pub(crate) async fn drain(&mut self, limit: u64) {
        let start = self.read;
        while self.read - start < limit {
            match self.next().await {
                Some(Ok(_)) => {}
                _ => return,
            }
        }
    }
}
