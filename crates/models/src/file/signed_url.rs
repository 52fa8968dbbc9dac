use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Invalid;

/// How long a signed URL should work.
///
/// The default asks for 24 hours, as the official clients do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GetSignedUrl {
    /// Hours until the URL stops working, 1 to 168; `None` leaves it to the service.
    pub expiry: Option<u32>,
}

impl Default for GetSignedUrl {
    fn default() -> Self {
        Self { expiry: Some(24) }
    }
}

impl GetSignedUrl {
    /// Hours until the URL stops working, 1 to 168.
    pub fn expiry(mut self, hours: u32) -> Self {
        self.expiry = Some(hours);
        self
    }

    /// Tells before sending what the API would refuse.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for an expiry outside 1 to 168 hours.
    pub fn check(&self) -> Result<(), Invalid> {
        match self.expiry {
            Some(hours) if !(1..=168).contains(&hours) => {
                Err(Invalid::new("expiry", format!("{hours} hours is out of range; expected 1 to 168")))
            }
            _ => Ok(()),
        }
    }
}

/// A URL that gives a file's content to whoever holds it, without a key.
///
/// It carries its own signature: fetch it with a bare HTTP client, never with the API key. `Debug` hides the signature.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SignedUrl {
    /// The URL, signature included.
    pub url: String,
}

impl SignedUrl {
    /// A signed URL as it would be answered.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into() }
    }
}

impl fmt::Debug for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url } = self;
        let shown = url.split_once('?').map_or(url.as_str(), |(shown, _)| shown);
        f.debug_struct("SignedUrl").field("url", &format_args!("{shown}?…")).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_the_signature() {
        let url = SignedUrl::new("https://blobs.example.com/a?sig=secret");
        assert_eq!(format!("{url:?}"), "SignedUrl { url: https://blobs.example.com/a?… }");
    }

    #[test]
    fn an_expiry_out_of_range_is_refused() {
        assert!(GetSignedUrl::default().check().is_ok());
        assert!(GetSignedUrl::default().expiry(168).check().is_ok());
        assert!(GetSignedUrl::default().expiry(0).check().is_err());
        assert!(GetSignedUrl::default().expiry(169).check().is_err());
    }
}
