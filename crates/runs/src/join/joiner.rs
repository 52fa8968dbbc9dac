use std::borrow::Cow;

use mistral_batch::{Outcome, ResultLine, UnreadableLine};
use mistral_models::BatchResult;
use mistral_transport::Result;

use super::handover::Taker;
use super::index::Index;
use super::spool::{Buffers, Place, Spool};
use super::{Joined, lines, salvage, told};
use crate::cut_off::is_cut_off;
use crate::digest::LinesDigest;
use crate::part::Part;
use crate::rows::{Rows, Source, changed, id_of, sent, sent_id};
use crate::whole::Whole;
use crate::{Class, Usage};

/// Puts the results of a part in their places.
pub(super) struct Joiner {
    index: Index,
    places: Vec<Place>,
    classes: Vec<u8>,
    spool: Spool,
    /// The rows of the results at hand.
    rows: Vec<Option<usize>>,
    line: Vec<u8>,
    /// Lines that cannot be read, as they came.
    unreadable: Vec<u8>,
    joined: Joined,
}

/// The memory of a join.
pub(super) struct Room {
    index: Index,
    places: Vec<Place>,
    classes: Vec<u8>,
    buffers: Buffers,
}

impl Room {
    pub(super) fn for_rows(rows: u64) -> Self {
        // As many as a job takes; more is asked for when it is needed.
        let rows = usize::try_from(rows).map_or(1 << 20, |rows| rows.min(1 << 20));
        Self {
            index: Index::with_capacity(rows),
            places: Vec::with_capacity(rows),
            classes: Vec::with_capacity(rows),
            buffers: Buffers::for_rows(rows),
        }
    }
}

/// Bytes of unreadable lines that are kept of a part.
const KEPT_UNREADABLE: usize = 1 << 20;

impl Taker for Joiner {
    fn take(&mut self, lines: &[ResultLine]) -> Result<()> {
        let mut rows = std::mem::take(&mut self.rows);
        self.index.find(lines.iter().map(custom_id), &mut rows);
        for (line, row) in lines.iter().zip(&rows) {
            match &line.outcome {
                Outcome::Result(result) => self.result(*row, result, &line.bytes)?,
                Outcome::Unreadable(line) => self.unreadable(*row, line),
            }
        }
        self.rows = rows;
        Ok(())
    }
}

impl Joiner {
    /// # Errors
    ///
    /// [`ErrorKind::InputChanged`] if the rows are not those that were sent: their results would all belong to nobody.
    pub(super) fn new(source: &Source, part: &Part, room: Room) -> Result<Self> {
        let Room { mut index, mut places, mut classes, buffers } = room;
        let (mut rows, mut digest) = (Rows::of(source, part)?, LinesDigest::default());
        while let Some(row) = rows.next()? {
            digest.add(&sent(&row, source)?);
            index.add(&sent_id(&row));
        }
        if digest.finish() != part.digest {
            return Err(changed());
        }
        index.sort();
        let count = index.len();
        places.resize(count, Place::NONE);
        classes.resize(count, Class::Missing.to_byte());
        Ok(Self {
            index,
            places,
            classes,
            spool: Spool::create(&source.folder, count, buffers)?,
            rows: Vec::new(),
            line: Vec::new(),
            unreadable: Vec::new(),
            joined: Joined::default(),
        })
    }

    fn result(&mut self, row: Option<usize>, result: &BatchResult, bytes: &[u8]) -> Result<()> {
        let Some(row) = row else {
            self.joined.tally.strays += 1;
            return Ok(());
        };
        if self.has_result(row) {
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
        self.places[row] = self.spool.add(row, &self.line)?;
        self.classes[row] = Class::of(result, is_cut_off(body)).to_byte();
        Ok(())
    }

    fn unreadable(&mut self, row: Option<usize>, line: &UnreadableLine) {
        match row.filter(|row| !self.has_result(*row)) {
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

    fn has_result(&self, row: usize) -> bool {
        // Classes are small enough to be near.
        self.classes[row] != Class::Missing.to_byte() && !self.places[row].is_none()
    }

    /// Writes one answer a row, in the order of the rows.
    pub(super) fn finish(mut self, source: &Source, part: &Part, why_missing: &str) -> Result<Joined> {
        let (mut rows, folder) = (Rows::of(source, part)?, &source.folder);
        let mut answers = Whole::create(folder.join(part.answers()))?;
        let mut spool = self.spool.read();
        drop(self.index);
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
                lines::missing(&id, why, &mut self.line)?;
                answers.write(&self.line)?;
            } else {
                answers.write(spool.line(row, *place)?)?;
            }
            self.joined.tally.count(Class::from_byte(*class).unwrap_or(Class::Missing));
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

/// The id of a result, or what can be made out of it.
fn custom_id(line: &ResultLine) -> Option<Cow<'_, str>> {
    match &line.outcome {
        Outcome::Result(result) => result.custom_id.as_deref().map(Cow::Borrowed),
        Outcome::Unreadable(line) => salvage::id(&line.bytes).map(Cow::Owned),
    }
}
