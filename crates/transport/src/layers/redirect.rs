use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::header::LOCATION;
use http::uri::PathAndQuery;
use http::{Method, Request, Response, Uri};
use tower::{BoxError, Layer, Service};

use super::Origin;
use crate::body::TryClone;

/// Follows the redirects of reads within their own origin, three in a row at the most.
///
/// Any other redirect passes through as the answer it is: one to another origin would carry the key or the caller's trust
/// there, and one of a write would send it twice. Sits below the retry layer and above the attempt timeout, so that each
/// hop is an attempt of its own.
#[derive(Debug, Clone, Copy, Default)]
pub struct RedirectLayer {
    _private: (),
}

/// Redirects followed in a row.
pub(super) const HOPS: usize = 3;

impl<S> Layer<S> for RedirectLayer {
    type Service = Redirect<S>;

    fn layer(&self, inner: S) -> Redirect<S> {
        Redirect { inner }
    }
}

/// The service of [`RedirectLayer`].
#[derive(Debug, Clone)]
pub struct Redirect<S> {
    inner: S,
}

impl<S, B, R> Service<Request<B>> for Redirect<S>
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

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let mut next = if request.method() == Method::GET { request.try_clone() } else { None };
        Box::pin(async move {
            let mut answer = inner.call(request).await.map_err(Into::into)?;
            for _ in 0..HOPS {
                let Some(target) = next.as_ref().and_then(|sent| target(sent.uri(), &answer)) else { break };
                let Some(mut request) = next.take() else { break };
                *request.uri_mut() = target;
                next = request.try_clone();
                std::future::poll_fn(|cx| inner.poll_ready(cx)).await.map_err(Into::into)?;
                answer = inner.call(request).await.map_err(Into::into)?;
            }
            Ok(answer)
        })
    }
}

/// Where the answer points, if that is within the origin of what was sent.
fn target<R>(sent: &Uri, answer: &Response<R>) -> Option<Uri> {
    location(sent, answer).filter(|target| Origin::of(sent).is_some_and(|origin| origin.contains(target)))
}

/// Where the answer points, wherever that is.
pub(super) fn location<R>(sent: &Uri, answer: &Response<R>) -> Option<Uri> {
    let follows = matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = answer.headers().get(LOCATION).filter(|_| follows)?.to_str().ok()?;
    if location.starts_with('/') && !location.starts_with("//") {
        let mut parts = sent.clone().into_parts();
        parts.path_and_query = Some(location.parse::<PathAndQuery>().ok()?);
        return Uri::from_parts(parts).ok();
    }
    location.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::{Arc, Mutex};

    use http::StatusCode;
    use tower::{ServiceBuilder, ServiceExt as _, service_fn};

    use super::*;

    /// The URIs that were asked for, and the last status; every path but `/end` points to `location`.
    async fn followed(method: Method, status: u16, location: &'static str) -> (Vec<String>, StatusCode) {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = asked.clone();
        let service = service_fn(move |request: Request<String>| {
            seen.lock().unwrap().push(request.uri().to_string());
            let end = request.uri().path() == "/end";
            let answer = Response::builder().status(if end { 200 } else { status }).header(LOCATION, location);
            std::future::ready(Ok::<_, Infallible>(answer.body(()).unwrap()))
        });
        let request = Request::builder().method(method).uri("https://a.example/start").body(String::new()).unwrap();
        let answer =
            ServiceBuilder::new().layer(RedirectLayer::default()).service(service).oneshot(request).await.unwrap();
        let asked = asked.lock().unwrap().clone();
        (asked, answer.status())
    }

    #[tokio::test]
    async fn a_read_is_followed_within_its_origin() {
        for location in ["/end", "https://a.example/end", "https://A.example:443/end?x=1"] {
            for status in [301, 302, 303, 307, 308] {
                let (asked, end) = followed(Method::GET, status, location).await;
                assert_eq!((asked.len(), end), (2, StatusCode::OK), "{status} {location}");
            }
        }
    }

    #[tokio::test]
    async fn nothing_goes_to_another_origin() {
        let elsewhere = [
            "https://b.example/end",
            "http://a.example/end",
            "https://a.example:8443/end",
            "//b.example/end",
            "https://a.example@b.example/end",
            "end",
            "",
            "javascript:x",
        ];
        for location in elsewhere {
            let (asked, end) = followed(Method::GET, 302, location).await;
            assert_eq!((asked.len(), end.as_u16()), (1, 302), "{location}");
        }
    }

    #[tokio::test]
    async fn a_write_is_never_followed_and_a_circle_ends() {
        assert_eq!(followed(Method::POST, 307, "/end").await.0.len(), 1);
        assert_eq!(followed(Method::DELETE, 307, "/end").await.0.len(), 1);
        assert_eq!(followed(Method::GET, 302, "/start").await.0.len(), 4);
    }
}
