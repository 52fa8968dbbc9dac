//! Files kept by the service.

mod list_files;
mod signed_url;

pub use list_files::ListFiles;
pub use signed_url::{GetSignedUrl, SignedUrl};

use serde::{Deserialize, Serialize};

use crate::constant::constant;
use crate::open_enum::open_enum;
use crate::{FileId, UnixTime};

constant!(FileObject = "file");

open_enum! {
    /// What a file is for.
    FilePurpose {
        /// Training data.
        FineTune = "fine-tune",
        /// Requests or results of batch jobs.
        Batch = "batch",
        /// Documents to be read.
        Ocr = "ocr",
        /// Material of the agentic safety service.
        AgenticSafety = "agentic_safety",
        /// Recordings.
        Audio = "audio",
    }
}

open_enum! {
    /// What the service found in a file.
    SampleType {
        /// Plain text to train on.
        Pretrain = "pretrain",
        /// Conversations to train on.
        Instruct = "instruct",
        /// Requests of a batch.
        BatchRequest = "batch_request",
        /// Results of a batch.
        BatchResult = "batch_result",
        /// Failed requests of a batch.
        BatchError = "batch_error",
    }
}

open_enum! {
    /// Where a file came from.
    FileSource {
        /// Somebody uploaded it.
        Upload = "upload",
        /// A code repository.
        Repository = "repository",
        /// The service made it.
        Mistral = "mistral",
    }
}

open_enum! {
    /// Who may see a file.
    FileVisibility {
        /// Everybody in the workspace; what the official clients ask for by default.
        Workspace = "workspace",
        /// The uploader alone.
        User = "user",
    }
}

/// A file kept by the service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct File {
    /// Names the file in every other call.
    pub id: FileId,
    #[serde(default)]
    object: FileObject,
    /// Size in bytes; absent while the service is still counting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// When it was uploaded or made.
    pub created_at: UnixTime,
    /// Its name; not unique.
    pub filename: String,
    /// What it is for.
    pub purpose: FilePurpose,
    /// What the service found in it.
    pub sample_type: SampleType,
    /// Where it came from.
    pub source: FileSource,
    /// How many lines it has, once they are counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub num_lines: Option<u64>,
    /// Its content type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mimetype: Option<String>,
    /// A digest of its content; the algorithm is not documented.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
    /// When the service will delete it; `None` if it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<UnixTime>,
    /// Who may see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<FileVisibility>,
    /// Whether it was deleted; answered when one file is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<bool>,
}

impl File {
    /// A file as it would be answered, for tests and servers of your own: uploaded, of 0 bytes; every field is public.
    pub fn new(id: impl Into<FileId>, filename: impl Into<String>, purpose: FilePurpose, created_at: UnixTime) -> Self {
        Self {
            id: id.into(),
            object: FileObject,
            bytes: Some(0),
            created_at,
            filename: filename.into(),
            sample_type: if purpose == FilePurpose::Batch { SampleType::BatchRequest } else { SampleType::Instruct },
            purpose,
            source: FileSource::Upload,
            num_lines: None,
            mimetype: None,
            signature: None,
            expires_at: None,
            visibility: None,
            deleted: None,
        }
    }
}

/// The answer to a file's deletion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeletedFile {
    /// The file that was asked about.
    pub id: FileId,
    #[serde(default)]
    object: FileObject,
    /// Whether it is gone.
    pub deleted: bool,
}

impl DeletedFile {
    /// The answer that `id` is gone.
    pub fn new(id: impl Into<FileId>) -> Self {
        Self { id: id.into(), object: FileObject, deleted: true }
    }
}
