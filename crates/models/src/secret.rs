use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A credential of another service that has to travel in a request, such as the key of an experiment tracker.
///
/// `Debug` hides it and there is no `Display`; serialising writes it out, because that is what it is for.
///
/// ```
/// use mistral_models::Secret;
///
/// let token = Secret::from("ghp_0123456789");
/// assert_eq!(format!("{token:?}"), "[hidden]");
/// assert_eq!(token.expose(), "ghp_0123456789");
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(Box<str>);

impl Secret {
    /// The credential itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(secret: &str) -> Self {
        Self(secret.into())
    }
}

impl From<String> for Secret {
    fn from(secret: String) -> Self {
        Self(secret.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(_) = self;
        f.write_str("[hidden]")
    }
}

/// Shows an entry of an unknown kind by its type alone: the rest may hold a credential.
pub(crate) struct TypeAlone<'a>(pub(crate) &'a Value);

impl fmt::Debug for TypeAlone<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unknown").field("type", &self.0.get("type")).finish_non_exhaustive()
    }
}
