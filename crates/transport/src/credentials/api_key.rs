use std::borrow::Cow;
use std::ffi::OsString;
use std::fmt;

use futures_util::future::BoxFuture;
use http::HeaderValue;
use tower::BoxError;

use super::Credentials;
use crate::error::{Error, Result};

/// A key that does not change.
///
/// `Debug` hides it, and its header is marked sensitive, so that no layer logs it.
#[derive(Clone)]
pub struct ApiKey {
    header: HeaderValue,
    source: Option<Cow<'static, str>>,
}

impl ApiKey {
    /// The environment variable of the official clients.
    pub const VARIABLE: &'static str = "MISTRAL_API_KEY";

    /// A key as it was handed out. Blanks around it, a line end, and a leading `Bearer ` are taken off.
    ///
    /// # Errors
    ///
    /// [`Config`](crate::ErrorKind::Config) if it is empty, or holds a control character or one that is not ASCII; the
    /// error tells the position, never the key.
    pub fn new(key: impl AsRef<str>) -> Result<Self> {
        Self::read(key.as_ref(), None)
    }

    /// The key in `MISTRAL_API_KEY`.
    ///
    /// # Errors
    ///
    /// [`Config`](crate::ErrorKind::Config) if the variable is missing, or its value cannot be a key.
    pub fn from_env() -> Result<Self> {
        match std::env::var_os(Self::VARIABLE) {
            Some(key) => Self::from_variable(key),
            None => Err(Error::config(format!("there is no key: the variable {} is not set", Self::VARIABLE))),
        }
    }

    /// The key that `MISTRAL_API_KEY` is set to.
    pub(super) fn from_variable(key: OsString) -> Result<Self> {
        match key.into_string() {
            Ok(key) => Self::read(&key, Some(Self::VARIABLE.into())),
            Err(_) => Err(Error::config(format!("the key in {} is not text", Self::VARIABLE))),
        }
    }

    /// A key that came from `source`, a file say; errors will name it.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn named(key: impl AsRef<str>, source: impl Into<Cow<'static, str>>) -> Result<Self> {
        Self::read(key.as_ref(), Some(source.into()))
    }

    fn read(key: &str, source: Option<Cow<'static, str>>) -> Result<Self> {
        let wrong = |problem: String| {
            let origin = source.as_ref().map_or(String::new(), |source| format!(" from {source}"));
            Error::config(format!("the key{origin} {problem}"))
        };
        let trimmed = key.trim();
        let bare = match trimmed.split_at_checked("Bearer".len()) {
            Some((scheme, rest))
                if scheme.eq_ignore_ascii_case("Bearer") && !rest.starts_with(|c: char| !c.is_whitespace()) =>
            {
                rest.trim_start()
            }
            _ => trimmed,
        };
        if bare.is_empty() {
            return Err(wrong("is empty".into()));
        }
        if let Some((at, character)) = bare.chars().enumerate().find(|(_, c)| !c.is_ascii() || c.is_ascii_control()) {
            let kind = if character.is_control() { "a control character" } else { "a character that is not ASCII" };
            let code = u32::from(character);
            return Err(wrong(format!("holds {kind} (U+{code:04X}) at position {}; copy it again", at + 1)));
        }
        let mut header = HeaderValue::try_from(["Bearer ", bare].concat()).map_err(|_| wrong("is not a key".into()))?;
        header.set_sensitive(true);
        Ok(Self { header, source })
    }
}

impl ApiKey {
    /// The `Authorization` header, marked sensitive.
    pub(super) fn header(&self) -> HeaderValue {
        self.header.clone()
    }
}

impl Credentials for ApiKey {
    fn authorization(&self) -> BoxFuture<'_, Result<HeaderValue, BoxError>> {
        Box::pin(std::future::ready(Ok(self.header())))
    }

    fn source(&self) -> Option<Cow<'static, str>> {
        self.source.clone()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { header: _, source } = self;
        f.debug_struct("ApiKey").field("key", &"[hidden]").field("source", source).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn header(key: &str) -> String {
        let header = ApiKey::new(key).unwrap().authorization().await.unwrap();
        assert!(header.is_sensitive());
        header.to_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn blanks_a_line_end_and_a_scheme_are_taken_off() {
        for key in ["k-1", " k-1\n", "Bearer k-1", "k-1\r\n", "  bearer   k-1 "] {
            assert_eq!(header(key).await, "Bearer k-1", "{key:?}");
        }
    }

    #[test]
    fn what_cannot_be_a_key_is_refused_without_showing_it() {
        for (key, reason) in [
            ("", "the key from F is empty"),
            (" \n", "the key from F is empty"),
            ("Bearer ", "the key from F is empty"),
            ("secret\rx", "a control character (U+000D) at position 7"),
            ("secret\u{200b}", "not ASCII (U+200B) at position 7"),
        ] {
            let error = ApiKey::named(key, "F").map(|_| ()).unwrap_err();
            let text = format!("{error} {error:?}");
            assert!(text.contains(reason), "{text}");
            assert!(!text.contains("secret"), "{text}");
        }
    }

    #[test]
    fn debug_hides_the_key() {
        let key = ApiKey::named("secret", "MISTRAL_API_KEY").unwrap();
        assert_eq!(format!("{key:?}"), r#"ApiKey { key: "[hidden]", source: Some("MISTRAL_API_KEY") }"#);
    }
}
