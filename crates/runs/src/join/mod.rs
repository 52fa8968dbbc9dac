//! The results of a part, brought into the order of its rows in bounded memory.
//!
//! ```text
//!  rows ──► sorted hashes of ids ──┐
//!  results, in any order ──────────┴──► spool ──► answers, one line a row
//! ```
//!
//! A row costs 30 bytes while its part is joined: 16 for its id, 9 for its answer, the rest for buffers. Answers are the
//! lines as they came.

mod handover;
mod index;
mod joiner;
mod lines;
mod salvage;
mod spool;
#[cfg(test)]
mod tests;

pub(crate) use lines::{copy, rewritten};

use futures_core::Stream;
use mistral_batch::{MissingResults, ResultLine, UnreadableLine};
use mistral_transport::{Error, ErrorKind, Result};

use crate::blocking::blocking;
use crate::journal::Hold;
use crate::part::Part;
use crate::rows::Source;
use crate::{Tally, Usage};
use handover::hand_over;
use joiner::{Joiner, Room};

/// What came of the rows of a part.
#[derive(Debug, Default)]
pub(crate) struct Joined {
    pub(crate) tally: Tally,
    pub(crate) usage: Usage,
    /// What is wrong with the results as a whole, in words.
    pub(crate) remarks: Vec<String>,
}

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
    // Allocators keep for each thread what it once had; there are many that may block, and only one that comes by here.
    let room = Room::for_rows(part.rows);
    let (of, of_part) = (source.clone(), part.clone());
    let joiner = blocking(move || Joiner::new(&of, &of_part, room)).await?;
    let (joiner, mut remarks) = hand_over(results, joiner).await?;
    let (source, part) = (source.clone(), part.clone());
    let joined = blocking(move || {
        // As long as answers may still be put in their place.
        let _hold = hold;
        joiner.finish(&source, &part, &why_missing)
    });
    let mut joined = joined.await?;
    joined.remarks.append(&mut remarks);
    Ok(joined)
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
