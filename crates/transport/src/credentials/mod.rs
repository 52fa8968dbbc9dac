//! Keys: where they come from, and how they are checked and kept out of sight.
//!
//! * [`ApiKey`]: a key that does not change.
//! * [`KeyFile`]: a key in a file, read again when it changes.
//! * [`from_fn`]: a key that a function fetches, as from a vault; kept for as long as you say.
//! * [`from_env`]: whichever of the first two the environment names.
//!
//! All take blanks around a key off, refuse what cannot be one without showing it, and name their source when the server
//! refuses it.

mod api_key;
mod from_fn;
mod key_file;

use std::borrow::Cow;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::HeaderValue;
use tower::BoxError;

use crate::error::{Error, Result};

pub use api_key::ApiKey;
pub use from_fn::{FromFn, from_fn};
pub use key_file::KeyFile;

/// What proves to the API who is calling.
///
/// It is asked before every attempt, so that a key which changes reaches the next one. [`ApiKey`] is the plain case.
///
/// ```
/// use futures_util::future::BoxFuture;
/// use http::HeaderValue;
/// use mistral_transport::{ApiKey, Credentials, Error};
///
/// /// A key that another service hands out.
/// struct Vault;
///
/// impl Credentials for Vault {
///     fn authorization(&self) -> BoxFuture<'_, Result<HeaderValue, tower::BoxError>> {
///         Box::pin(async {
///             let key = ApiKey::new("fetched just now")?;
///             key.authorization().await
///         })
///     }
/// }
/// ```
pub trait Credentials: Send + Sync + 'static {
    /// The value of the `Authorization` header, for one attempt.
    fn authorization(&self) -> BoxFuture<'_, Result<HeaderValue, BoxError>>;

    /// Where the key comes from, to be named when it is not accepted: a variable, a file. Never the key.
    fn source(&self) -> Option<Cow<'static, str>> {
        None
    }
}

impl Credentials for Arc<dyn Credentials> {
    fn authorization(&self) -> BoxFuture<'_, Result<HeaderValue, BoxError>> {
        (**self).authorization()
    }

    fn source(&self) -> Option<Cow<'static, str>> {
        (**self).source()
    }
}

/// The credentials that the environment names: the file in `MISTRAL_SA_TOKEN_PATH`, or else the key in `MISTRAL_API_KEY`.
///
/// The order is that of the official Python client: a workload that has a service account mounted uses it, even where a
/// key is set too. A variable that is empty counts as not set.
///
/// # Errors
///
/// [`Config`](crate::ErrorKind::Config) if neither is set, or the one that counts holds nothing that can be a key.
pub fn from_env() -> Result<Arc<dyn Credentials>> {
    if let Some(file) = KeyFile::from_env()? {
        return Ok(Arc::new(file));
    }
    if std::env::var_os(ApiKey::VARIABLE).is_none() {
        let message = format!("there is no key: neither {} nor {} is set", ApiKey::VARIABLE, KeyFile::VARIABLE);
        return Err(Error::config(message));
    }
    Ok(Arc::new(ApiKey::from_env()?))
}
