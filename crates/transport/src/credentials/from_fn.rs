use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::sync::PoisonError;
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::HeaderValue;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tower::BoxError;

use super::{ApiKey, Credentials};
use crate::ErrorKind;
use crate::error::Result;
use crate::failure::{Failure, Reach};

/// Credentials that `fetch` brings, for keys that are renewed while we run: from a vault, a token service.
///
/// `source` names where they come from in errors. The key is fetched before every attempt, unless it is
/// [kept](FromFn::keep_for). A fetch that fails fails the attempt, which is tried again like one that found no
/// connection; return a [`Failure`] to say otherwise. The attempt's time limit covers the fetch.
///
/// ```
/// use std::time::Duration;
/// use mistral_transport::credentials;
///
/// async fn token() -> Result<String, std::io::Error> {
///     Ok("fetched just now".to_owned())
/// }
///
/// let credentials = credentials::from_fn("the vault", token).keep_for(Duration::from_secs(300));
/// # let _ = credentials;
/// ```
pub fn from_fn<F, Fut, K, E>(source: impl Into<Cow<'static, str>>, fetch: F) -> FromFn<F>
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<K, E>> + Send,
    K: AsRef<str>,
    E: Into<BoxError>,
{
    FromFn { fetch, source: source.into(), keep: None, kept: Mutex::new(None), refused: Default::default() }
}

/// The credentials of [`from_fn`].
pub struct FromFn<F> {
    fetch: F,
    source: Cow<'static, str>,
    keep: Option<Duration>,
    kept: Mutex<Option<(HeaderValue, Instant)>>,
    /// What the server did not accept. Beside the key that is kept, since that is locked while the next is fetched.
    refused: std::sync::Mutex<Option<HeaderValue>>,
}

impl<F> FromFn<F> {
    /// Uses a key for so long before the next one is fetched, or until the server refuses it (401). Calls that need it at
    /// the same time share one fetch.
    #[must_use]
    pub fn keep_for(mut self, time: Duration) -> Self {
        self.keep = Some(time);
        self
    }
}

impl<F, Fut, K, E> FromFn<F>
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<K, E>> + Send,
    K: AsRef<str>,
    E: Into<BoxError>,
{
    async fn fetch(&self) -> Result<HeaderValue, BoxError> {
        let key = (self.fetch)().await.map_err(|error| self.no_key(error.into()))?;
        Ok(ApiKey::named(key, self.source.clone())?.header())
    }

    /// Whether the server did not accept this key; forgets that it did not, since the next one is fetched then.
    fn take_refusal(&self, header: &HeaderValue) -> bool {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.take_if(|refused| refused == header).is_some()
    }

    fn no_key(&self, error: BoxError) -> BoxError {
        if Failure::find(&*error).is_some() {
            return error;
        }
        let message = format!("no key could be fetched from {}: {error}", self.source);
        Failure::transient(ErrorKind::Config, Reach::NotSent, message).caused_by(error).into()
    }
}

impl<F, Fut, K, E> Credentials for FromFn<F>
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<K, E>> + Send,
    K: AsRef<str>,
    E: Into<BoxError>,
{
    fn authorization(&self) -> BoxFuture<'_, Result<HeaderValue, BoxError>> {
        Box::pin(async move {
            let Some(keep) = self.keep else { return self.fetch().await };
            // Held while fetching, so that whoever comes meanwhile waits for that key and does not fetch another.
            let mut kept = self.kept.lock().await;
            if let Some((header, fetched)) = &*kept {
                if fetched.elapsed() < keep && !self.take_refusal(header) {
                    return Ok(header.clone());
                }
            }
            // What is kept is of no use from here on, even if this fetch fails.
            *kept = None;
            let header = self.fetch().await?;
            *kept = Some((header.clone(), Instant::now()));
            Ok(header)
        })
    }

    fn refused(&self, authorization: &HeaderValue) {
        if self.keep.is_some() {
            *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(authorization.clone());
        }
    }

    fn source(&self) -> Option<Cow<'static, str>> {
        Some(self.source.clone())
    }
}

impl<F> fmt::Debug for FromFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fetch: _, source, keep, kept: _, refused: _ } = self;
        f.debug_struct("FromFn").field("source", source).field("keep", keep).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// Credentials that number their keys.
    fn numbered() -> FromFn<impl Fn() -> BoxFuture<'static, Result<String, io::Error>>> {
        let fetched = Arc::new(AtomicU32::new(0));
        from_fn("the vault", move || {
            let number = fetched.fetch_add(1, Ordering::Relaxed) + 1;
            Box::pin(async move {
                tokio::time::sleep(Duration::from_secs(1)).await;
                Ok(format!(" canary-{number}\n"))
            }) as BoxFuture<'static, _>
        })
    }

    async fn sent(credentials: &impl Credentials) -> String {
        credentials.authorization().await.unwrap().to_str().unwrap().to_owned()
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_is_fetched_for_each_attempt() {
        let credentials = numbered();
        assert_eq!(sent(&credentials).await, "Bearer canary-1");
        assert_eq!(sent(&credentials).await, "Bearer canary-2");
        assert!(!format!("{credentials:?}").contains("canary"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_that_is_kept_is_fetched_once_for_all_who_need_it() {
        let credentials = numbered().keep_for(Duration::from_secs(60));
        let (first, second) = tokio::join!(sent(&credentials), sent(&credentials));
        assert_eq!((first.as_str(), second.as_str()), ("Bearer canary-1", "Bearer canary-1"));
        tokio::time::advance(Duration::from_secs(61)).await;
        assert_eq!(sent(&credentials).await, "Bearer canary-2");
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_that_is_refused_is_kept_no_longer() {
        let credentials = numbered().keep_for(Duration::from_secs(60));
        let first = credentials.authorization().await.unwrap();
        credentials.refused(&first);
        assert_eq!(sent(&credentials).await, "Bearer canary-2");
        // Said late of a key that is not in use any more.
        credentials.refused(&first);
        assert_eq!(sent(&credentials).await, "Bearer canary-2");
    }

    #[tokio::test]
    async fn a_fetch_that_fails_may_go_better_next_time() {
        let credentials = from_fn("the vault", || async { Err::<String, _>(io::Error::other("sealed")) });
        let error = credentials.authorization().await.unwrap_err();
        assert_eq!(error.to_string(), "no key could be fetched from the vault: sealed");
        assert!(Failure::find(&*error).unwrap().is_transient());
    }

    #[tokio::test]
    async fn a_key_that_cannot_be_one_is_refused_without_showing_it() {
        let credentials = from_fn("the vault", || async { Ok::<_, io::Error>("canary\u{7}") });
        let error = credentials.authorization().await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("the key from the vault holds a control character") && !shown.contains("canary"));
    }
}
