use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use futures_util::TryStreamExt as _;
use http::Response;
use http_body::Body as _;
use http_body_util::BodyDataStream;
use mistral_transport::{Body, Error, ErrorKind, Result};

use crate::save::save;

/// The content of a file on its way here: a stream of bytes.
///
/// Nothing more than what is asked for is read. An error ends the stream, and a content that is shorter than announced is
/// an error.
///
/// ```no_run
/// # use futures_util::TryStreamExt as _;
/// # async fn demo(files: mistral_files::Files, id: mistral_models::FileId) -> mistral_transport::Result<()> {
/// let mut download = files.download(&id).await?;
/// while let Some(bytes) = download.try_next().await? {
///     println!("{} bytes more", bytes.len());
/// }
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Download {
    body: BodyDataStream<Body>,
    length: Option<u64>,
    received: u64,
    ended: bool,
}

impl Download {
    pub(crate) fn new(answer: Response<Body>) -> Self {
        let body = answer.into_body();
        let length = body.size_hint().exact();
        Self { body: BodyDataStream::new(body), length, received: 0, ended: false }
    }

    /// How many bytes there are in all, if the service said.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// All of it, in memory.
    ///
    /// # Errors
    ///
    /// Whatever ends the stream too early.
    pub async fn bytes(mut self) -> Result<Bytes> {
        let mut whole = BytesMut::new();
        while let Some(bytes) = self.try_next().await? {
            if whole.is_empty() && self.length == Some(bytes.len() as u64) {
                return Ok(bytes);
            }
            whole.extend_from_slice(&bytes);
        }
        Ok(whole.freeze())
    }

    /// Puts it into a file and returns how many bytes it has.
    ///
    /// The file at `path` is either left as it was or replaced by the whole content: it is written beside, synced and
    /// renamed.
    ///
    /// # Errors
    ///
    /// [`LocalIo`](ErrorKind::LocalIo) if the file cannot be written, and whatever ends the stream too early.
    pub async fn save(self, path: impl AsRef<Path>) -> Result<u64> {
        save(self, path.as_ref()).await
    }

    fn end(&mut self) -> Option<Result<Bytes>> {
        self.ended = true;
        let length = self.length.filter(|length| *length != self.received)?;
        let message = format!("the content ended after {} of {length} bytes", self.received);
        Some(Err(Error::new(ErrorKind::Interrupted, message).during("files.download")))
    }
}

impl Stream for Download {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        Poll::Ready(match ready!(Pin::new(&mut self.body).poll_next(cx)) {
            Some(Ok(bytes)) => {
                self.received += bytes.len() as u64;
                Some(Ok(bytes))
            }
            Some(Err(error)) => {
                self.ended = true;
                Some(Err(Error::from_boxed("files.download", error)))
            }
            None => self.end(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn download(body: Body) -> Download {
        Download::new(Response::new(body))
    }

    fn cut() -> Download {
        let stream = futures_util::stream::iter(["he", "llo"].map(|part| Ok::<_, std::io::Error>(Bytes::from(part))));
        download(Body::stream(stream).with_length(6))
    }

    #[tokio::test]
    async fn a_content_that_ends_too_early_is_an_error() {
        let error = cut().bytes().await.unwrap_err();
        assert_eq!(error.to_string(), "files.download: the content ended after 5 of 6 bytes");
    }

    #[tokio::test]
    async fn a_file_is_replaced_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        assert!(cut().save(&path).await.is_err());
        assert!(!path.exists());

        assert_eq!(download(Body::from("first")).save(&path).await.unwrap(), 5);
        assert!(cut().save(&path).await.is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "first");

        assert_eq!(download(Body::from("second")).save(&path).await.unwrap(), 6);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "second");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    }

    #[tokio::test]
    async fn a_place_that_does_not_exist_is_named() {
        let error = download(Body::from("x")).save("no/such/folder/out").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LocalIo);
        assert!(error.to_string().contains("no/such/folder/out cannot be written: "), "{error}");
    }
}
