//! The files operations.

mod download;
mod form;
mod list;
mod signed_url;
mod table;
mod upload;

pub(crate) use download::download;
pub(crate) use list::list;
pub(crate) use signed_url::{sign_url, signed_content};
pub(crate) use table::{FileTable, StoredFile};
pub(crate) use upload::{made_by_job, upload};

use http::Response;
use mistral_models::{DeletedFile, File, FileId};
use serde_json::{Value, json};

use crate::Body;
use crate::api::Api;
use crate::auth::Owner;
use crate::error::{ApiError, invalid, ok};
use crate::json::with_nulls;
use crate::lock::lock;

/// `GET /v1/files/{file_id}`. A file that was deleted is still answered, as `deleted`.
pub(crate) fn get(api: &Api, owner: Owner, id: &str) -> Result<Response<Body>, ApiError> {
    let id = file_id(id)?;
    let mut files = lock(&api.files);
    let stored = files.get(&id, owner, api.clock.now()).ok_or_else(|| no_such_file(&id))?;
    let mut file = stored.file.clone();
    file.deleted = Some(stored.content.is_none());
    Ok(ok(&view(&file)))
}

/// `DELETE /v1/files/{file_id}`. Downloads under way and jobs already created keep what they read.
pub(crate) fn delete(api: &Api, owner: Owner, id: &str) -> Result<Response<Body>, ApiError> {
    let id = file_id(id)?;
    lock(&api.files)
        .get(&id, owner, api.clock.now())
        .and_then(|stored| stored.content.take())
        .ok_or_else(|| no_such_file(&id))?;
    Ok(ok(&json!(DeletedFile::new(id))))
}

/// A file as the service writes it.
fn view(file: &File) -> Value {
    with_nulls(file, &["num_lines", "mimetype", "signature", "expires_at", "visibility"])
}

/// Reads an id from a path; upper case is as good as lower.
fn file_id(text: &str) -> Result<FileId, ApiError> {
    let id = FileId::from(text.to_ascii_lowercase());
    match id.check() {
        Ok(()) => Ok(id),
        Err(_) => Err(invalid(json!(["path", "file_id"]), "Input should be a valid UUID", "uuid_parsing")),
    }
}

fn no_such_file(id: &FileId) -> ApiError {
    ApiError::not_found(format!("No file with this id: {id}."))
}
