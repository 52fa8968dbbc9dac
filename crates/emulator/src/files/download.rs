use std::sync::Arc;

use http::{HeaderValue, Response, header};

use super::{file_id, no_such_file};
use crate::Body;
use crate::api::Api;
use crate::auth::Owner;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::lock::lock;
use crate::store::Content;

/// `GET /v1/files/{file_id}/content`.
pub(crate) async fn download(api: &Api, owner: Owner, id: &str) -> Result<Response<Body>, ApiError> {
    let id = file_id(id)?;
    let content = lock(&api.files).content(&id, owner, api.clock.now()).ok_or_else(|| no_such_file(&id))?;
    send(content).await
}

/// The content as it is, with its length.
pub(super) async fn send(content: Arc<Content>) -> Result<Response<Body>, ApiError> {
    let length = content.bytes();
    let body = blocking(move || Body::file(content)).await??;
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    // A server adds it by itself; a client in the same process would miss it.
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    Ok(response)
}
