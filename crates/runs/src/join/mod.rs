//! The results of a part, brought into the order of its rows in bounded memory.
//!
//! ```text
//!  rows ──► sorted hashes of ids ──┐
//!  results, in any order ──────────┴──► spool ──► answers, one line a row
//! ```
//!
//! A row costs 25 bytes while its part is joined. Answers are the lines as they came.

mod index;
mod lines;
mod salvage;
mod spool;
#[cfg(test)]
mod tests;

pub(crate) use lines::{copy, missing, rewritten};

use futures_core::Stream;
use futures_util::{StreamExt as _, future};
use mistral_batch::{MissingResults, Outcome, ResultLine, UnreadableLine};
use mistral_models::BatchResult;
use mistral_transport::{Error, ErrorKind, Result};

use crate::blocking::blocking;
use crate::cut_off::is_cut_off;
use crate::digest::LinesDigest;
use crate::journal::Hold;
use crate::part::Part;
use crate::rows::{Rows, Source, changed, id_of, sent, sent_id};
use crate::whole::Whole;
use crate::{Class, Tally, Usage};
use index::Index;
use spool::{Place, Spool};

/// What came of the rows of a part.
#[derive(Debug, Default)]
pub(crate) struct Joined {
    pub(crate) tally: Tally,
    pub(crate) usage: Usage,
    /// What is wrong with the results as a whole, in words.
    pub(crate) remarks: Vec<String>,
}

/// How many results are taken in at once, at most, and how large they may be together, in bytes.
const CHUNK: usize = 512;
const CHUNK_BYTES: usize = 256 << 10;

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
    let mut joiner = blocking(move || Joiner::new(&of, &of_part)).await?;
    let mut results = std::pin::pin!(results.fuse());
    let mut chunk = gather(&mut results).await;
    while !chunk.is_empty() {
        let taking = blocking(move || {
            for line in chunk {
                joiner.take(line)?;
            }
            Ok(joiner)
        });
        // The next results are read while these are taken in.
        let (taken, next) = future::join(taking, gather(&mut results)).await;
        (joiner, chunk) = (taken?, next);
    }
    let (source, part) = (source.clone(), part.clone());
    blocking(move || {
        // As long as answers may still be put in their place.
        let _hold = hold;
        joiner.finish(&source, &part, &why_missing)
    })
    .await
}

/// The next results; none at the end.
async fn gather(results: &mut (impl Stream<Item = Result<ResultLine>> + Unpin)) -> Vec<Result<ResultLine>> {
    let (mut size, mut chunk) = (0, Vec::new());
    while chunk.len() < CHUNK && size < CHUNK_BYTES {
        let Some(next) = results.next().await else { break };
        size += size_of(&next);
        chunk.push(next);
    }
    chunk
}

struct Joiner {
    index: Index,
    places: Vec<Place>,
    classes: Vec<u8>,
    spool: Spool,
    line: Vec<u8>,
    /// Lines that cannot be read, as they came.
    unreadable: Vec<u8>,
    joined: Joined,
}

/// Bytes of unreadable lines that are kept of a part.
const KEPT_UNREADABLE: usize = 1 << 20;

impl Joiner {
    /// # Errors
    ///
    /// [`ErrorKind::InputChanged`] if the rows are not those that were sent: their results would all belong to nobody.
    fn new(source: &Source, part: &Part) -> Result<Self> {
        let mut index = Index::with_capacity(usize::try_from(part.rows).unwrap_or(0));
        let (mut rows, mut digest) = (Rows::of(source, part)?, LinesDigest::default());
        while let Some(row) = rows.next()? {
            digest.add(&sent(&row, source)?);
            index.add(&sent_id(&row)?);
        }
        if digest.finish() != part.digest {
            return Err(changed());
        }
        index.sort();
        let count = index.len();
        Ok(Self {
            index,
            places: vec![Place::NONE; count],
            classes: vec![Class::Missing.to_byte(); count],
            spool: Spool::create(&source.folder)?,
            line: Vec::new(),
            unreadable: Vec::new(),
            joined: Joined::default(),
        })
    }

    fn take(&mut self, line: Result<ResultLine>) -> Result<()> {
        match line {
            Ok(ResultLine { outcome: Outcome::Result(result), bytes, .. }) => self.result(&result, &bytes),
            Ok(ResultLine { outcome: Outcome::Unreadable(line), .. }) => {
                self.unreadable(&line);
                Ok(())
            }
            Err(error) => match missing_results(&error) {
                Some(missing) => {
                    self.joined.remarks.push(missing.to_string());
                    Ok(())
                }
                None => Err(error),
            },
        }
    }

    fn result(&mut self, result: &BatchResult, bytes: &[u8]) -> Result<()> {
        let Some(row) = result.custom_id.as_deref().and_then(|id| self.index.find(id)) else {
            self.joined.tally.strays += 1;
            return Ok(());
        };
        if !self.places[row].is_none() {
            self.joined.tally.doubled += 1;
            return Ok(());
        }
        if bytes.len() >= Spool::LONGEST {
            self.classes[row] = Class::Unreadable.to_byte();
            self.joined.remarks.push(format!("a result of {} bytes is too long to be kept", bytes.len()));
            return Ok(());
        }
        let body = result.body().map(|body| body.get()).unwrap_or_default();
        self.joined.usage += Usage::read(body).unwrap_or_default();
        lines::copy(bytes, &mut self.line);
        self.places[row] = self.spool.add(&self.line)?;
        self.classes[row] = Class::of(result, is_cut_off(body)).to_byte();
        Ok(())
    }

    fn unreadable(&mut self, line: &UnreadableLine) {
        let row = salvage::id(&line.bytes).and_then(|id| self.index.find(&id));
        match row.filter(|row| self.places[*row].is_none()) {
            Some(row) => self.classes[row] = Class::Unreadable.to_byte(),
            None => self.joined.tally.unreadable_lines += 1,
        }
        if self.joined.remarks.is_empty() {
            self.joined.remarks.push(told(line));
        }
        if self.unreadable.len() + line.bytes.len() <= KEPT_UNREADABLE {
            self.unreadable.extend_from_slice(&line.bytes);
            self.unreadable.push(b'\n');
        }
    }

    /// Writes one answer a row, in the order of the rows.
    fn finish(mut self, source: &Source, part: &Part, why_missing: &str) -> Result<Joined> {
        let (mut rows, folder) = (Rows::of(source, part)?, &source.folder);
        let mut answers = Whole::create(folder.join(part.answers()))?;
        let mut spool = self.spool.read()?;
        // The input is read once more only as far as rows without a result need their ids.
        let mut passed = 0;
        for (row, (place, class)) in self.places.iter().zip(&self.classes).enumerate() {
            if place.is_none() {
                let id = loop {
                    let found = rows.next()?.ok_or_else(changed)?;
                    passed += 1;
                    if passed > row {
                        break id_of(&found)?.into_owned();
                    }
                };
                let unreadable = *class == Class::Unreadable.to_byte();
                let why = if unreadable { "the result of this request cannot be read" } else { why_missing };
                missing(&id, why, &mut self.line)?;
            } else {
                spool.line(*place, &mut self.line)?;
            }
            self.joined.tally.count(Class::from_byte(*class).unwrap_or(Class::Missing));
            answers.write(&self.line)?;
        }
        answers.finish()?;
        let mut classes = Whole::create(folder.join(part.classes()))?;
        classes.write(&self.classes)?;
        classes.finish()?;
        if !self.unreadable.is_empty() {
            let mut kept = Whole::create(folder.join(part.unreadable()))?;
            kept.write(&self.unreadable)?;
            kept.finish()?;
        }
        Ok(self.joined)
    }
}

/// About how much memory a result takes.
fn size_of(line: &Result<ResultLine>) -> usize {
    line.as_ref().map_or(0, |line| line.bytes.len())
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
