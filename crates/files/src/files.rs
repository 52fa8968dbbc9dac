use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use mistral_models::{DeletedFile, File, FileId, FilePurpose, GetSignedUrl, List, ListFiles, SignedUrl};
use mistral_transport::{Call, Result, Transport, pages};

use crate::{Download, Upload};

/// The files of a workspace.
#[derive(Debug, Clone)]
pub struct Files {
    transport: Transport,
}

impl Files {
    /// The files that this transport's key can see.
    pub fn new(transport: Transport) -> Self {
        Self { transport }
    }

    /// Uploads a file for later use by other calls.
    ///
    /// `purpose` is a [`FilePurpose`], or `None::<FilePurpose>` to leave it to the service. Bytes and paths can be sent
    /// again after a failed attempt, because the service answers a second upload of the same name and content with the
    /// first file; a stream is tried once.
    ///
    /// # Errors
    ///
    /// [`BadInput`](mistral_transport::ErrorKind::BadInput) for more than 512 MB,
    /// [`LocalIo`](mistral_transport::ErrorKind::LocalIo) if the file cannot be read,
    /// [`InputChanged`](mistral_transport::ErrorKind::InputChanged) if it changes meanwhile, and whatever the call meets.
    ///
    /// ```no_run
    /// # use mistral_files::{Files, Upload};
    /// # use mistral_models::FilePurpose;
    /// # async fn demo(files: Files) -> mistral_transport::Result<()> {
    /// let file = files.upload(Upload::path("requests.jsonl").expiry(48), FilePurpose::Batch).await?;
    /// # Ok(()) }
    /// ```
    pub async fn upload(&self, upload: Upload, purpose: impl Into<Option<FilePurpose>>) -> Result<File> {
        let (body, content_type) = upload.into_body(purpose.into()).await?;
        let call = Call::post("files.upload", &["v1", "files"]).body(body, content_type).idempotent().transfers();
        self.transport.json(call).await
    }

    /// One page of the files.
    ///
    /// # Errors
    ///
    /// [`BadInput`](mistral_transport::ErrorKind::BadInput) for a page size of 0, and whatever the call meets.
    pub async fn list(&self, params: &ListFiles) -> Result<List<File>> {
        let call = Call::get("files.list", &["v1", "files"]).checked(params.check()).query(params);
        self.transport.json(call).await
    }

    /// All files, from the given page on, fetched page by page as they are asked for.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list); the stream ends after an error.
    pub fn list_all(&self, params: ListFiles) -> BoxStream<'static, Result<File>> {
        let files = self.clone();
        let first = params.page.unwrap_or(0);
        let all = pages(first, params.page_size, move |page| {
            let (files, params) = (files.clone(), params.clone().page(page));
            async move { files.list(&params).await }
        });
        all.boxed()
    }

    /// One file.
    ///
    /// # Errors
    ///
    /// [`NotFound`](mistral_transport::ErrorKind::NotFound) if there is none of this id, and whatever the call meets.
    pub async fn get(&self, id: impl Into<FileId>) -> Result<File> {
        let id = id.into();
        let call = Call::get("files.get", &["v1", "files", id.as_str()]).checked(id.check());
        self.transport.json(call).await
    }

    /// Deletes a file.
    ///
    /// Found gone after an attempt whose answer was lost, it counts as deleted.
    ///
    /// # Errors
    ///
    /// [`NotFound`](mistral_transport::ErrorKind::NotFound) if there is none of this id, and whatever the call meets.
    pub async fn delete(&self, id: impl Into<FileId>) -> Result<DeletedFile> {
        let id = id.into();
        let call = Call::delete("files.delete", &["v1", "files", id.as_str()]).checked(id.check());
        match self.transport.json(call).await {
            Err(error) if error.is_deleted() => Ok(DeletedFile::new(id)),
            answer => answer,
        }
    }

    /// A file's content: to memory, as a stream, or to a file.
    ///
    /// # Errors
    ///
    /// [`NotFound`](mistral_transport::ErrorKind::NotFound) if there is none of this id, and whatever the call meets.
    ///
    /// ```no_run
    /// # use mistral_files::Files;
    /// # async fn demo(files: Files, id: mistral_models::FileId) -> mistral_transport::Result<()> {
    /// let bytes = files.download(&id).await?.save("results.jsonl").await?;
    /// # Ok(()) }
    /// ```
    pub async fn download(&self, id: impl Into<FileId>) -> Result<Download> {
        let id = id.into();
        let path = ["v1", "files", id.as_str(), "content"];
        let call = Call::get("files.download", &path).checked(id.check()).bytes();
        self.transport.download(call).await.map(Download::new)
    }

    /// A file's content by way of a [signed URL](Self::signed_url): straight from where it is stored.
    ///
    /// Storage, unlike the API, is documented to serve parts of a file, so that a download which breaks off goes on where
    /// it stopped. The URL is fetched without the key, over `https`, from public addresses only, and asked for anew when it
    /// has expired meanwhile, twice at the most ([`Transport::download_signed`] has the rules).
    ///
    /// # Errors
    ///
    /// [`Redirect`](mistral_transport::ErrorKind::Redirect) for a URL that points elsewhere than it may,
    /// [`Config`](mistral_transport::ErrorKind::Config) for a transport without a client for signed URLs, and what
    /// [`signed_url`](Self::signed_url) and [`download`](Self::download) meet.
    ///
    /// ```no_run
    /// # use mistral_files::Files;
    /// # async fn demo(files: Files, id: mistral_models::FileId) -> mistral_transport::Result<()> {
    /// let bytes = files.download_signed(&id).await?.save("results.jsonl").await?;
    /// # Ok(()) }
    /// ```
    pub async fn download_signed(&self, id: impl Into<FileId>) -> Result<Download> {
        let (files, id) = (self.clone(), id.into());
        let sign = move || {
            let (files, id) = (files.clone(), id.clone());
            async move { files.signed_url(id, &GetSignedUrl::default()).await }
        };
        self.transport.download_signed("files.download_signed", sign).await.map(Download::new)
    }

    /// A URL that gives the file's content without a key, for [1 to 168 hours](GetSignedUrl).
    ///
    /// # Errors
    ///
    /// [`BadInput`](mistral_transport::ErrorKind::BadInput) for an expiry out of range, and whatever the call meets.
    pub async fn signed_url(&self, id: impl Into<FileId>, params: &GetSignedUrl) -> Result<SignedUrl> {
        let id = id.into();
        let path = ["v1", "files", id.as_str(), "url"];
        let call = Call::get("files.signed_url", &path).checked(id.check()).checked(params.check()).query(params);
        self.transport.json(call).await
    }
}
