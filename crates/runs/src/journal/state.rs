use mistral_models::{BatchJobId, FileId, UnixTime};

use super::record::{Begun, Collected, Record};
use crate::part::Part;
use crate::{Money, Report};

/// What the records say, taken together.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) begun: Begun,
    /// The parts of all rounds, by their numbers.
    pub(crate) parts: Vec<PartState>,
    pub(crate) rounds: u32,
    /// What each round costs at most, if that is known.
    pub(crate) at_most: Vec<Option<Money>>,
    pub(crate) cancelled: bool,
    pub(crate) done: Option<Report>,
    /// The output was written once.
    pub(crate) wrote: bool,
    pub(crate) cleaned: bool,
}

/// How far a part is.
#[derive(Debug, Clone)]
pub(crate) struct PartState {
    pub(crate) part: Part,
    pub(crate) file: Option<FileId>,
    pub(crate) creation: Option<Creation>,
    pub(crate) job: Option<BatchJobId>,
    pub(crate) collected: Option<Collected>,
}

/// A job that may have been created.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Creation {
    pub(crate) marker: String,
    pub(crate) at: UnixTime,
}

impl State {
    /// The state after these records.
    ///
    /// # Errors
    ///
    /// What makes no sense.
    pub(super) fn replay(records: Vec<Record>) -> Result<Self, String> {
        let mut records = records.into_iter();
        let Some(Record::Begun(begun)) = records.next() else {
            return Err("it does not begin with the beginning of a run".to_owned());
        };
        if begun.version > Begun::VERSION {
            return Err(format!(
                "it is of version {}, and this program reads version {} at most; use a newer one",
                begun.version,
                Begun::VERSION
            ));
        }
        let mut state = Self {
            begun: *begun,
            parts: Vec::new(),
            rounds: 0,
            at_most: Vec::new(),
            cancelled: false,
            done: None,
            wrote: false,
            cleaned: false,
        };
        records.try_for_each(|record| state.apply(record))?;
        Ok(state)
    }

    /// Whether a record can follow.
    ///
    /// # Errors
    ///
    /// Why it makes no sense.
    pub(super) fn check(&self, record: &Record) -> Result<(), String> {
        match record {
            Record::Begun(_) => return Err("it begins twice".to_owned()),
            Record::Planned { round, parts, .. }
                if *round != self.rounds
                    || parts.iter().zip(self.parts.len()..).any(|(part, at)| part.number != at) =>
            {
                return Err(format!("round {round} is not the next"));
            }
            _ => {}
        }
        match record.part() {
            Some(number) if number >= self.parts.len() => Err(format!("there is no part {number}")),
            _ => Ok(()),
        }
    }

    /// Takes in a record.
    pub(super) fn apply(&mut self, record: Record) -> Result<(), String> {
        self.check(&record)?;
        match record {
            Record::Begun(_) => {}
            Record::Planned { round: _, parts, at_most, asked_for } => {
                self.rounds += 1;
                self.at_most.push(at_most);
                self.done = None;
                self.cancelled &= !asked_for;
                self.parts.extend(parts.into_iter().map(PartState::new));
            }
            Record::Uploaded { part, file } => self.part(part)?.file = Some(file),
            // The first attempt tells from when on the job may be.
            Record::Creating { part, marker, at } => {
                self.part(part)?.creation.get_or_insert(Creation { marker, at });
            }
            Record::Created { part, job } => self.part(part)?.job = Some(job),
            Record::Collected(collected) => {
                let part = self.part(collected.part)?;
                part.collected = Some(*collected);
            }
            Record::Output { path, replace } => {
                (self.begun.spec.output, self.begun.spec.replace) = (path, replace);
                (self.done, self.wrote) = (None, false);
            }
            Record::Cancelled => self.cancelled = true,
            Record::Done(report) => (self.done, self.wrote) = (Some(*report), true),
            Record::Cleaned => self.cleaned = true,
        }
        Ok(())
    }

    fn part(&mut self, number: usize) -> Result<&mut PartState, String> {
        self.parts.get_mut(number).ok_or_else(|| format!("there is no part {number}"))
    }

    /// The parts of a round.
    pub(crate) fn round(&self, round: u32) -> impl Iterator<Item = &PartState> {
        self.parts.iter().filter(move |state| state.part.round == round)
    }
}

impl PartState {
    fn new(part: Part) -> Self {
        Self { part, file: None, creation: None, job: None, collected: None }
    }
}
