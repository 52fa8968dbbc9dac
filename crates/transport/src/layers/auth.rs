use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::AUTHORIZATION;
use http::{HeaderValue, Request, Response, StatusCode};
use tower::{BoxError, Layer, Service};

use super::Origin;
use crate::ErrorKind;
use crate::credentials::Credentials;
use crate::failure::{Failure, Reach};

/// Where the refused key came from; left on the answer for whoever makes an error of it.
#[derive(Debug, Clone)]
pub(crate) struct KeySource(pub(crate) Cow<'static, str>);

/// The key that was sent, sensitive; left on the answer for whoever shows what the server says of it.
#[derive(Debug, Clone)]
pub(crate) struct SentKey(pub(crate) HeaderValue);

/// Adds the `Authorization` header, for one origin only.
///
/// Sits below the retry layer, so that a second attempt may carry a fresh key, and below the trace layer, so that no span
/// sees it. A request to any other origin passes without the header.
///
/// ```
/// use mistral_transport::ApiKey;
/// use mistral_transport::layers::{AuthLayer, BaseUri};
/// use tower::ServiceBuilder;
///
/// let origin = BaseUri::parse("https://api.mistral.ai")?.origin();
/// let stack = ServiceBuilder::new().layer(AuthLayer::new(ApiKey::new("k")?, origin));
/// # let _ = stack;
/// # Ok::<(), mistral_transport::Error>(())
/// ```
#[derive(Clone)]
pub struct AuthLayer {
    credentials: Arc<dyn Credentials>,
    origin: Origin,
}

impl AuthLayer {
    /// A layer that shows these credentials to `origin` alone.
    pub fn new(credentials: impl Credentials, origin: Origin) -> Self {
        Self { credentials: Arc::new(credentials), origin }
    }
}

impl fmt::Debug for AuthLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { credentials, origin } = self;
        f.debug_struct("AuthLayer").field("source", &credentials.source()).field("origin", origin).finish()
    }
}

impl<S> Layer<S> for AuthLayer {
    type Service = Auth<S>;

    fn layer(&self, inner: S) -> Auth<S> {
        Auth { inner, layer: self.clone() }
    }
}

/// The service of [`AuthLayer`].
#[derive(Debug, Clone)]
pub struct Auth<S> {
    inner: S,
    layer: AuthLayer,
}

impl<S, B, R> Service<Request<B>> for Auth<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let clone = self.inner.clone();
        let mut ready = std::mem::replace(&mut self.inner, clone);
        if !self.layer.origin.contains(request.uri()) {
            let answer = ready.call(request);
            return Box::pin(async { answer.await.map_err(Into::into) });
        }
        let credentials = self.layer.credentials.clone();
        Box::pin(async move {
            let mut authorization = credentials.authorization().await.map_err(no_key)?;
            authorization.set_sensitive(true);
            let sent = SentKey(authorization.clone());
            request.headers_mut().insert(AUTHORIZATION, authorization);
            let mut answer = ready.call(request).await.map_err(Into::into)?;
            if answer.status() == StatusCode::UNAUTHORIZED {
                credentials.refused(&sent.0);
            }
            answer.extensions_mut().insert(sent);
            if matches!(answer.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
                if let Some(source) = credentials.source() {
                    answer.extensions_mut().insert(KeySource(source));
                }
            }
            Ok(answer)
        })
    }
}

/// A source of keys that fails says so in its own words, unless it speaks ours.
fn no_key(error: BoxError) -> BoxError {
    if Failure::find(&*error).is_some() {
        return error;
    }
    let message = format!("no key to be had: {error}");
    Failure::permanent(ErrorKind::Config, Reach::NotSent, message).caused_by(error).into()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use tower::{ServiceBuilder, ServiceExt as _, service_fn};

    use super::*;
    use crate::ApiKey;
    use crate::layers::BaseUri;

    async fn header_sent_to(uri: &str) -> Option<String> {
        let origin = BaseUri::parse("https://api.example.com").unwrap().origin();
        let layer = AuthLayer::new(ApiKey::new("k").unwrap(), origin);
        let echo = service_fn(|request: Request<()>| async move {
            Ok::<_, Infallible>(Response::new(request.headers().get(AUTHORIZATION).cloned()))
        });
        let request = Request::builder().uri(uri).body(()).unwrap();
        let answer = ServiceBuilder::new().layer(layer).service(echo).oneshot(request).await.unwrap();
        answer.into_body().map(|header| header.to_str().unwrap().to_owned())
    }

    #[tokio::test]
    async fn a_key_that_is_refused_is_fetched_anew_by_the_next_call() {
        let origin = BaseUri::parse("https://api.example.com").unwrap().origin();
        let fetched = std::sync::atomic::AtomicU32::new(0);
        let fetch = move || {
            let number = fetched.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            std::future::ready(Ok::<_, Infallible>(format!("k{number}")))
        };
        let credentials =
            crate::credentials::from_fn("the vault", fetch).keep_for(std::time::Duration::from_secs(3_600));
        let server = service_fn(|request: Request<()>| async move {
            let status = if request.headers()[AUTHORIZATION] == "Bearer k1" { 200 } else { 401 };
            Ok::<_, Infallible>(Response::builder().status(status).body(()).unwrap())
        });
        let stack = ServiceBuilder::new().layer(AuthLayer::new(credentials, origin)).service(server);
        let mut statuses = Vec::new();
        for _ in 0..3 {
            let request = Request::get("https://api.example.com/v1/files").body(()).unwrap();
            statuses.push(stack.clone().oneshot(request).await.unwrap().status().as_u16());
        }
        assert_eq!(statuses, [401, 200, 200]);
    }

    #[tokio::test]
    async fn the_key_goes_to_its_own_origin_only() {
        assert_eq!(header_sent_to("https://api.example.com/v1/files").await.as_deref(), Some("Bearer k"));
        for elsewhere in
            ["http://api.example.com/", "https://api.example.com:8443/", "https://example.com/", "/v1/files"]
        {
            assert_eq!(header_sent_to(elsewhere).await, None, "{elsewhere}");
        }
    }
}
