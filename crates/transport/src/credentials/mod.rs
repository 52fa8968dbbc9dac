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
use std::ffi::OsString;
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

    /// Hears that the server did not accept this value (401). The call fails all the same; whoever keeps a key forgets it
    /// here, so that the next call comes with another.
    fn refused(&self, authorization: &HeaderValue) {
        let _ = authorization;
    }

    /// Where the key comes from, to be named when it is not accepted: a variable, a file. Never the key.
    fn source(&self) -> Option<Cow<'static, str>> {
        None
    }
}

impl<C: Credentials + ?Sized> Credentials for Arc<C> {
    fn authorization(&self) -> BoxFuture<'_, Result<HeaderValue, BoxError>> {
        (**self).authorization()
    }

    fn refused(&self, authorization: &HeaderValue) {
        (**self).refused(authorization);
    }

    fn source(&self) -> Option<Cow<'static, str>> {
        (**self).source()
    }
}

/// The credentials that the environment names: the file in `MISTRAL_SA_TOKEN_PATH`, or else the key in `MISTRAL_API_KEY`.
///
/// The order is that of the official Python client: a workload that has a service account mounted uses it, even where a
/// key is set too. An empty path counts as none.
///
/// # Errors
///
/// [`Config`](crate::ErrorKind::Config) if neither is set, or the one that counts holds nothing that can be a key.
pub fn from_env() -> Result<Arc<dyn Credentials>> {
    from_variables(|name| std::env::var_os(name))
}

fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Result<Arc<dyn Credentials>> {
    if let Some(file) = KeyFile::from_variable(variable(KeyFile::VARIABLE))? {
        return Ok(Arc::new(file));
    }
    match variable(ApiKey::VARIABLE) {
        Some(key) => Ok(Arc::new(ApiKey::from_variable(key)?)),
        None => {
            let message = format!("there is no key: neither {} nor {} is set", ApiKey::VARIABLE, KeyFile::VARIABLE);
            Err(Error::config(message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Arc<dyn Credentials>> {
        from_variables(|name| variables.iter().find(|(set, _)| *set == name).map(|(_, value)| value.into()))
    }

    async fn sent(variables: &[(&str, &str)]) -> (String, String) {
        let credentials = read(variables).unwrap();
        let header = credentials.authorization().await.unwrap();
        (header.to_str().unwrap().to_owned(), credentials.source().unwrap().into_owned())
    }

    fn refused(variables: &[(&str, &str)]) -> String {
        read(variables).map(|_| ()).unwrap_err().to_string()
    }

    #[tokio::test]
    async fn a_token_file_counts_more_than_a_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "from-the-file\n").unwrap();
        let path = path.to_str().unwrap();
        let (header, source) = sent(&[("MISTRAL_API_KEY", "k"), ("MISTRAL_SA_TOKEN_PATH", path)]).await;
        assert_eq!(header, "Bearer from-the-file");
        assert_eq!(source, format!("the file {path} (named by MISTRAL_SA_TOKEN_PATH)"));
        let (header, source) = sent(&[("MISTRAL_API_KEY", "k"), ("MISTRAL_SA_TOKEN_PATH", "")]).await;
        assert_eq!((header.as_str(), source.as_str()), ("Bearer k", "MISTRAL_API_KEY"));
    }

    #[test]
    fn no_key_is_told_by_the_variables_that_were_looked_at() {
        assert_eq!(refused(&[]), "there is no key: neither MISTRAL_API_KEY nor MISTRAL_SA_TOKEN_PATH is set");
        assert_eq!(refused(&[("MISTRAL_API_KEY", " \n")]), "the key from MISTRAL_API_KEY is empty");
        let text = refused(&[("MISTRAL_API_KEY", "k"), ("MISTRAL_SA_TOKEN_PATH", "/no/such/file")]);
        assert!(text.contains("the file /no/such/file (named by MISTRAL_SA_TOKEN_PATH)"), "{text}");
    }
}
