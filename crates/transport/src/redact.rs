//! What must not get into an error or onto a cassette.

mod fields;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::layers::SentKey;
use fields::scrub_fields;

/// Stands where a secret stood. A valid part of a header, an address and JSON alike.
pub(crate) const REDACTED: &str = "REDACTED";

/// Shorter values are no secrets worth the name, and would be found by chance.
const SHORTEST: usize = 6;

/// Whether a header is for the eyes of the two ends only.
pub(crate) fn is_secret(name: &HeaderName, value: &HeaderValue) -> bool {
    value.is_sensitive() || (names_a_secret(name.as_str()) && name != "idempotency-key")
}

/// Whether something of this name, a header or a parameter of an address, is a secret.
///
/// Words are compared whole: `x-ratelimit-remaining-tokens` counts tokens and is none.
fn names_a_secret(name: &str) -> bool {
    const WORDS: [&str; 14] = [
        "auth",
        "authorization",
        "cookie",
        "credential",
        "key",
        "pass",
        "password",
        "secret",
        "sig",
        "signature",
        "token",
        "apikey",
        "sas",
        "jwt",
    ];
    let name = name.to_ascii_lowercase();
    name.split(['-', '_', '.']).any(|word| WORDS.contains(&word))
        || ["apikey", "accesstoken", "signature", "accesskey"].iter().any(|part| name.contains(part))
}

/// The secrets that the headers of a request show: each value, and without the scheme before it.
pub(crate) fn secrets(headers: &HeaderMap) -> Vec<Vec<u8>> {
    let values = headers.iter().filter(|(name, value)| is_secret(name, value));
    let mut secrets: Vec<Vec<u8>> = values.flat_map(|(_, value)| forms(value)).collect();
    // The longest first: a secret may be a part of another.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets.dedup();
    secrets
}

/// The value of a header and what follows its scheme, the longer first.
fn forms(value: &HeaderValue) -> impl Iterator<Item = Vec<u8>> {
    let value = value.as_bytes();
    let forms = [Some(value), value.rsplit(|byte| *byte == b' ').next()].into_iter().flatten();
    forms.filter(|secret| secret.len() >= SHORTEST).map(<[u8]>::to_vec)
}

/// What somebody else said, as it may be shown: without the key that was sent, signatures, and the query of any URL.
pub(crate) fn clean(text: &str, key: Option<&SentKey>) -> String {
    let secrets: Vec<_> = key.into_iter().flat_map(|key| forms(&key.0)).collect();
    String::from_utf8_lossy(&scrub(without_queries(text).as_bytes(), &secrets)).into_owned()
}

/// The text with the query of every URL in it cut off: signatures travel there.
fn without_queries(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, url) = rest.split_at(at + 3);
        shown.push_str(before);
        let end =
            url.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '\\')).unwrap_or(url.len());
        let (url, after) = url.split_at(end);
        match url.split_once('?') {
            Some((bare, _)) => {
                shown.push_str(bare);
                shown.push_str("?…");
            }
            None => shown.push_str(url),
        }
        rest = after;
    }
    shown.push_str(rest);
    shown
}

/// The bytes without the key that was sent.
pub(crate) fn without_key(bytes: &[u8], key: &SentKey) -> Vec<u8> {
    forms(&key.0).fold(bytes.to_vec(), |bytes, secret| replace(&bytes, &secret, REDACTED.as_bytes()))
}

/// The bytes without the secrets, without the signatures and tokens of the addresses in them, and without what JSON holds
/// under the name of a secret.
pub(crate) fn scrub(bytes: &[u8], secrets: &[Vec<u8>]) -> Vec<u8> {
    let clean = secrets.iter().fold(bytes.to_vec(), |bytes, secret| replace(&bytes, secret, REDACTED.as_bytes()));
    scrub_fields(&scrub_parameters(&clean))
}

/// The bytes with each `needle` replaced.
pub(crate) fn replace(bytes: &[u8], needle: &[u8], with: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(first) = rest.first() {
        match rest.strip_prefix(needle) {
            Some(after) if !needle.is_empty() => {
                replaced.extend_from_slice(with);
                rest = after;
            }
            _ => {
                replaced.push(*first);
                rest = &rest[1..];
            }
        }
    }
    replaced
}

/// Replaces the value of each secret parameter, in an address of its own or in text around it.
///
/// `=`, `&` and `?` may be escaped as JSON and addresses within addresses escape them.
fn scrub_parameters(bytes: &[u8]) -> Vec<u8> {
    let mut clean = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let Some(sign) = equals_sign(&bytes[at..]) else {
            clean.push(bytes[at]);
            at += 1;
            continue;
        };
        let is_secret = parameter_before(&bytes[..at]).is_some_and(names_a_secret);
        clean.extend_from_slice(&bytes[at..at + sign]);
        at += sign;
        if is_secret {
            let value = bytes[at..].len() - after_value(&bytes[at..]).len();
            if value > 0 {
                clean.extend_from_slice(REDACTED.as_bytes());
            }
            at += value;
        }
    }
    clean
}

/// The length of the equals sign at the very beginning.
fn equals_sign(bytes: &[u8]) -> Option<usize> {
    ["=", "%3d", r"\u003d"].iter().find(|form| starts_with(bytes, form)).map(|form| form.len())
}

/// The name of the parameter that ends here.
fn parameter_before(bytes: &[u8]) -> Option<&str> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(byte);
    let start = bytes.iter().rposition(|byte| !is_name(byte)).map_or(0, |at| at + 1);
    let name = std::str::from_utf8(&bytes[start..]).ok()?;
    match bytes[..start].last() {
        Some(b'?' | b'&' | b';') => Some(name),
        Some(b'%') => name.strip_prefix("26").or(name.strip_prefix("3F")).or(name.strip_prefix("3f")),
        Some(b'\\') => name.strip_prefix("u0026").or(name.strip_prefix("u003f")).or(name.strip_prefix("u003F")),
        // A text that begins with a parameter is a form's body.
        None => Some(name),
        Some(_) => None,
    }
}

/// What follows the value of a parameter.
fn after_value(bytes: &[u8]) -> &[u8] {
    let ends = |at: usize| {
        let byte = bytes[at];
        byte.is_ascii_whitespace() || b"&\"'<>\\#".contains(&byte) || starts_with(&bytes[at..], "%26")
    };
    let end = (0..bytes.len()).find(|at| ends(*at)).unwrap_or(bytes.len());
    &bytes[end..]
}

fn starts_with(bytes: &[u8], form: &str) -> bool {
    bytes.get(..form.len()).is_some_and(|start| start.eq_ignore_ascii_case(form.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scrubbed(text: &str) -> String {
        String::from_utf8(scrub(text.as_bytes(), &[])).unwrap()
    }

    #[test]
    fn signatures_of_signed_addresses_go_however_they_are_written() {
        for (text, clean) in [
            ("/a?se=1&sig=c2ln%2B%3D&sp=r", "/a?se=1&sig=REDACTED&sp=r"),
            ("https://h/a?X-Amz-Signature=f00&X-Amz-Date=1", "https://h/a?X-Amz-Signature=REDACTED&X-Amz-Date=1"),
            (r#"{"url":"https://h/a?sig=abc"}"#, r#"{"url":"https://h/a?sig=REDACTED"}"#),
            (
                r#"{"url":"https://h/a?se=1\u0026sig=abc\u0026x=1"}"#,
                r#"{"url":"https://h/a?se=1\u0026sig=REDACTED\u0026x=1"}"#,
            ),
            (r#""h?se\u003d1\u0026sig\u003dabc""#, r#""h?se\u003d1\u0026sig\u003dREDACTED""#),
            ("<u>h?se=1&amp;sig=abc</u>", "<u>h?se=1&amp;sig=REDACTED</u>"),
            ("/r?to=https%3A%2F%2Fh%3Fsig%3Dabc%26x%3D1", "/r?to=https%3A%2F%2Fh%3Fsig%3DREDACTED%26x%3D1"),
            ("see https://h/a?access_token=abc and go", "see https://h/a?access_token=REDACTED and go"),
            ("AWSAccessKeyId=1&Signature=abc", "AWSAccessKeyId=REDACTED&Signature=REDACTED"),
        ] {
            assert_eq!(scrubbed(text), clean);
        }
    }

    #[test]
    fn the_query_of_a_url_is_not_shown() {
        let said = without_queries(r#"see https://a.example/b?sig=secret and "http://c?x", not d?e://f"#);
        assert_eq!(said, r#"see https://a.example/b?… and "http://c?…", not d?e://f"#);
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in ["/v1/files?page=0&page_size=100&search=signal", "let key = 1;", "a = b & c = d", "x%3Dy", "=", ""]
        {
            assert_eq!(scrubbed(text), text);
        }
    }

    #[test]
    fn headers_are_secret_by_mark_or_by_name() {
        let secret = |name: &str| is_secret(&name.parse().unwrap(), &HeaderValue::from_static("v"));
        for name in
            ["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-amz-security-token"]
        {
            assert!(secret(name), "{name}");
        }
        for name in ["content-type", "x-ratelimit-remaining-tokens", "idempotency-key", "x-request-id", "etag"] {
            assert!(!secret(name), "{name}");
        }
        let mut marked = HeaderValue::from_static("v");
        marked.set_sensitive(true);
        assert!(is_secret(&HeaderName::from_static("x-tenant"), &marked));
    }

    #[test]
    fn a_key_is_found_with_and_without_its_scheme() {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", "Bearer canary-1".parse().unwrap());
        let secrets = secrets(&headers);
        assert_eq!(scrub(b"Bearer canary-1, canary-1\xff", &secrets), b"REDACTED, REDACTED\xff");
    }
}
