//! The results of a part, brought into the order of its rows in bounded memory.
//!
//! ```text
//!  rows ──► sorted hashes of ids ──┐
//!  results, in any order ──────────┴──► spool ──► answers, one line a row
//! ```
//!
//! A row costs 30 bytes while its part is joined: 16 of its id, 9 of its answer, the rest of buffers. Answers are the lines as they
//! came.

mod index;
mod joiner;
mod lines;
mod salvage;
mod spool;
#[cfg(test)]
mod tests;

pub(crate) use lines::{copy, rewritten};

use futures_core::Stream;
use futures_util::future::{self, BoxFuture, Either};
use futures_util::{FutureExt as _, StreamExt as _};
use mistral_batch::{MissingResults, ResultLine, UnreadableLine};
use mistral_transport::{Error, ErrorKind, Result};
use tokio::sync::mpsc;

use crate::blocking::blocking;
use crate::journal::Hold;
use crate::part::Part;
use crate::rows::Source;
use crate::{Tally, Usage};
use joiner::Joiner;

/// What came of the rows of a part.
#[derive(Debug, Default)]
pub(crate) struct Joined {
    pub(crate) tally: Tally,
    pub(crate) usage: Usage,
    /// What is wrong with the results as a whole, in words.
    pub(crate) remarks: Vec<String>,
}

/// How many results are handed over at once, at most, and how large they may be together, in bytes.
const CHUNK: usize = 256;
const CHUNK_BYTES: usize = 128 << 10;
/// How many chunks wait to be taken in, as it costs to wake a thread for each.
const AHEAD: usize = 6;

/// Takes in all results of a part, and writes the answers and the classes of its rows.
///
/// # Errors
///
/// What ends the results early, but for results that are missing for good: those are counted.
pub(crate) async fn join(
    source: &Source,
    part: &Part,
    results: impl Stream<Item = Result<ResultLine>>,
    why_missing: String,
    hold: Option<Hold>,
) -> Result<Joined> {
    let (of, of_part) = (source.clone(), part.clone());
    let joiner = blocking(move || Joiner::new(&of, &of_part)).await?;
    let (sender, chunks) = mpsc::channel(AHEAD);
    let (used, mut given_back) = mpsc::unbounded_channel();
    // Results are read while those before them are taken in.
    let mut taking = take(joiner, Chunks { chunks, used });
    let mut results = std::pin::pin!(results.fuse());
    let mut remarks = Vec::new();
    loop {
        let chunk = gather(&mut results, &mut remarks).await?;
        if chunk.is_empty() {
            break;
        }
        let mut room = std::pin::pin!(sender.reserve());
        let room = loop {
            match future::select(room.as_mut(), &mut taking).await {
                Either::Left((room, _)) => break room,
                Either::Right((taken, _)) => taking = taken.map(|(joiner, chunks)| take(joiner, chunks))?,
            }
        };
        if let Ok(room) = room {
            room.send(chunk);
        }
        while let Ok(used) = given_back.try_recv() {
            drop(used);
        }
    }
    let (mut joiner, mut chunks) = taking.await?;
    let (source, part) = (source.clone(), part.clone());
    let joined = blocking(move || {
        // As long as answers may still be put in their place.
        let _hold = hold;
        joiner.take(&mut chunks)?;
        joiner.finish(&source, &part, &why_missing)
    });
    let mut joined = joined.await?;
    joined.remarks.append(&mut remarks);
    Ok(joined)
}

/// Results that are handed over, and the way back: they are freed by the thread that made them, since two threads that do that
/// to the same memory wait for each other.
struct Chunks {
    chunks: mpsc::Receiver<Vec<ResultLine>>,
    used: mpsc::UnboundedSender<Vec<ResultLine>>,
}

/// Takes in what is there. It ends when nothing is left: while a thread waits, no paused clock goes on, and tests have one.
fn take(mut joiner: Joiner, mut chunks: Chunks) -> BoxFuture<'static, Result<(Joiner, Chunks)>> {
    blocking(move || {
        joiner.take(&mut chunks)?;
        Ok((joiner, chunks))
    })
    .boxed()
}

/// The next results; none at the end. That some are missing for good is a remark.
async fn gather(
    results: &mut (impl Stream<Item = Result<ResultLine>> + Unpin),
    remarks: &mut Vec<String>,
) -> Result<Vec<ResultLine>> {
    let (mut size, mut chunk) = (0, Vec::new());
    while chunk.len() < CHUNK && size < CHUNK_BYTES {
        match results.next().await {
            Some(Ok(line)) => {
                size += line.bytes.len();
                chunk.push(line);
            }
            Some(Err(error)) => match missing_results(&error) {
                Some(missing) => remarks.push(missing.to_string()),
                None => return Err(error),
            },
            None => break,
        }
    }
    Ok(chunk)
}

/// A line that cannot be read, in words.
pub(crate) fn told(line: &UnreadableLine) -> String {
    let file = line.file.as_ref().map(|file| format!(" of file {file}")).unwrap_or_default();
    format!("line {}{file} of the results cannot be read: {}", line.line, line.reason)
}

/// The error that says that all results there are were given, and that they are too few.
pub(crate) fn missing_results(error: &Error) -> Option<&MissingResults> {
    if error.kind() != ErrorKind::Integrity {
        return None;
    }
    std::error::Error::source(error)?.downcast_ref()
}
