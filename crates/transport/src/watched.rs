//! A request body whose progress can be followed.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Buf as _;
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

/// Where an attempt stands. It never goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// The request's body is on its way, and its next piece at hand.
    Sending = 0,
    /// The next piece of the request's body is not there yet.
    Producing = 1,
    /// The whole request is sent; the head of the answer is due.
    Waiting = 2,
    /// The head is here; the body of the answer has limits of its own.
    Answered = 3,
}

impl Progress {
    pub(crate) fn new(phase: Phase) -> Self {
        Self(Arc::new(State { started: Instant::now(), mark: AtomicU64::new(phase as u64) }))
    }

    pub(crate) fn mark(&self, phase: Phase) {
        let elapsed = u64::try_from(self.0.started.elapsed().as_millis()).unwrap_or(u64::MAX >> 2);
        let mark = (elapsed << 2) | phase as u64;
        // The answer may come before the request is sent; nothing that is sent later makes it unsaid.
        let forward = |last: u64| (last & 3 != Phase::Answered as u64).then_some(mark);
        let _ = self.0.mark.fetch_update(Ordering::Relaxed, Ordering::Relaxed, forward);
    }

    /// Whether some of the request's body is still to be sent.
    #[cfg(feature = "client")]
    pub(crate) fn is_sending(&self) -> bool {
        self.last().0 < Phase::Waiting
    }

    /// The phase, and the moment it was last heard of.
    pub(crate) fn last(&self) -> (Phase, Instant) {
        let mark = self.0.mark.load(Ordering::Relaxed);
        let phase = match mark & 3 {
            0 => Phase::Sending,
            1 => Phase::Producing,
            2 => Phase::Waiting,
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
        left: Option<u64>,
    }
}

impl<B: Body> Watched<B> {
    pub(crate) fn new(body: B, progress: Option<Progress>) -> Self {
        let left = body.size_hint().exact();
        Self { body, progress, left }
    }
}

impl<B> Watched<B> {
    /// The body inside, for a client that takes only that. The request counts as sent from here on.
    pub fn into_inner(self) -> B {
        if let Some(progress) = &self.progress {
            progress.mark(Phase::Waiting);
        }
        self.body
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
        let polled = this.body.as_mut().poll_frame(cx);
        let Some(progress) = this.progress else { return polled };
        let Poll::Ready(frame) = polled else {
            progress.mark(Phase::Producing);
            return Poll::Pending;
        };
        if let (Some(left), Some(Ok(frame))) = (&mut this.left, &frame) {
            *left = left.saturating_sub(frame.data_ref().map_or(0, |data| data.remaining() as u64));
        }
        // Clients do not ask for the end of a body whose length they know.
        let sent = frame.is_none() || *this.left == Some(0) || this.body.is_end_stream();
        progress.mark(if sent { Phase::Waiting } else { Phase::Sending });
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
