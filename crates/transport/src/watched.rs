//! A request body whose progress can be followed.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tokio::time::Instant;

/// How far an attempt has come; shared by the attempt timeout, the body it watches, and the layer that reads the answer.
#[derive(Debug, Clone)]
pub(crate) struct Progress(Arc<State>);

#[derive(Debug)]
struct State {
    started: Instant,
    /// Milliseconds from `started` to the last sign of life, shifted left by two; the phase in the two lowest bits.
    mark: AtomicU64,
}

/// Where an attempt stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The request's body is on its way.
    Sending = 0,
    /// The whole request is sent; the head of the answer is due.
    Waiting = 1,
    /// The head is here; the body of the answer has limits of its own.
    Answered = 2,
}

impl Progress {
    pub(crate) fn new(phase: Phase) -> Self {
        Self(Arc::new(State { started: Instant::now(), mark: AtomicU64::new(phase as u64) }))
    }

    pub(crate) fn mark(&self, phase: Phase) {
        let elapsed = u64::try_from(self.0.started.elapsed().as_millis()).unwrap_or(u64::MAX >> 2);
        self.0.mark.store(elapsed << 2 | phase as u64, Ordering::Relaxed);
    }

    /// The phase, and the moment it was last heard of.
    pub(crate) fn last(&self) -> (Phase, Instant) {
        let mark = self.0.mark.load(Ordering::Relaxed);
        let phase = match mark & 3 {
            0 => Phase::Sending,
            1 => Phase::Waiting,
            _ => Phase::Answered,
        };
        (phase, self.0.started + Duration::from_millis(mark >> 2))
    }
}

pin_project! {
    /// A request body that tells the attempt timeout whenever a piece of it is taken.
    ///
    /// [`AttemptTimeout`](crate::layers::AttemptTimeout) makes it. It is a body like the one inside.
    #[derive(Debug)]
    pub struct Watched<B> {
        #[pin]
        body: B,
        progress: Option<Progress>,
    }
}

impl<B> Watched<B> {
    pub(crate) fn new(body: B, progress: Option<Progress>) -> Self {
        Self { body, progress }
    }

    /// The body inside, if nobody follows its progress.
    pub(crate) fn into_unwatched(self) -> Result<B, Self> {
        match self.progress {
            None => Ok(self.body),
            Some(_) => Err(self),
        }
    }
}

impl<B: Body> Body for Watched<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let frame = ready!(this.body.as_mut().poll_frame(cx));
        if let Some(progress) = this.progress {
            let sent = frame.is_none() || this.body.is_end_stream();
            progress.mark(if sent { Phase::Waiting } else { Phase::Sending });
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
