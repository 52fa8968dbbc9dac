//! The form an upload comes in, its parts in any order.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, Stream};
use mistral_models::{FilePurpose, FileVisibility};
use multer::Field;
use serde_json::json;
use tower::BoxError;

use crate::api::Api;
use crate::blocking::blocking;
use crate::body::RequestBody;
use crate::error::{ApiError, Complaints};
use crate::store::ContentWriter;

/// Pieces of a file are gathered up to here before they go to disk, so that small ones do not each cost a trip.
const BLOCK: usize = 512 * 1024;

/// The most a text part may hold; those of the official clients are single words.
const TEXT: usize = 4 * 1024;

/// What an upload says about its file.
pub(super) struct Upload {
    pub(super) filename: String,
    pub(super) mimetype: String,
    pub(super) purpose: FilePurpose,
    pub(super) visibility: FileVisibility,
    pub(super) expiry_hours: Option<u64>,
}

/// The parts seen so far.
#[derive(Default)]
pub(super) struct Form {
    file: Option<(String, String, ContentWriter)>,
    purpose: Option<String>,
    visibility: Option<String>,
    expiry: Option<String>,
}

impl Form {
    /// Takes in one part; unknown ones are skipped.
    pub(super) async fn take(&mut self, api: &Arc<Api>, mut part: Field<'_>) -> Result<(), ApiError> {
        match (part.name(), part.file_name()) {
            (Some("file"), Some(filename)) => {
                let filename = filename.to_owned();
                let given = part.content_type().map(|mime| mime.essence_str().to_owned());
                let mimetype = mimetype(given, &filename);
                self.file = Some((filename, mimetype, spool(api, &mut part).await?));
            }
            (Some("purpose"), _) => self.purpose = Some(text(&mut part).await?),
            (Some("visibility"), _) => self.visibility = Some(text(&mut part).await?),
            (Some("expiry"), _) => self.expiry = Some(text(&mut part).await?),
            _ => while part.chunk().await.map_err(broken)?.is_some() {},
        }
        Ok(())
    }

    /// Makes an upload of the parts. Without a purpose a file is for fine-tuning, which is when the official examples
    /// leave it out.
    pub(super) fn check(self) -> Result<(Upload, ContentWriter), ApiError> {
        let mut complaints = Complaints::default();
        let purpose = self.purpose.map_or(FilePurpose::FineTune, FilePurpose::from);
        if !purpose.is_known() {
            complaints.add(json!(["body", "purpose"]), one_of(FilePurpose::KNOWN), "enum");
        }
        let visibility = self.visibility.map_or(FileVisibility::Workspace, FileVisibility::from);
        if !visibility.is_known() {
            complaints.add(json!(["body", "visibility"]), one_of(FileVisibility::KNOWN), "enum");
        }
        let expiry_hours = self.expiry.and_then(|hours| match hours.parse() {
            Ok(hours) if hours > 0 => Some(hours),
            _ => {
                complaints.add(json!(["body", "expiry"]), "Input should be a valid number of hours", "int_parsing");
                None
            }
        });
        let Some((filename, mimetype, content)) = self.file else {
            complaints.missing(json!(["body", "file"]));
            return Err(complaints.refusal());
        };
        complaints.check()?;
        Ok((Upload { filename, mimetype, purpose, visibility, expiry_hours }, content))
    }
}

fn one_of<T: std::fmt::Display>(known: &[T]) -> String {
    let known: Vec<_> = known.iter().map(|value| format!("'{value}'")).collect();
    format!("Input should be {}", known.join(", "))
}

/// Writes the part to disk as it comes.
async fn spool(api: &Arc<Api>, part: &mut Field<'_>) -> Result<ContentWriter, ApiError> {
    let folder = api.folder.clone();
    let mut writer = blocking(move || ContentWriter::create(&folder)).await??;
    loop {
        let mut block = Vec::new();
        let mut size = 0;
        while size < BLOCK {
            let Some(piece) = part.chunk().await.map_err(broken)? else { break };
            size += piece.len();
            block.push(piece);
        }
        if block.is_empty() {
            return Ok(writer);
        }
        let limit = api.limits.file_bytes;
        if writer.bytes() + size as u64 > limit {
            return Err(too_large(limit));
        }
        writer = blocking(move || block.iter().try_for_each(|piece| writer.write(piece)).map(|()| writer)).await??;
    }
}

async fn text(part: &mut Field<'_>) -> Result<String, ApiError> {
    let mut text = Vec::new();
    while let Some(piece) = part.chunk().await.map_err(broken)? {
        if text.len() + piece.len() > TEXT {
            return Err(ApiError::too_large(format!("A text part is larger than {TEXT} bytes.")));
        }
        text.extend_from_slice(&piece);
    }
    String::from_utf8(text).map_err(|_| ApiError::bad_request("A text part is not UTF-8."))
}

/// The content type that was given, or one by the name: both official clients call a `.jsonl` file an octet stream.
fn mimetype(given: Option<String>, filename: &str) -> String {
    const NOTHING: &str = "application/octet-stream";
    if let Some(given) = given.filter(|given| given != NOTHING) {
        return given;
    }
    let extension = filename.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    match extension.as_deref() {
        Some("jsonl") => "application/jsonl",
        Some("json") => "application/json",
        Some("pdf") => "application/pdf",
        Some("txt") => "text/plain",
        _ => NOTHING,
    }
    .to_owned()
}

pub(super) fn too_large(limit: u64) -> ApiError {
    ApiError::too_large(format!("The file is larger than {limit} bytes."))
}

pub(super) fn broken(error: multer::Error) -> ApiError {
    ApiError::bad_request(format!("The form cannot be read: {error}."))
}

/// The body as a stream that gives way after every piece.
///
/// The parser reads on for as long as there is more, and would hold a whole file that is always ready in memory.
pub(super) fn pieces(body: &mut RequestBody) -> impl Stream<Item = Result<Bytes, BoxError>> + Send + '_ {
    stream::unfold((body, false), |(body, pause)| async move {
        if pause {
            give_way().await;
        }
        let piece = body.next().await?;
        Some((piece, (body, true)))
    })
}

/// Lets the caller do something else once.
async fn give_way() {
    let mut gave = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut gave, true) {
            return std::task::Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}
