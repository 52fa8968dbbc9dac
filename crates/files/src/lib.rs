//! Uploads, lists, downloads and deletes the files of the Mistral AI API.
//!
//! [`Files`] has one method an endpoint. Content is streamed both ways: memory does not grow with the size of a file, and
//! a download reaches its place on disk whole or not at all. There are two ways to a file's content:
//! [`download`](Files::download) asks the API, [`download_signed`](Files::download_signed) the storage behind it, by a URL
//! that needs no key and with a client that has none.
//!
//! ```no_run
//! use mistral_files::{Files, Upload};
//! use mistral_models::FilePurpose;
//! use mistral_transport::{ApiKey, Transport};
//!
//! # async fn demo() -> mistral_transport::Result<()> {
//! let files = Files::new(Transport::builder(ApiKey::from_env()?).build()?);
//! let file = files.upload(Upload::path("requests.jsonl"), FilePurpose::Batch).await?;
//! let bytes = files.download(&file.id).await?.save("copy.jsonl").await?;
//! # Ok(()) }
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]

mod content;
mod download;
mod files;
mod multipart;
mod progress;
mod save;
mod upload;

pub use download::Download;
pub use files::Files;
pub use upload::Upload;
