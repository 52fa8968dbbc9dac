use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use futures_util::TryStreamExt as _;
use mistral_transport::{ErrorKind, Result};

use crate::save::save;

/// The content of a file on its way here: a stream of bytes that resumes where it breaks off.
///
/// Nothing more than what is asked for is read. An error ends the stream, and a content that is shorter than announced is
/// an error ([`mistral_transport::Download`] says when it can be resumed).
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
    inner: mistral_transport::Download,
}

impl Download {
    /// How often a file is begun anew when it breaks off and cannot be resumed.
    const RESTARTS: u32 = 2;

    pub(crate) fn new(inner: mistral_transport::Download) -> Self {
        Self { inner }
    }

    /// How many bytes there are in all, if the service said.
    pub fn length(&self) -> Option<u64> {
        self.inner.length()
    }

    /// All that was not read yet, in memory.
    ///
    /// # Errors
    ///
    /// Whatever ends the stream too early.
    pub async fn bytes(mut self) -> Result<Bytes> {
        let mut whole = BytesMut::new();
        while let Some(bytes) = self.try_next().await? {
            if whole.is_empty() && self.length() == Some(bytes.len() as u64) {
                return Ok(bytes);
            }
            whole.extend_from_slice(&bytes);
        }
        Ok(whole.freeze())
    }

    /// Puts it into a file and returns how many bytes it has.
    ///
    /// The file at `path` is either left as it was or replaced by the whole content: it is written beside, synced and
    /// renamed. A content that breaks off and cannot be resumed, or that changes meanwhile, is begun anew, twice at the
    /// most and as long as the retry budget pays for it.
    ///
    /// # Errors
    ///
    /// [`LocalIo`](ErrorKind::LocalIo) if the file cannot be written, and whatever ends the stream too early.
    pub async fn save(mut self, path: impl AsRef<Path>) -> Result<u64> {
        if self.inner.received() > 0 {
            // What was read already would be missing from the file.
            self.inner = self.inner.again().await?;
        }
        let operation = self.inner.operation();
        for _ in 0..Self::RESTARTS {
            match save(operation, &mut self.inner, path.as_ref()).await {
                Err(error) if may_go_better(error.kind()) && self.inner.pay_for_another() => {
                    self.inner = self.inner.again().await?;
                }
                saved => return saved,
            }
        }
        save(operation, &mut self.inner, path.as_ref()).await
    }
}

fn may_go_better(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Interrupted | ErrorKind::Stalled | ErrorKind::Integrity)
}

impl Stream for Download {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        Pin::new(&mut self.inner).poll_next(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use http::{Request, Response};
    use mistral_transport::{Body, BoxError, Transport};

    use super::*;
    use crate::Files;

    /// Files whose content breaks off so often, and how often it was asked for.
    fn breaking(times: usize, content: &'static str) -> (Files, Arc<Mutex<usize>>) {
        let asked = Arc::new(Mutex::new(0));
        let count = asked.clone();
        let stack = tower::service_fn(move |_: Request<Body>| {
            let mut asked = count.lock().unwrap();
            *asked += 1;
            let sent = if *asked <= times { &content[1..] } else { content };
            let stream = futures_util::stream::iter([Ok::<_, BoxError>(Bytes::from(sent))]);
            let body = Body::stream(stream).with_length(content.len() as u64);
            std::future::ready(Ok::<_, BoxError>(Response::new(body)))
        });
        (Files::new(Transport::from_service(stack)), asked)
    }

    const ID: &str = "0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d";

    #[tokio::test]
    async fn a_content_that_ends_too_early_is_an_error() {
        let (files, _) = breaking(1, "hello!");
        let error = files.download(ID).await.unwrap().bytes().await.unwrap_err();
        assert_eq!(error.to_string(), "files.download: the content ended after 5 of 6 bytes");
    }

    #[tokio::test]
    async fn a_file_is_begun_anew_twice_at_the_most_and_is_whole_or_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        for (times, good) in [(3, false), (2, true), (0, true)] {
            let (files, asked) = breaking(times, "first");
            let saved = files.download(ID).await.unwrap().save(&path).await;
            assert_eq!(saved.is_ok(), good, "{times}");
            assert_eq!(path.exists(), good);
            assert_eq!(*asked.lock().unwrap(), (times + 1).min(3));
        }
        let (files, _) = breaking(3, "second");
        assert!(files.download(ID).await.unwrap().save(&path).await.is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "first");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn an_outage_in_which_contents_break_off_is_not_made_worse() {
        let folder = tempfile::tempdir().unwrap();
        for (etag, sent) in [("W/\"1\"", "first"), ("\"1\"", "")] {
            let asked = Arc::new(Mutex::new(0));
            let count = asked.clone();
            let http = tower::service_fn(move |_: Request<Body>| {
                *count.lock().unwrap() += 1;
                let stream = futures_util::stream::iter([Ok::<_, BoxError>(Bytes::from(sent))]);
                let body = Body::stream(stream).with_length(10);
                std::future::ready(Response::builder().header("etag", etag).body(body))
            });
            let key = mistral_transport::ApiKey::new("k").unwrap();
            let files = Files::new(Transport::builder(key).http(http).build().unwrap());
            for _ in 0..1_000 {
                let saved = files.download(ID).await.unwrap().save(folder.path().join("out")).await;
                assert_eq!(saved.unwrap_err().kind(), ErrorKind::Interrupted);
            }
            let asked = *asked.lock().unwrap();
            assert!((1_001..=1_100).contains(&asked), "{etag}: {asked}");
        }
    }

    #[tokio::test]
    async fn a_file_can_be_saved_by_a_task_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let (files, _) = breaking(1, "hello!");
        let saving = files.download(ID).await.unwrap().save(folder.path().join("out"));
        assert_eq!(tokio::spawn(saving).await.unwrap().unwrap(), 6);
    }

    #[tokio::test]
    async fn a_place_that_does_not_exist_is_named() {
        let (files, _) = breaking(0, "x");
        let error = files.download(ID).await.unwrap().save("no/such/folder/out").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LocalIo);
        assert!(error.to_string().starts_with("files.download: no/such/folder/out cannot be written: "), "{error}");
    }
}
