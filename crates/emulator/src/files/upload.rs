use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;
use http::{Response, header};
use mistral_models::{File, FileId, FilePurpose, FileSource, FileVisibility, SampleType};
use multer::Multipart;
use serde_json::json;

use super::form::{Form, Upload, broken, pieces, too_large};
use super::{StoredFile, view};
use crate::Body;
use crate::api::Api;
use crate::auth::Owner;
use crate::blocking::blocking;
use crate::body::RequestBody;
use crate::clock::unix_time;
use crate::error::{ApiError, invalid, ok};
use crate::lock::lock;
use crate::store::Content;

/// Room for what a form holds besides the file.
const AROUND: u64 = 64 * 1024;

/// `POST /v1/files`.
///
/// A file of the same name, content, purpose and visibility that is there already is answered again, as the service
/// documents for its files; with an expiry it is always a file of its own.
pub(crate) async fn upload(
    api: &Arc<Api>,
    owner: Owner,
    head: &Parts,
    body: &mut RequestBody,
) -> Result<Response<Body>, ApiError> {
    refuse_early(api, head)?;
    let boundary = head
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| multer::parse_boundary(value).ok())
        .ok_or_else(|| invalid(json!(["body", "file"]), "Field required; send it as multipart/form-data", "missing"))?;
    let mut form = Form::default();
    let mut parts = Multipart::new(pieces(body), boundary);
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        form.take(api, part).await?;
    }
    drop(parts);
    let (upload, writer) = form.check()?;
    let content = blocking(move || writer.finish()).await??;
    Ok(ok(&view(&keep(api, owner, upload, content))))
}

/// Refuses by its announced length what would be refused by its real one, before any of it is on disk.
fn refuse_early(api: &Api, head: &Parts) -> Result<(), ApiError> {
    let announced =
        head.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let limit = api.limits.file_bytes;
    match announced {
        Some(length) if length > limit.saturating_add(AROUND) => Err(too_large(limit)),
        _ => Ok(()),
    }
}

/// Puts the file into the store, or finds the one that is there already.
fn keep(api: &Api, owner: Owner, upload: Upload, content: Content) -> File {
    let now = api.clock.now();
    let mut files = lock(&api.files);
    if upload.expiry_hours.is_none() {
        let same = files.newest_first(owner, now).into_iter().find(|stored| {
            stored.owner == owner
                && stored.file.filename == upload.filename
                && stored.file.purpose == upload.purpose
                && stored.file.visibility.as_ref() == Some(&upload.visibility)
                && stored.file.expires_at.is_none()
                && stored.content.as_ref().is_some_and(|there| there.digest() == content.digest())
        });
        if let Some(same) = same {
            return same.file.clone();
        }
    }
    let file = describe(api.ids.next(), upload, &content, now);
    api.ledger.file_created();
    files.insert(StoredFile { file: file.clone(), owner, made: now, content: Some(Arc::new(content)) });
    file
}

fn describe(id: String, upload: Upload, content: &Content, now: Duration) -> File {
    let lines = matches!(upload.purpose, FilePurpose::Batch | FilePurpose::FineTune).then(|| content.lines());
    let mut file = File::new(FileId::from(id), upload.filename, upload.purpose, unix_time(now));
    file.bytes = Some(content.bytes());
    file.num_lines = lines;
    file.mimetype = Some(upload.mimetype);
    file.signature = Some(content.digest().to_hex().as_str().to_owned());
    file.expires_at = upload
        .expiry_hours
        .map(|hours| unix_time(now.saturating_add(Duration::from_secs(hours.saturating_mul(3_600)))));
    file.visibility = Some(upload.visibility);
    file
}

/// A file that a batch job made: results or failed requests, for everybody in the workspace.
pub(crate) fn made_by_job(
    api: &Api,
    owner: Owner,
    id: String,
    filename: String,
    sample_type: SampleType,
    content: Arc<Content>,
    now: Duration,
) -> FileId {
    let upload = Upload {
        filename,
        mimetype: "application/jsonl".to_owned(),
        purpose: FilePurpose::Batch,
        visibility: FileVisibility::Workspace,
        expiry_hours: None,
    };
    let mut file = describe(id, upload, &content, now);
    file.sample_type = sample_type;
    file.source = FileSource::Mistral;
    let id = file.id.clone();
    lock(&api.files).insert(StoredFile { file, owner, made: now, content: Some(content) });
    id
}
