use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Request;
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep};
use tower::util::Oneshot;
use tower::{BoxError, Layer, Service, ServiceExt as _};

use crate::ErrorKind;
use crate::failure::{Failure, Reach};
use crate::operation::{Operation, OperationKind};

/// The longest a call may take, attempts and the waits between them included.
///
/// A call can set its own ([`Transport::with_timeout`](crate::Transport::with_timeout)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallTimeouts {
    /// Calls that read or change something small. Default 120 s.
    pub control: Option<Duration>,
    /// Calls that create something. Default 300 s: giving up on one leaves its outcome unknown.
    pub create: Option<Duration>,
    /// Calls that move a file, up to the head of the answer. No default limit: what bounds them is their progress, and that
    /// is all that ever bounds the body of a download.
    pub transfer: Option<Duration>,
}

impl Default for CallTimeouts {
    fn default() -> Self {
        Self { control: Some(Duration::from_secs(120)), create: Some(Duration::from_secs(300)), transfer: None }
    }
}

impl CallTimeouts {
    /// The limit of calls that read or change something small; `None` for none.
    #[must_use]
    pub fn control(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.control = limit.into();
        self
    }

    /// The limit of calls that create something; `None` for none.
    #[must_use]
    pub fn create(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.create = limit.into();
        self
    }

    /// The limit of calls that move a file; `None` for none.
    #[must_use]
    pub fn transfer(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.transfer = limit.into();
        self
    }

    /// This limit for every call, whatever it does.
    pub fn all(limit: Duration) -> Self {
        Self { control: Some(limit), create: Some(limit), transfer: Some(limit) }
    }

    fn of(&self, operation: Option<&Operation>) -> Option<Duration> {
        let Some(operation) = operation else { return self.control };
        operation.timeout().or(match operation.kind() {
            OperationKind::Control => self.control,
            OperationKind::Create => self.create,
            OperationKind::Transfer => self.transfer,
        })
    }
}

/// When the call has to be over; the retry policy starts no wait that would outlast it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(pub(crate) Instant);

/// Ends a call that takes too long with an error, never with a made-up answer.
///
/// Sits outermost, so that it bounds attempts, the waits between them and the reading of JSON answers together.
#[derive(Debug, Clone, Default)]
pub struct CallTimeoutLayer {
    timeouts: CallTimeouts,
}

impl CallTimeoutLayer {
    /// A layer with these limits.
    pub fn new(timeouts: CallTimeouts) -> Self {
        Self { timeouts }
    }
}

impl<S> Layer<S> for CallTimeoutLayer {
    type Service = CallTimeout<S>;

    fn layer(&self, inner: S) -> CallTimeout<S> {
        CallTimeout { inner, timeouts: self.timeouts }
    }
}

/// The service of [`CallTimeoutLayer`].
#[derive(Debug, Clone)]
pub struct CallTimeout<S> {
    inner: S,
    timeouts: CallTimeouts,
}

impl<S, B> Service<Request<B>> for CallTimeout<S>
where
    S: Service<Request<B>> + Clone,
    S::Error: Into<BoxError>,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = CallTimeoutFuture<Oneshot<S, Request<B>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        // A limit below may take its time to be ready, and that is part of the call.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let limit = self.timeouts.of(request.extensions().get::<Operation>());
        // A limit beyond what the clock can count is no limit.
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        if let Some(deadline) = deadline {
            request.extensions_mut().insert(Deadline(deadline));
        }
        CallTimeoutFuture {
            inner: self.inner.clone().oneshot(request),
            sleep: deadline.map(tokio::time::sleep_until),
            limit,
        }
    }
}

pin_project! {
    /// The future of [`CallTimeout`].
    #[derive(Debug)]
    pub struct CallTimeoutFuture<F> {
        #[pin]
        inner: F,
        #[pin]
        sleep: Option<Sleep>,
        limit: Option<Duration>,
    }
}

impl<F, T, E> Future for CallTimeoutFuture<F>
where
    F: Future<Output = Result<T, E>>,
    E: Into<BoxError>,
{
    type Output = Result<T, BoxError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(result) = this.inner.poll(cx) {
            return Poll::Ready(result.map_err(Into::into));
        }
        match this.sleep.as_pin_mut().map(|sleep| sleep.poll(cx)) {
            Some(Poll::Ready(())) => {
                let seconds = this.limit.unwrap_or_default().as_secs_f64();
                let message = format!("timed out: no answer within the call's limit of {seconds} s");
                Poll::Ready(Err(Failure::permanent(ErrorKind::Timeout, Reach::Unknown, message).into()))
            }
            _ => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use tower::{ServiceBuilder, ServiceExt as _, service_fn};

    use super::*;

    async fn elapsed(operation: Operation) -> Duration {
        let started = Instant::now();
        let stack =
            ServiceBuilder::new().layer(CallTimeoutLayer::default()).service(service_fn(|_: Request<()>| async {
                tokio::time::sleep(Duration::from_secs(3_600)).await;
                Ok::<_, BoxError>(())
            }));
        let mut request = Request::new(());
        request.extensions_mut().insert(operation);
        let _ = stack.oneshot(request).await;
        started.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn the_limit_depends_on_what_the_call_does() {
        let operation = || Operation::new("x");
        assert_eq!(elapsed(operation()).await, Duration::from_secs(120));
        assert_eq!(elapsed(operation().with_kind(OperationKind::Create)).await, Duration::from_secs(300));
        assert_eq!(elapsed(operation().with_kind(OperationKind::Transfer)).await, Duration::from_secs(3_600));
        assert_eq!(elapsed(operation().with_timeout(Duration::from_secs(7))).await, Duration::from_secs(7));
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_for_a_place_counts() {
        let never = service_fn(|_: Request<()>| std::future::pending::<Result<(), BoxError>>());
        let limited = ServiceBuilder::new().layer(CallTimeoutLayer::default()).concurrency_limit(1).service(never);
        let started = Instant::now();
        let calls = (0..2).map(|_| limited.clone().oneshot(Request::new(())));
        assert!(futures_util::future::join_all(calls).await.iter().all(Result::is_err));
        assert_eq!(started.elapsed(), Duration::from_secs(120));
    }
}
