//! The way of results from where they are read to a thread that takes them in.

use std::pin::pin;
use std::sync::Arc;

use futures_core::Stream;
use futures_util::future::{self, BoxFuture, Either};
use futures_util::{FutureExt as _, StreamExt as _};
use mistral_batch::ResultLine;
use mistral_transport::Result;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::missing_results;
use crate::blocking::blocking;

/// Takes results in, on a thread that may block.
pub(super) trait Taker: Send + 'static {
    fn take(&mut self, lines: &[ResultLine]) -> Result<()>;
}

/// How many results are handed over at once, at most, and how large they may be together before there is no further one, in
/// bytes.
const CHUNK: usize = 256;
const CHUNK_BYTES: usize = 128 << 10;
/// How much waits to be taken in, in KiB of lines. It costs as much again, for what was read of them.
const AHEAD: u32 = 768;
/// Chunks of fewer lines have long ones.
const MANY: usize = 16;

struct Chunk {
    lines: Vec<ResultLine>,
    /// The place it takes up.
    room: OwnedSemaphorePermit,
}

/// What the thread works with.
struct Work<T> {
    taker: T,
    chunks: mpsc::UnboundedReceiver<Chunk>,
    used: mpsc::UnboundedSender<Vec<ResultLine>>,
}

/// Hands all results over, and gives back who took them and what is to be said of them as a whole: that some are missing for
/// good is no error.
///
/// Results are read while those before them are taken in. The thread is woken when there is no more room, and not for each
/// chunk: that would cost more than the work. It ends whenever nothing is left, as threads that may block are for all to use.
pub(super) async fn hand_over<T: Taker>(
    results: impl Stream<Item = Result<ResultLine>>,
    taker: T,
) -> Result<(T, Vec<String>)> {
    let room = Arc::new(Semaphore::new(AHEAD as usize));
    let (sender, chunks) = mpsc::unbounded_channel();
    let (used, mut given_back) = mpsc::unbounded_channel();
    let mut taking = take(Work { taker, chunks, used });
    let (mut results, mut remarks) = (pin!(results.fuse()), Vec::new());
    loop {
        let (lines, bytes) = gather(&mut results, &mut remarks).await?;
        if lines.is_empty() {
            break;
        }
        let size = u32::try_from(bytes >> 10).unwrap_or(AHEAD).saturating_add(1).min(AHEAD);
        let mut room = pin!(room.clone().acquire_many_owned(size));
        let room = loop {
            match future::select(room.as_mut(), &mut taking).await {
                Either::Left((room, _)) => break room,
                Either::Right((work, _)) => taking = take(work?),
            }
        };
        // Where nobody takes them any more, the thread has failed.
        if !room.is_ok_and(|room| sender.send(Chunk { lines, room }).is_ok()) {
            break;
        }
        while let Ok(lines) = given_back.try_recv() {
            drop(lines);
        }
    }
    let work = take(taking.await?).await?;
    Ok((work.taker, remarks))
}

/// Takes in what is there.
fn take<T: Taker>(mut work: Work<T>) -> BoxFuture<'static, Result<Work<T>>> {
    let taken = blocking(move || {
        while let Ok(Chunk { lines, room }) = work.chunks.try_recv() {
            work.taker.take(&lines)?;
            drop(room);
            // Many small things are freed by the thread that made them: two threads at one heap wait for each other.
            if lines.len() >= MANY {
                let _ = work.used.send(lines);
            }
        }
        Ok(work)
    });
    taken.boxed()
}

/// The next results and how many bytes they are; none at the end.
async fn gather(
    results: &mut (impl Stream<Item = Result<ResultLine>> + Unpin),
    remarks: &mut Vec<String>,
) -> Result<(Vec<ResultLine>, usize)> {
    let (mut lines, mut bytes) = (Vec::new(), 0);
    while lines.len() < CHUNK && bytes < CHUNK_BYTES {
        match results.next().await {
            Some(Ok(line)) => {
                bytes += line.bytes.len() + size_of::<ResultLine>();
                lines.push(line);
            }
            Some(Err(error)) => match missing_results(&error) {
                Some(missing) => remarks.push(missing.to_string()),
                None => return Err(error),
            },
            None => break,
        }
    }
    Ok((lines, bytes))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use bytes::Bytes;
    use futures_util::stream;
    use mistral_batch::Outcome;
    use mistral_models::BatchResult;
    use mistral_transport::{Error, ErrorKind};

    use super::*;

    #[derive(Default)]
    struct Noted {
        lengths: Vec<usize>,
        fails_at: Option<usize>,
    }

    impl Taker for Noted {
        fn take(&mut self, lines: &[ResultLine]) -> Result<()> {
            self.lengths.extend(lines.iter().map(|line| line.bytes.len()));
            match self.fails_at {
                Some(at) if self.lengths.len() > at => Err(Error::new(ErrorKind::LocalIo, "the disk is full")),
                _ => Ok(()),
            }
        }
    }

    fn line(length: usize) -> Result<ResultLine> {
        Ok(ResultLine::new(Outcome::Result(BatchResult::default()), vec![b'x'; length]))
    }

    #[tokio::test]
    async fn every_result_arrives_once_and_in_its_turn() {
        let lengths: Vec<_> = (0..20_000).map(|at| at % 977).collect();
        let results = stream::iter(lengths.clone()).map(line).then(async |line| {
            // Now and then there is nothing to be read for a while.
            if line.as_ref().is_ok_and(|line| line.bytes.len() == 500) {
                tokio::task::yield_now().await;
            }
            line
        });
        let (noted, remarks) = hand_over(results, Noted::default()).await.unwrap();
        assert_eq!((noted.lengths, remarks), (lengths, vec![]));
    }

    #[tokio::test]
    async fn whoever_cannot_take_them_ends_the_reading() {
        let read = AtomicUsize::new(0);
        let results = stream::repeat_with(|| {
            read.fetch_add(1, Ordering::Relaxed);
            line(1000)
        });
        let taker = Noted { fails_at: Some(3000), ..Noted::default() };
        let error = hand_over(results, taker).await.err().unwrap();
        assert_eq!((error.kind(), error.to_string().contains("the disk is full")), (ErrorKind::LocalIo, true));
        assert!(read.into_inner() < 6000);
    }

    #[tokio::test]
    async fn long_lines_are_not_read_far_ahead() {
        static ALIVE: AtomicUsize = AtomicUsize::new(0);
        struct Long(Vec<u8>);
        impl AsRef<[u8]> for Long {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }
        impl Drop for Long {
            fn drop(&mut self) {
                ALIVE.fetch_sub(1, Ordering::SeqCst);
            }
        }
        let mut most = 0;
        let results = stream::iter(0..40).map(|_| {
            most = most.max(ALIVE.fetch_add(1, Ordering::SeqCst) + 1);
            let bytes = Bytes::from_owner(Long(vec![b'x'; 1 << 20]));
            Ok(ResultLine::new(Outcome::Result(BatchResult::default()), bytes))
        });
        let (noted, _) = hand_over(results, Noted::default()).await.unwrap();
        assert_eq!(noted.lengths, [1 << 20; 40]);
        assert_eq!(ALIVE.load(Ordering::SeqCst), 0);
        assert!((2..=3).contains(&most), "{most} at once");
    }
}
