use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures_core::Stream;
use http::HeaderValue;
use mistral_models::{FilePurpose, FileVisibility};
use mistral_transport::{Body, BoxError, Error, ErrorKind, Result};

use crate::content::Content;
use crate::multipart::Multipart;
use crate::progress::Progress;

/// A file to be uploaded.
///
/// ```
/// use mistral_files::Upload;
/// use mistral_models::FileVisibility;
///
/// let upload = Upload::bytes("greetings.jsonl", "{}\n").visibility(FileVisibility::User).expiry(48);
/// # let _ = upload;
/// ```
#[derive(Debug)]
pub struct Upload {
    content: Content,
    filename: Option<String>,
    content_type: Option<String>,
    visibility: Option<FileVisibility>,
    expiry: Option<u32>,
    progress: Option<Progress>,
}

impl Upload {
    /// The largest file the API takes: 512 MB. The documents do not say which megabyte; this is the larger one.
    pub const MAX_BYTES: u64 = 512 << 20;

    /// The file at this path, under its own name. It is read as it is sent, block by block.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        Self::new(Content::Path(path.into()))
    }

    /// These bytes.
    pub fn bytes(filename: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self::new(Content::Bytes(bytes.into())).filename(filename)
    }

    /// `length` bytes from a stream. They cannot be sent again: the upload is tried once.
    pub fn stream<S, E>(filename: impl Into<String>, length: u64, stream: S) -> Self
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Into<BoxError> + 'static,
    {
        Self::new(Content::Stream { length, body: Body::stream(stream) }).filename(filename)
    }

    /// `length` bytes that `make` produces anew for every attempt, so that what is not on disk in this form can be sent again.
    ///
    /// ```
    /// use mistral_files::Upload;
    /// use mistral_transport::Body;
    ///
    /// let upload = Upload::replayable("ab.jsonl", 6, || {
    ///     Body::stream(futures_util::stream::iter(["{}\n", "{}\n"].map(|line| Ok::<_, std::io::Error>(line.into()))))
    /// });
    /// # let _ = upload;
    /// ```
    pub fn replayable(
        filename: impl Into<String>,
        length: u64,
        make: impl Fn() -> Body + Send + Sync + 'static,
    ) -> Self {
        Self::new(Content::Made { length, make: Arc::new(make) }).filename(filename)
    }

    fn new(content: Content) -> Self {
        Self {
            content,
            filename: None,
            content_type: None,
            visibility: Some(FileVisibility::Workspace),
            expiry: None,
            progress: None,
        }
    }

    /// The name the service keeps.
    #[must_use]
    pub fn filename(mut self, name: impl Into<String>) -> Self {
        self.filename = Some(name.into());
        self
    }

    /// The content type of the part. Guessed from the name unless set, as the official clients do; `.jsonl` is
    /// `application/octet-stream`.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// Who may see the file. Default [`Workspace`](FileVisibility::Workspace), which is sent as the official clients do;
    /// `None` sends nothing.
    #[must_use]
    pub fn visibility(mut self, visibility: impl Into<Option<FileVisibility>>) -> Self {
        self.visibility = visibility.into();
        self
    }

    /// Hours until the service deletes the file. By default nothing is sent, and the service decides.
    #[must_use]
    pub fn expiry(mut self, hours: u32) -> Self {
        self.expiry = Some(hours);
        self
    }

    /// Tells `seen` how many bytes of the content have been taken to be sent, as often as there are more.
    ///
    /// It begins anew with every attempt. What was taken last may still be on its way.
    ///
    /// ```
    /// use mistral_files::Upload;
    ///
    /// let upload = Upload::path("requests.jsonl").progress(|bytes| eprintln!("{bytes} bytes sent"));
    /// # let _ = upload;
    /// ```
    #[must_use]
    pub fn progress(mut self, seen: impl Fn(u64) + Send + Sync + 'static) -> Self {
        self.progress = Some(Progress::new(seen));
        self
    }

    /// The form, as the API expects it.
    pub(crate) async fn into_body(self, purpose: Option<FilePurpose>) -> Result<(Body, HeaderValue)> {
        let bad = |problem: String| Error::new(ErrorKind::BadInput, problem).during("files.upload");
        let filename = self.filename.or_else(|| self.content.filename()).unwrap_or_else(|| "file".to_owned());
        let content_type = self.content_type.unwrap_or_else(|| guess(&filename).to_owned());
        if HeaderValue::try_from(&content_type).is_err() {
            return Err(bad(format!("content_type: {content_type:?} cannot be a header")));
        }
        let content = self.content.open().await?;
        if content.length > Self::MAX_BYTES {
            return Err(bad(format!(
                "file: {} bytes are more than {} (512 MB), the most the API takes; split the file",
                content.length,
                Self::MAX_BYTES,
            )));
        }
        let content = match self.progress {
            Some(progress) => progress.watch(content),
            None => content,
        };
        let mut form = Multipart::new();
        if let Some(hours) = self.expiry {
            form = form.text("expiry", &hours.to_string());
        }
        if let Some(visibility) = self.visibility {
            form = form.text("visibility", visibility.as_str());
        }
        if let Some(purpose) = purpose {
            form = form.text("purpose", purpose.as_str());
        }
        Ok(form.file("file", &filename, &content_type, content))
    }
}

/// The type of the names that uploads have; all others travel as bytes.
fn guess(filename: &str) -> &'static str {
    let extension = filename.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension.to_ascii_lowercase().as_str() {
        "pdf" => "application/pdf",
        "json" => "application/json",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "txt" => "text/plain",
        "csv" => "text/csv",
        "mp3" => "audio/mpeg",
        "wav" => "audio/x-wav",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_missing_file_is_named() {
        let error = Upload::path("no/such/file.jsonl").into_body(None).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LocalIo);
        assert!(error.to_string().starts_with("files.upload: no/such/file.jsonl cannot be read: "), "{error}");
    }

    #[tokio::test]
    async fn a_folder_is_not_a_file() {
        let error = Upload::path(".").into_body(None).await.unwrap_err();
        assert_eq!(error.to_string(), "files.upload: . cannot be read: it is not a file");
    }

    #[tokio::test]
    async fn more_than_the_api_takes_is_refused_unsent() {
        let nothing = futures_util::stream::empty::<Result<Bytes, std::io::Error>>();
        let error = Upload::stream("big", Upload::MAX_BYTES + 1, nothing).into_body(None).await.unwrap_err();
        assert!(error.is_bad_input() && error.to_string().contains("split the file"), "{error}");
    }

    #[tokio::test]
    async fn progress_is_told_to_the_last_byte_and_anew_for_every_attempt() {
        use http_body_util::BodyExt as _;
        use std::sync::{Arc, Mutex};

        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(600 << 10).unwrap();
        let told = Arc::new(Mutex::new(Vec::new()));
        let seen = told.clone();
        let upload = Upload::path(file.path()).progress(move |bytes| seen.lock().unwrap().push(bytes >> 10));
        let (body, _) = upload.into_body(None).await.unwrap();
        for body in [body.try_clone().unwrap(), body] {
            body.collect().await.unwrap();
            assert_eq!(std::mem::take(&mut *told.lock().unwrap()), [256, 512, 600]);
        }
    }

    #[tokio::test]
    async fn a_content_type_that_would_forge_a_header_is_refused() {
        let error = Upload::bytes("a", "b").content_type("x\r\ny: z").into_body(None).await.unwrap_err();
        assert!(error.is_bad_input(), "{error}");
    }
}
