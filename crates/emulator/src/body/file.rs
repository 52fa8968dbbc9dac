use std::fs::File;
use std::future::Future;
use std::io::{self, Read};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;

use crate::blocking::blocking;
use crate::store::Content;

/// Large enough that the trip to the blocking pool does not show, small enough that ten thousand downloads fit.
const BLOCK: u64 = 256 * 1024;

type Reading = Pin<Box<dyn Future<Output = io::Result<(File, Bytes)>> + Send>>;

/// A file on its way out, one block in memory at a time.
pub(super) struct FileBody {
    /// Keeps the file on disk until it is sent, even if it is deleted meanwhile.
    _content: Arc<Content>,
    left: u64,
    state: State,
}

enum State {
    Idle(File),
    Reading(Reading),
    Done,
}

impl std::fmt::Debug for FileBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileBody").field("left", &self.left).finish_non_exhaustive()
    }
}

impl FileBody {
    pub(super) fn open(content: Arc<Content>) -> io::Result<Self> {
        Ok(Self { left: content.bytes(), state: State::Idle(content.open()?), _content: content })
    }

    pub(super) fn left(&self) -> u64 {
        self.left
    }

    pub(super) fn poll_block(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        loop {
            match std::mem::replace(&mut self.state, State::Done) {
                State::Done => return Poll::Ready(None),
                State::Idle(_) if self.left == 0 => return Poll::Ready(None),
                State::Idle(file) => self.state = State::Reading(Box::pin(read(file, self.left.min(BLOCK)))),
                State::Reading(mut reading) => match reading.as_mut().poll(cx) {
                    Poll::Pending => {
                        self.state = State::Reading(reading);
                        return Poll::Pending;
                    }
                    Poll::Ready(Ok((file, block))) => {
                        self.left = self.left.saturating_sub(block.len() as u64);
                        self.state = State::Idle(file);
                        return Poll::Ready(Some(Ok(block)));
                    }
                    Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(error))),
                },
            }
        }
    }
}

async fn read(mut file: File, length: u64) -> io::Result<(File, Bytes)> {
    blocking(move || {
        let mut block = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
        file.read_exact(&mut block)?;
        Ok((file, block.into()))
    })
    .await?
}
