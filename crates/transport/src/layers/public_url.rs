use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION};
use http::uri::Scheme;
use http::{HeaderMap, Method, Request, Response, Uri};
use tower::{BoxError, Layer, Service};

use super::redirect::{HOPS, location};
use crate::addresses::AddressPolicy;
use crate::body::TryClone;
use crate::error::ErrorKind;
use crate::failure::{Failure, Reach};

/// Fetches URLs that somebody else chose, such as signed ones: without credentials, and from public places alone.
///
/// `https` only, no user name in the URL, and no host that is written as an address which the [`AddressPolicy`] forbids;
/// what a name resolves to is checked by the client below, for which
/// [`HttpClientSettings::addresses`](crate::HttpClientSettings) takes the same policy. Redirects of reads are followed,
/// three in a row at the most, each held to the same rules; one that breaks them passes through as the answer it is.
/// `Authorization`, `Proxy-Authorization` and `Cookie` are taken off.
///
/// Where the policy allows this very machine, plain `http` to it is allowed too.
///
/// Takes the place that the [`RedirectLayer`](super::RedirectLayer) has in the default stack: below the retry layer, so
/// that a retry begins with the first URL, and above the attempt timeout, so that each hop is an attempt of its own.
///
/// ```
/// use mistral_transport::AddressPolicy;
/// use mistral_transport::layers::PublicUrlLayer;
/// use tower::ServiceBuilder;
///
/// let stack = ServiceBuilder::new().layer(PublicUrlLayer::new(AddressPolicy::Public));
/// # let _ = stack;
/// ```
#[derive(Debug, Clone, Copy)]
pub struct PublicUrlLayer {
    policy: AddressPolicy,
}

impl PublicUrlLayer {
    /// A layer that lets requests out to the addresses of this policy.
    pub fn new(policy: AddressPolicy) -> Self {
        Self { policy }
    }
}

impl<S> Layer<S> for PublicUrlLayer {
    type Service = PublicUrl<S>;

    fn layer(&self, inner: S) -> PublicUrl<S> {
        PublicUrl { inner, policy: self.policy }
    }
}

/// The service of [`PublicUrlLayer`].
#[derive(Debug, Clone)]
pub struct PublicUrl<S> {
    inner: S,
    policy: AddressPolicy,
}

impl<S, B, R> Service<Request<B>> for PublicUrl<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: TryClone + Send + 'static,
    R: Send,
{
    type Response = Response<R>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let policy = self.policy;
        Box::pin(async move {
            check(policy, request.uri())?;
            take_credentials_off(request.headers_mut());
            let mut next = if request.method() == Method::GET { request.try_clone() } else { None };
            let mut answer = inner.call(request).await.map_err(Into::into)?;
            for _ in 0..HOPS {
                let Some(target) = next.as_ref().and_then(|sent| location(sent.uri(), &answer)) else { break };
                let Some(mut request) = next.take().filter(|_| check(policy, &target).is_ok()) else { break };
                *request.uri_mut() = target;
                next = request.try_clone();
                std::future::poll_fn(|cx| inner.poll_ready(cx)).await.map_err(Into::into)?;
                answer = inner.call(request).await.map_err(Into::into)?;
            }
            Ok(answer)
        })
    }
}

fn take_credentials_off(headers: &mut HeaderMap) {
    for name in [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE] {
        headers.remove(name);
    }
}

/// Whether a URL may be asked for, as far as can be told from what is written there.
fn check(policy: AddressPolicy, uri: &Uri) -> Result<(), Failure> {
    let refuse = |problem: String| Failure::permanent(ErrorKind::Redirect, Reach::NotSent, problem);
    let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
        return Err(refuse("a path is no URL to fetch a file from; nothing was sent".to_owned()));
    };
    if authority.as_str().contains('@') {
        let host = authority.host();
        return Err(refuse(format!("the URL at {host} holds a user name, so it was not connected to")));
    }
    let allows = |policy: AddressPolicy| policy.check_host(uri).is_ok();
    let is_local = || allows(policy) && allows(AddressPolicy::PublicOrLoopback) && !allows(AddressPolicy::Public);
    if *scheme != Scheme::HTTPS && !(*scheme == Scheme::HTTP && is_local()) {
        return Err(refuse(format!("{scheme}://{authority} is not https, so it was not connected to")));
    }
    policy.check_host(uri)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::{Arc, Mutex};

    use http::StatusCode;
    use http::header::LOCATION;
    use tower::{ServiceBuilder, ServiceExt as _, service_fn};

    use super::*;

    /// What was asked for, and what came: every path but `/end` points to `to`.
    async fn fetch(policy: AddressPolicy, from: &str, to: &'static str) -> (Vec<String>, Result<StatusCode, BoxError>) {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = asked.clone();
        let service = service_fn(move |request: Request<String>| {
            assert!(request.headers().is_empty(), "{:?}", request.headers());
            seen.lock().unwrap().push(request.uri().to_string());
            let end = request.uri().path() == "/end";
            let answer = Response::builder().status(if end { 200 } else { 302 }).header(LOCATION, to);
            std::future::ready(Ok::<_, Infallible>(answer.body(()).unwrap()))
        });
        let request = Request::get(from).header(AUTHORIZATION, "Bearer canary").header(COOKIE, "canary");
        let request = request.body(String::new()).unwrap();
        let stack = ServiceBuilder::new().layer(PublicUrlLayer::new(policy)).service(service);
        let end = stack.oneshot(request).await.map(|answer| answer.status());
        let asked = asked.lock().unwrap().clone();
        (asked, end)
    }

    #[tokio::test]
    async fn redirects_are_followed_to_public_places_without_credentials() {
        for to in ["/end", "https://b.example/end?sig=x", "https://1.1.1.1/end"] {
            let (asked, end) = fetch(AddressPolicy::Public, "https://a.example/start?sig=x", to).await;
            assert_eq!((asked.len(), end.unwrap()), (2, StatusCode::OK), "{to}");
        }
        let (asked, end) = fetch(AddressPolicy::Public, "https://a.example/start", "https://b.example/on").await;
        assert_eq!((asked.len(), end.unwrap()), (4, StatusCode::FOUND));
    }

    #[tokio::test]
    async fn nothing_goes_to_any_other_place() {
        let elsewhere = [
            "http://b.example/end",
            "https://127.0.0.1/end",
            "https://localhost/end",
            "https://[::1]/end",
            "https://10.0.0.1/end",
            "https://169.254.169.254/end",
            "https://0.0.0.0/end",
            "https://2130706433/end",
            "https://user@b.example/end",
        ];
        for to in elsewhere {
            let (asked, end) = fetch(AddressPolicy::Public, "https://a.example/start", to).await;
            assert_eq!((asked.len(), end.unwrap()), (1, StatusCode::FOUND), "{to}");
            let (asked, end) = fetch(AddressPolicy::Public, to, "").await;
            let error = end.unwrap_err();
            let failure = Failure::find(&*error).unwrap();
            assert_eq!((asked.len(), failure.kind(), failure.is_transient()), (0, ErrorKind::Redirect, false), "{to}");
        }
    }

    #[tokio::test]
    async fn plain_http_reaches_this_machine_alone_and_only_if_that_is_allowed() {
        let policy = AddressPolicy::PublicOrLoopback;
        for here in ["http://127.0.0.1:1/end", "http://localhost/end", "http://[::1]/end", "https://a.example/end"] {
            assert_eq!(fetch(policy, here, "").await.1.unwrap(), StatusCode::OK, "{here}");
        }
        for there in ["http://a.example/end", "http://1.1.1.1/end", "http://10.0.0.1/end", "https://10.0.0.1/end"] {
            assert!(fetch(policy, there, "").await.1.is_err(), "{there}");
        }
        assert!(fetch(AddressPolicy::Any, "http://a.example/end", "").await.1.is_err());
    }
}
