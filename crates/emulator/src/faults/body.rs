use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body::{Body as _, Frame, SizeHint};
use tokio::time::Sleep;

use super::gzip::Gzip;
use super::table::Playing;
use super::wire::Wire;
use crate::Body;

/// A body that does not travel as it should.
#[derive(Debug)]
pub(crate) struct FaultyBody {
    source: Source,
    /// A piece that is too long for what may be sent at once.
    left: Bytes,
    sent: u64,
    trouble: Trouble,
    sleep: Option<Pin<Box<Sleep>>>,
    length: Option<u64>,
    playing: Arc<Playing>,
}

#[derive(Debug)]
enum Source {
    Body(Box<Body>),
    Gzip(Box<Body>, Gzip),
    /// After the body, this for ever.
    Endless(Box<Body>, Bytes),
    Ended,
}

/// What happens on the way.
#[derive(Debug)]
pub(super) enum Trouble {
    None,
    /// The connection ends after so many bytes; the second step is to break it, once what is sent is on its way.
    Cut {
        after: u64,
        wire: Wire,
        reset: bool,
        flushed: bool,
    },
    /// The body ends after so many bytes.
    End {
        after: u64,
    },
    Stall {
        after: u64,
        time: Option<Duration>,
    },
    Slow {
        bytes: u64,
        every: Duration,
    },
}

impl FaultyBody {
    /// The body with this trouble on its way; `length` is what it announces.
    pub(super) fn new(body: Body, trouble: Trouble, length: Option<u64>, playing: Arc<Playing>) -> Self {
        let source = Source::Body(Box::new(body));
        Self { source, left: Bytes::new(), sent: 0, trouble, sleep: None, length, playing }
    }

    /// The body as gzip.
    pub(super) fn gzip(body: Body, playing: Arc<Playing>) -> Self {
        let source = Source::Gzip(Box::new(body), Gzip::new());
        Self { source, ..Self::new(Body::from(String::new()), Trouble::None, None, playing) }
    }

    /// The body, and then `text` again and again.
    pub(super) fn endless(body: Body, text: &str, playing: Arc<Playing>) -> Self {
        /// Enough at once that speed is not what bounds it.
        const BLOCK: usize = 16 * 1024;
        let mut block = BytesMut::new();
        while block.len() < BLOCK && !text.is_empty() {
            block.extend_from_slice(text.as_bytes());
        }
        let source = Source::Endless(Box::new(body), block.freeze());
        Self { source, ..Self::new(Body::from(String::new()), Trouble::None, None, playing) }
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let mut most = usize::MAX;
        match &mut self.trouble {
            Trouble::None => {}
            Trouble::Slow { bytes, every } => {
                most = usize::try_from(*bytes).unwrap_or(usize::MAX);
                if self.sleep.is_none() && self.length != Some(self.sent) {
                    self.sleep = Some(Box::pin(tokio::time::sleep(*every)));
                }
                if let Some(sleep) = &mut self.sleep {
                    ready!(sleep.as_mut().poll(cx));
                    self.playing.delivered();
                }
            }
            Trouble::Cut { after, .. } | Trouble::End { after } | Trouble::Stall { after, .. } => {
                let room = after.saturating_sub(self.sent);
                if room == 0 {
                    ready!(self.meet(cx))?;
                    if matches!(self.trouble, Trouble::End { .. }) {
                        return Poll::Ready(None);
                    }
                } else {
                    most = usize::try_from(room).unwrap_or(usize::MAX);
                }
            }
        }
        if self.left.is_empty() {
            match ready!(self.source.poll(cx)) {
                Some(Ok(piece)) => self.left = piece,
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
        let piece = self.left.split_to(most.min(self.left.len()));
        self.sent += piece.len() as u64;
        self.sleep = None;
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    /// The trouble is here.
    fn meet(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.trouble {
            Trouble::Cut { flushed, .. } if !*flushed => {
                *flushed = true;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Trouble::Cut { wire, reset, .. } => {
                self.playing.delivered();
                return Poll::Ready(Err(if *reset { wire.reset() } else { wire.close() }));
            }
            Trouble::Stall { time, .. } => {
                self.playing.delivered();
                let Some(time) = *time else { return Poll::Pending };
                let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep(time)));
                ready!(sleep.as_mut().poll(cx));
                self.trouble = Trouble::None;
            }
            Trouble::End { .. } => self.playing.delivered(),
            Trouble::None | Trouble::Slow { .. } => {}
        }
        Poll::Ready(Ok(()))
    }

    pub(crate) fn size_hint(&self) -> SizeHint {
        self.length.map_or_else(SizeHint::default, |length| SizeHint::with_exact(length.saturating_sub(self.sent)))
    }
}

impl Source {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let piece = match self {
            Self::Ended => return Poll::Ready(None),
            Self::Body(body) | Self::Gzip(body, _) | Self::Endless(body, _) => {
                loop {
                    match ready!(Pin::new(&mut **body).poll_frame(cx)).transpose()?.map(Frame::into_data) {
                        Some(Ok(piece)) => break Some(piece),
                        // The emulator has no trailers.
                        Some(Err(_)) => {}
                        None => break None,
                    }
                }
            }
        };
        Poll::Ready(match (self, piece) {
            (Self::Gzip(_, gzip), Some(piece)) => Some(Ok(gzip.piece(&piece))),
            (this @ Self::Gzip(..), None) => match std::mem::replace(this, Self::Ended) {
                Self::Gzip(_, mut gzip) => Some(Ok(gzip.end())),
                _ => None,
            },
            (Self::Endless(_, block), None) if !block.is_empty() => Some(Ok(block.clone())),
            (_, piece) => piece.map(Ok),
        })
    }
}
