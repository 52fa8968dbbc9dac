use http::request::Parts;
use http::uri::{Authority, Scheme};
use http::{Response, Uri, header};
use mistral_models::SignedUrl;
use serde_json::json;

use super::download::send;
use super::{file_id, no_such_file};
use crate::Body;
use crate::api::Api;
use crate::auth::Owner;
use crate::error::{ApiError, Complaints, ok};
use crate::lock::lock;
use crate::query::Query;

/// `GET /v1/files/{file_id}/url`: a URL of the emulator itself, good for `expiry` hours.
pub(crate) fn sign_url(
    api: &Api,
    owner: Owner,
    id: &str,
    query: &Query,
    head: &Parts,
) -> Result<Response<Body>, ApiError> {
    let id = file_id(id)?;
    let mut complaints = Complaints::default();
    let hours = query.number("expiry", 1, 24, &mut complaints);
    if hours > 168 {
        complaints.add(json!(["query", "expiry"]), "Input should be less than or equal to 168", "less_than_equal");
    }
    complaints.check()?;
    let now = api.clock.now();
    lock(&api.files).content(&id, owner, now).ok_or_else(|| no_such_file(&id))?;

    let expires = now.as_secs().saturating_add(hours.saturating_mul(3_600)).to_string();
    let signature = signature(api, id.as_str(), &expires);
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("expires", &expires)
        .append_pair("sig", signature.to_hex().as_str())
        .finish();
    let url = Uri::builder()
        .scheme(head.uri.scheme().cloned().unwrap_or(Scheme::HTTP))
        .authority(authority(head))
        .path_and_query(["/emulator/files/", id.as_str(), "?", &query].concat())
        .build()
        .map_err(|error| ApiError::bad_request(format!("No URL can be made for this host: {error}")))?;
    Ok(ok(&json!(SignedUrl::new(url.to_string()))))
}

/// `GET /emulator/files/{file_id}?expires=…&sig=…`: the file, to whoever holds the URL.
pub(crate) async fn signed_content(api: &Api, id: &str, query: &Query) -> Result<Response<Body>, ApiError> {
    let id = file_id(id)?;
    let expires = query.text("expires").unwrap_or_default();
    let given = query.text("sig").and_then(|sig| blake3::Hash::from_hex(sig).ok());
    // Both are compared as digests: in the same time wherever they differ.
    if given != Some(signature(api, id.as_str(), expires)) {
        return Err(ApiError::forbidden("The signature is not good for this file."));
    }
    let now = api.clock.now();
    if expires.parse::<u64>().map_or(true, |expires| expires <= now.as_secs()) {
        return Err(ApiError::forbidden("The signed URL has expired."));
    }
    let content = lock(&api.files).content_for_anyone(&id, now).ok_or_else(|| no_such_file(&id))?;
    send(content).await
}

fn signature(api: &Api, id: &str, expires: &str) -> blake3::Hash {
    api.secret.sign([id, "\n", expires].concat().as_bytes())
}

/// Where the client reached us: from the request's own address, or the `Host` header.
fn authority(head: &Parts) -> Authority {
    let host = || head.headers.get(header::HOST).and_then(|host| Authority::try_from(host.as_bytes()).ok());
    head.uri.authority().cloned().or_else(host).unwrap_or_else(|| Authority::from_static("localhost"))
}
