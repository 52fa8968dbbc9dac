use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Buf;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep};
use tower::BoxError;

use crate::ErrorKind;
use crate::failure::{Failure, Reach};

/// How slowly a body may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pace {
    /// The longest silence. Default 30 s.
    pub idle: Duration,
    /// How long the rate may stay below [`floor`](Self::floor). Default 60 s.
    pub window: Duration,
    /// The lowest rate, in bytes a second over a whole window. Default 1024.
    pub floor: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { idle: Duration::from_secs(30), window: Duration::from_secs(60), floor: 1024 }
    }
}

impl Pace {
    /// The longest silence.
    #[must_use]
    pub fn idle(mut self, limit: Duration) -> Self {
        self.idle = limit;
        self
    }

    /// How long the rate may stay below the floor.
    #[must_use]
    pub fn window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// The lowest rate over a whole window.
    #[must_use]
    pub fn floor(mut self, bytes_per_second: u64) -> Self {
        self.floor = bytes_per_second;
        self
    }
}

pin_project! {
    /// A body that fails when its bytes come too slowly, however long it takes in all.
    ///
    /// Time counts only while somebody waits for the next piece: a reader that takes its time is not the server's fault.
    #[derive(Debug)]
    pub struct Paced<B> {
        #[pin]
        body: B,
        pace: Pace,
        #[pin]
        sleep: Option<Sleep>,
        waiting_since: Option<Instant>,
        waited: Duration,
        received: u64,
    }
}

impl<B> Paced<B> {
    /// The body, held to this pace.
    pub fn new(body: B, pace: Pace) -> Self {
        Self { body, pace, sleep: None, waiting_since: None, waited: Duration::ZERO, received: 0 }
    }
}

impl<B> Body for Paced<B>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    type Data = B::Data;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, BoxError>>> {
        let mut this = self.project();
        if let Poll::Ready(frame) = this.body.poll_frame(cx) {
            if let Some(since) = this.waiting_since.take() {
                // Beyond the longest silence it was the reader who did not come back.
                let waited = since.elapsed();
                *this.waited += if waited <= this.pace.idle { waited } else { Duration::ZERO };
                this.sleep.set(None);
            }
            if let Some(Ok(frame)) = &frame {
                *this.received += frame.data_ref().map_or(0, |data| data.remaining() as u64);
            }
            if *this.waited >= this.pace.window {
                let least = this.pace.floor.saturating_mul(this.pace.window.as_secs());
                if *this.received < least && frame.is_some() {
                    return Poll::Ready(Some(Err(too_slow(this.pace, *this.received, *this.waited).into())));
                }
                *this.waited = Duration::ZERO;
                *this.received = 0;
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        if this.waiting_since.is_none() {
            *this.waiting_since = Some(Instant::now());
            this.sleep.set(Some(tokio::time::sleep(this.pace.idle)));
        }
        let Some(mut sleep) = this.sleep.as_mut().as_pin_mut() else { return Poll::Pending };
        if sleep.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        // Woken by the timer the reader comes at once; one that comes later gives the body a fresh chance.
        const LATE: Duration = Duration::from_secs(1);
        if sleep.deadline() + LATE < Instant::now() {
            *this.waiting_since = Some(Instant::now());
            sleep.as_mut().reset(Instant::now() + this.pace.idle);
            if sleep.poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
        let message = format!("stalled: not a byte came for {} s", this.pace.idle.as_secs_f64());
        Poll::Ready(Some(Err(Failure::transient(ErrorKind::Stalled, Reach::Unknown, message).into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn too_slow(pace: &Pace, received: u64, waited: Duration) -> Failure {
    let message = format!(
        "stalled: {received} bytes in {:.0} s is slower than {} bytes a second",
        waited.as_secs_f64(),
        pace.floor,
    );
    Failure::transient(ErrorKind::Stalled, Reach::Unknown, message)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use bytes::Bytes;
    use futures_util::{StreamExt as _, stream};
    use http_body_util::{BodyExt as _, StreamBody};

    use super::*;

    /// `count` pieces of `size` bytes, `gap` seconds apart.
    async fn read(count: usize, size: usize, gap: u64) -> (Result<usize, BoxError>, Duration) {
        let started = Instant::now();
        let pieces = stream::iter(0..count).then(move |_| async move {
            tokio::time::sleep(Duration::from_secs(gap)).await;
            Ok::<_, Infallible>(Frame::data(Bytes::from(vec![b'x'; size])))
        });
        let read = Paced::new(StreamBody::new(pieces), Pace::default()).collect().await;
        (read.map(|body| body.to_bytes().len()), started.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn an_honest_slow_download_completes() {
        let (read, elapsed) = read(1_000, 64 * 1024, 1).await;
        assert_eq!(read.unwrap(), 64_000 * 1024);
        assert_eq!(elapsed, Duration::from_secs(1_000));
    }

    #[tokio::test(start_paused = true)]
    async fn silence_ends_at_the_idle_limit() {
        let (read, elapsed) = read(2, 1, 31).await;
        assert_eq!(Failure::find(&*read.unwrap_err()).map(Failure::kind), Some(ErrorKind::Stalled));
        assert_eq!(elapsed, Duration::from_secs(30));
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_reader_is_not_the_servers_fault() {
        let pieces = stream::iter(0..3).then(|_| async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"x")))
        });
        let mut body = Box::pin(Paced::new(StreamBody::new(pieces), Pace::default()));
        for _ in 0..3 {
            assert!(futures_util::FutureExt::now_or_never(body.frame()).is_none());
            tokio::time::sleep(Duration::from_secs(300)).await;
            body.frame().await.unwrap().unwrap();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_trickle_ends_on_the_floor() {
        let (read, elapsed) = read(1_000, 1, 10).await;
        assert_eq!(Failure::find(&*read.unwrap_err()).map(Failure::kind), Some(ErrorKind::Stalled));
        assert_eq!(elapsed, Duration::from_secs(60));
    }
}
