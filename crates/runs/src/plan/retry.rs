use std::fs;

use mistral_datasets::batch::Request;
use mistral_models::BatchJobStatus;
use mistral_transport::Result;

use super::cutter::PartCutter;
use crate::answers::Merged;
use crate::blocking::unreadable;
use crate::journal::{PartState, State};
use crate::part::Part;
use crate::rows::{InputRow, ListWriter, Rows, Source, changed, sent};
use crate::{Class, EstimateRequest};

/// The parts of the next round: the rows of the last one that failed and may succeed. None if there are none.
///
/// Each round looks at the one before alone: a row that was not in it has its answer, or is not to be sent again by itself.
pub(crate) fn retry(source: &Source, state: &State) -> Result<(Vec<Part>, EstimateRequest)> {
    let mut round = Round::new(source, state)?;
    for part in state.round(state.rounds.saturating_sub(1)) {
        let path = source.folder.join(part.part.classes());
        let classes = fs::read(&path).map_err(|error| unreadable(&path, error))?;
        let classes: Vec<_> = classes.into_iter().map(|class| is_due(class, part)).collect();
        if !classes.contains(&true) {
            continue;
        }
        let (mut rows, mut due) = (Rows::of(source, &part.part)?, classes.into_iter());
        while let Some(row) = rows.next()? {
            if due.next() == Some(true) {
                round.add(&row, source)?;
            }
        }
    }
    round.finish()
}

/// The parts of a round that somebody asks for: all rows that failed of what passes, or are without a result, whatever round
/// they were sent in last.
pub(crate) fn retry_all(source: &Source, state: &State) -> Result<(Vec<Part>, EstimateRequest)> {
    let mut round = Round::new(source, state)?;
    let mut merged = Merged::new(source, state)?;
    for part in state.round(0) {
        let mut rows = Rows::of(source, &part.part)?;
        while let Some(row) = rows.next()? {
            // Rows that are not sent have the answer of one that is.
            let class = loop {
                match merged.next()? {
                    Some(answer) if answer.row < row.at.row => {}
                    answer => break answer.map(|answer| answer.class),
                }
            };
            if matches!(class, Some(Class::Retryable | Class::Missing | Class::Unreadable)) {
                round.add(&row, source)?;
            }
        }
    }
    round.finish()
}

/// A round while its rows are picked.
struct Round {
    list: ListWriter,
    cutter: PartCutter,
    size: EstimateRequest,
}

impl Round {
    fn new(source: &Source, state: &State) -> Result<Self> {
        let spec = &state.begun.spec;
        let name = format!("retry-{}.rows", state.rounds);
        let list = ListWriter::create(&source.folder.join(&name))?;
        let mut size = EstimateRequest::new(spec.job.endpoint.clone());
        size.model = spec.job.model.as_ref().map(ToString::to_string);
        let cutter = PartCutter::picked(spec.limits, state.rounds, state.parts.len(), name);
        Ok(Self { list, cutter, size })
    }

    fn add(&mut self, row: &InputRow<'_>, source: &Source) -> Result<()> {
        self.list.add(row.at)?;
        self.cutter.add(row.at, 0, 0, &sent(row, source)?);
        let request = Request::parse(row.bytes).map_err(|_| changed())?;
        self.size.add(request.body.len() as u64, request.max_tokens);
        Ok(())
    }

    fn finish(self) -> Result<(Vec<Part>, EstimateRequest)> {
        let parts = self.cutter.finish();
        if !parts.is_empty() {
            self.list.finish()?;
        }
        Ok((parts, self.size))
    }
}

/// Whether a row of this class is to be sent again by itself. What somebody stopped, or what failed as a whole, is sent again
/// only when it is asked for.
fn is_due(class: u8, part: &PartState) -> bool {
    let ended = part.collected.as_ref().filter(|collected| !collected.results_gone);
    let ended = ended.and_then(|collected| collected.status.as_ref());
    let stopped = !matches!(ended, Some(BatchJobStatus::Success | BatchJobStatus::TimeoutExceeded));
    match Class::from_byte(class) {
        Some(Class::Retryable) => true,
        Some(Class::Missing | Class::Unreadable) => !stopped,
        _ => false,
    }
}
