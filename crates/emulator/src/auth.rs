use http::{HeaderMap, header};

use crate::error::ApiError;
use crate::ids::Secret;

/// Whose key a request carried. A keyed digest, so that no key is ever kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner(u64);

/// Lets in whoever carries a key: `Authorization: Bearer` and anything after it.
pub(crate) fn authorize(headers: &HeaderMap, secret: &Secret) -> Result<Owner, ApiError> {
    let value = headers.get(header::AUTHORIZATION).map(|value| value.as_bytes()).unwrap_or_default();
    let (scheme, key) = value.split_at_checked("Bearer ".len()).unwrap_or_default();
    let key = key.trim_ascii();
    if !scheme.eq_ignore_ascii_case(b"Bearer ") || key.is_empty() {
        return Err(ApiError::unauthorized());
    }
    Ok(Owner(secret.fingerprint(key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bearer_key_that_is_not_empty_is_let_in() {
        let secret = Secret::random().unwrap();
        let asked = |value: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            if let Some(value) = value {
                headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            }
            authorize(&headers, &secret)
        };
        for refused in [None, Some(""), Some("Bearer"), Some("Bearer  "), Some("Basic abc"), Some("key")] {
            assert!(asked(refused).is_err(), "{refused:?}");
        }
        assert_eq!(asked(Some("Bearer key")).unwrap(), asked(Some("bearer key")).unwrap());
        assert_ne!(asked(Some("Bearer key")).unwrap(), asked(Some("Bearer other")).unwrap());
    }
}
