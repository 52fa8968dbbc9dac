//! A request and its answer, as they may be kept.

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, Request, Response, Uri, request, response};

use crate::redact::{REDACTED, is_secret, replace, scrub, secrets};

/// A request and its answer without their secrets.
#[derive(Debug, Clone)]
pub(super) struct Exchange {
    /// The operation's name, for whoever reads the file.
    pub(super) operation: Option<String>,
    pub(super) request: Request<Bytes>,
    pub(super) response: Response<Bytes>,
}

impl Exchange {
    pub(super) fn new(
        operation: Option<String>,
        (request, asked): (&request::Parts, &[u8]),
        (response, answered): (&response::Parts, &[u8]),
    ) -> Self {
        let secrets = secrets(&request.headers);
        let mut kept = Response::new(Bytes::from(scrub(answered, &secrets)));
        *kept.status_mut() = response.status;
        let length = kept.body().len();
        *kept.headers_mut() = clean_headers(&response.headers, &secrets, length);
        Self { operation, request: clean_request(request, asked), response: kept }
    }
}

/// The request as it is kept, and as it is looked for.
pub(super) fn clean_request(parts: &request::Parts, body: &[u8]) -> Request<Bytes> {
    const BOUNDARY: &[u8] = b"boundary";
    let secrets = secrets(&parts.headers);
    let mut body = scrub(body, &secrets);
    let mut headers = clean_headers(&parts.headers, &secrets, body.len());
    if let Some(boundary) = boundary(&parts.headers) {
        body = replace(&body, boundary, BOUNDARY);
        for name in [CONTENT_TYPE, CONTENT_LENGTH] {
            let Some(value) = headers.get_mut(&name) else { continue };
            let changed = if name == CONTENT_TYPE {
                HeaderValue::from_bytes(&replace(value.as_bytes(), boundary, BOUNDARY)).ok()
            } else {
                Some(HeaderValue::from(body.len()))
            };
            *value = changed.unwrap_or_else(|| HeaderValue::from_static(REDACTED));
        }
    }
    let mut kept = Request::new(Bytes::from(body));
    *kept.method_mut() = parts.method.clone();
    *kept.uri_mut() = clean_uri(&parts.uri, &secrets);
    *kept.headers_mut() = headers;
    kept
}

fn clean_uri(uri: &Uri, secrets: &[Vec<u8>]) -> Uri {
    let text = uri.to_string();
    // A user name and a password before the host are secrets as well.
    let text = match (uri.authority(), text.split_once("://")) {
        (Some(authority), Some((scheme, _))) => {
            let host = authority.as_str().rsplit('@').next().unwrap_or_default();
            let target = uri.path_and_query().map_or("/", |target| target.as_str());
            [scheme, "://", host, target].concat()
        }
        _ => text,
    };
    let clean = scrub(text.as_bytes(), secrets);
    // What stands in for a secret is valid wherever one was, so reading it back does not fail.
    Uri::try_from(clean).unwrap_or_else(|_| Uri::from_static("/REDACTED"))
}

/// The headers without secrets, and without those that only concern how the body travelled.
fn clean_headers(headers: &HeaderMap, secrets: &[Vec<u8>], length: usize) -> HeaderMap {
    let travel = [CONNECTION, TRANSFER_ENCODING];
    let kept = headers.iter().filter(|(name, _)| !travel.contains(name)).map(|(name, value)| {
        let value = if is_secret(name, value) {
            None
        } else if name == CONTENT_LENGTH {
            Some(HeaderValue::from(length))
        } else {
            HeaderValue::from_bytes(&scrub(value.as_bytes(), secrets)).ok()
        };
        (name.clone(), value.unwrap_or_else(|| HeaderValue::from_static(REDACTED)))
    });
    let mut clean = HeaderMap::new();
    for (name, value) in kept {
        clean.append(name, value);
    }
    clean
}

/// The boundary of a multipart body, which is made up anew for every request.
fn boundary(headers: &HeaderMap) -> Option<&[u8]> {
    let kind = headers.get(CONTENT_TYPE)?.to_str().ok().filter(|kind| kind.starts_with("multipart/"))?;
    let (_, value) = kind.split_once("boundary=")?;
    let value = value.split(';').next()?.trim().trim_matches('"');
    (!value.is_empty()).then_some(value.as_bytes())
}
