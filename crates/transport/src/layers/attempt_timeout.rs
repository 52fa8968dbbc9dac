use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::Request;
use http_body::Body;
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep};
use tower::{BoxError, Layer, Service};

use crate::ErrorKind;
use crate::body::PIECE;
use crate::failure::{Failure, Reach};
use crate::operation::{Operation, OperationKind};
use crate::watched::{Phase, Progress, Watched};

/// How long an attempt may make no progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttemptTimeouts {
    /// From the last byte of the request to the head of the answer. Default 60 s.
    pub head: Duration,
    /// The same for an upload: the service reads the whole file before it answers. Default 300 s.
    pub upload_head: Duration,
    /// Without a piece of the request's body being taken, or given. Default 30 s.
    pub idle: Duration,
}

impl Default for AttemptTimeouts {
    fn default() -> Self {
        Self { head: Duration::from_secs(60), upload_head: Duration::from_secs(300), idle: Duration::from_secs(30) }
    }
}

impl AttemptTimeouts {
    /// From the last byte of the request to the head of the answer.
    #[must_use]
    pub fn head(mut self, limit: Duration) -> Self {
        self.head = limit;
        self
    }

    /// The same for an upload.
    #[must_use]
    pub fn upload_head(mut self, limit: Duration) -> Self {
        self.upload_head = limit;
        self
    }

    /// Without a piece of the request's body being taken, or given.
    #[must_use]
    pub fn idle(mut self, limit: Duration) -> Self {
        self.idle = limit;
        self
    }
}

/// Ends an attempt that makes no progress, so that the retry layer above can start another.
///
/// It bounds silence, not size: an upload may take hours as long as its bytes flow. Once the head of the answer is there,
/// [`CollectLayer`](super::CollectLayer) takes over with limits for the body.
///
/// Below it requests carry a [`Watched`] body; `Body::from` turns it back into ours, and any HTTP client takes it as it
/// is.
#[derive(Debug, Clone, Default)]
pub struct AttemptTimeoutLayer {
    timeouts: AttemptTimeouts,
}

impl AttemptTimeoutLayer {
    /// A layer with these limits.
    pub fn new(timeouts: AttemptTimeouts) -> Self {
        Self { timeouts }
    }
}

impl<S> Layer<S> for AttemptTimeoutLayer {
    type Service = AttemptTimeout<S>;

    fn layer(&self, inner: S) -> AttemptTimeout<S> {
        AttemptTimeout { inner, timeouts: self.timeouts }
    }
}

/// The service of [`AttemptTimeoutLayer`].
#[derive(Debug, Clone)]
pub struct AttemptTimeout<S> {
    inner: S,
    timeouts: AttemptTimeouts,
}

impl<S, B> Service<Request<B>> for AttemptTimeout<S>
where
    S: Service<Request<Watched<B>>>,
    S::Error: Into<BoxError>,
    B: Body,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = AttemptTimeoutFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let operation = request.extensions().get::<Operation>();
        let transfers = operation.is_some_and(|operation| operation.kind() == OperationKind::Transfer);
        if let Some(operation) = operation {
            operation.attempt_started();
        }
        let body = request.body();
        // A small body is taken at once; only one that flows has progress worth following.
        let flows = !body.is_end_stream() && body.size_hint().exact().is_none_or(|length| length > PIECE as u64);
        let uploads = transfers && !body.is_end_stream();
        let progress = Progress::new(if flows { Phase::Sending } else { Phase::Waiting });
        request.extensions_mut().insert(progress.clone());
        let timeouts = AttemptTimeouts {
            head: if uploads { self.timeouts.upload_head } else { self.timeouts.head },
            ..self.timeouts
        };
        let followed = flows.then(|| progress.clone());
        let first = if flows { timeouts.idle } else { timeouts.head };
        AttemptTimeoutFuture {
            inner: self.inner.call(request.map(|body| Watched::new(body, followed))),
            sleep: tokio::time::sleep(first),
            progress,
            timeouts,
        }
    }
}

pin_project! {
    /// The future of [`AttemptTimeout`].
    #[derive(Debug)]
    pub struct AttemptTimeoutFuture<F> {
        #[pin]
        inner: F,
        #[pin]
        sleep: Sleep,
        progress: Progress,
        timeouts: AttemptTimeouts,
    }
}

impl<F, T, E> Future for AttemptTimeoutFuture<F>
where
    F: Future<Output = Result<T, E>>,
    E: Into<BoxError>,
{
    type Output = Result<T, BoxError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Poll::Ready(result) = this.inner.poll(cx) {
            return Poll::Ready(result.map_err(Into::into));
        }
        loop {
            ready!(this.sleep.as_mut().poll(cx));
            let (phase, since) = this.progress.last();
            let limit = match phase {
                Phase::Sending | Phase::Producing => this.timeouts.idle,
                Phase::Waiting => this.timeouts.head,
                Phase::Answered => {
                    // The body's own limits hold from here on; look again rarely, in case nobody below has any.
                    this.sleep.as_mut().reset(later(Instant::now(), this.timeouts.head.max(this.timeouts.idle)));
                    continue;
                }
            };
            let due = later(since, limit);
            if due > Instant::now() {
                this.sleep.as_mut().reset(due);
                continue;
            }
            let seconds = limit.as_secs_f64();
            let failure = match phase {
                Phase::Sending => {
                    let message = format!("stalled: the server took nothing of the request for {seconds} s");
                    Failure::transient(ErrorKind::Stalled, Reach::Unknown, message)
                }
                Phase::Producing => {
                    let message = format!("stalled: what was to be sent did not come for {seconds} s");
                    Failure::permanent(ErrorKind::Stalled, Reach::Unknown, message)
                }
                _ => {
                    let message = format!("timed out: no answer began within {seconds} s of the request");
                    Failure::transient(ErrorKind::Timeout, Reach::Unknown, message)
                }
            };
            return Poll::Ready(Err(failure.into()));
        }
    }
}

/// A moment that far ahead; beyond what the clock can count it is one that never comes.
fn later(from: Instant, ahead: Duration) -> Instant {
    const NEVER: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);
    from.checked_add(ahead).unwrap_or_else(|| Instant::now() + NEVER)
}
