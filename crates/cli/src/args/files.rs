use std::path::PathBuf;

use clap::{Args, Subcommand};
use mistral_sdk::models::{FileId, FilePurpose, FileSource, FileVisibility, SampleType};

use super::page::PageArgs;
use super::values;

/// What can be done with files.
#[derive(Debug, Subcommand)]
pub(crate) enum FilesCommand {
    /// Upload a file
    Upload(UploadArgs),
    /// List files
    List(ListFilesArgs),
    /// Show a file
    #[command(after_help = "\
Examples:
  mistral-jobs files get 0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d -o json")]
    Get(FileArgs),
    /// Delete a file
    #[command(after_help = "\
Examples:
  mistral-jobs files delete 0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d")]
    Delete(FileArgs),
    /// Download the content of a file
    Download(DownloadArgs),
    /// Print a URL that gives the content to whoever holds it, for a time
    Url(UrlArgs),
}

/// What to upload, and as what.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mistral-jobs files upload requests.jsonl
  mistral-jobs files upload scan.pdf --purpose ocr --visibility user --expiry-hours 48")]
pub(crate) struct UploadArgs {
    /// File to upload, of at most 512 MB
    #[arg(value_name = "FILE")]
    pub(crate) path: PathBuf,
    /// What the file is for: fine-tune, batch, ocr, agentic_safety or audio
    #[arg(long, value_parser = values::purpose, default_value = "batch")]
    pub(crate) purpose: FilePurpose,
    /// Who may see the file: workspace or user
    #[arg(long, value_name = "WHO", value_parser = values::visibility, default_value = "workspace")]
    pub(crate) visibility: FileVisibility,
    /// Hours until the service deletes the file [default: the service decides]
    #[arg(long, value_name = "N", value_parser = values::expiry_hours, allow_negative_numbers = true)]
    pub(crate) expiry_hours: Option<u32>,
    /// Name the service gives the file [default: the name it has here]
    #[arg(long, value_name = "NAME", value_parser = values::filename)]
    pub(crate) filename: Option<String>,
    /// Content type of the file [default: guessed from the name]
    #[arg(long, value_name = "TYPE", value_parser = values::content_type)]
    pub(crate) content_type: Option<String>,
}

/// Which files to list.
#[derive(Debug, Args)]
#[command(after_help = "\
One page is listed unless --all is given.
Columns: id, name, bytes, purpose, sample type, source, time of creation.

Examples:
  mistral-jobs files list --purpose batch --sample-type batch_result --sample-type batch_error
  mistral-jobs files list --search questions --all -o jsonl")]
pub(crate) struct ListFilesArgs {
    /// Only files of this purpose: fine-tune, batch, ocr, agentic_safety or audio
    #[arg(long, value_parser = values::purpose)]
    pub(crate) purpose: Option<FilePurpose>,
    /// Only files of this sample type: pretrain, instruct, batch_request, batch_result or batch_error; may be repeated
    #[arg(long, value_name = "TYPE", value_parser = values::sample_type)]
    pub(crate) sample_type: Vec<SampleType>,
    /// Only files from this source: upload, repository or mistral; may be repeated
    #[arg(long, value_parser = values::source)]
    pub(crate) source: Vec<FileSource>,
    /// Only files whose name matches
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,
    /// Only files of this content type; may be repeated
    #[arg(long, value_name = "TYPE")]
    pub(crate) mimetype: Vec<String>,
    /// Whether to ask for the number of all files: true or false
    #[arg(long, value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set, hide_possible_values = true)]
    pub(crate) include_total: bool,
    #[command(flatten)]
    pub(crate) pages: PageArgs,
}

/// Names a file.
#[derive(Debug, Args)]
pub(crate) struct FileArgs {
    /// Id of the file
    #[arg(value_name = "FILE_ID", value_parser = values::file_id)]
    pub(crate) id: FileId,
}

/// What to download, and where to.
#[derive(Debug, Args)]
#[command(after_help = "\
OUT is written whole or not at all, readable by you alone.

Examples:
  mistral-jobs files download 0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d --output results.jsonl
  mistral-jobs files download 0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d --output - | jq .custom_id")]
pub(crate) struct DownloadArgs {
    /// Id of the file
    #[arg(value_name = "FILE_ID", value_parser = values::file_id)]
    pub(crate) id: FileId,
    /// Where to write it; - for standard output [default: its name on the service, in this folder]
    #[arg(long, value_name = "OUT")]
    pub(crate) output: Option<PathBuf>,
    /// Replace OUT if it exists
    #[arg(long)]
    pub(crate) force: bool,
}

/// Which file's URL to print.
#[derive(Debug, Args)]
#[command(after_help = "\
Whoever holds the URL can read the file without a key until it expires.

Examples:
  curl \"$(mistral-jobs files url 0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d --expiry-hours 1)\"")]
pub(crate) struct UrlArgs {
    /// Id of the file
    #[arg(value_name = "FILE_ID", value_parser = values::file_id)]
    pub(crate) id: FileId,
    /// Hours until the URL stops working, 1 to 168
    #[arg(long, value_name = "N", value_parser = values::url_hours, default_value = "24", allow_negative_numbers = true)]
    pub(crate) expiry_hours: u32,
}
