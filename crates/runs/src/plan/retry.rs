use std::fs;

use mistral_datasets::batch::Request;
use mistral_models::BatchJobStatus;
use mistral_transport::Result;

use super::cutter::PartCutter;
use crate::blocking::unreadable;
use crate::journal::{PartState, State};
use crate::part::Part;
use crate::rows::{ListWriter, Rows, Source, changed, sent};
use crate::{Class, EstimateRequest};

/// The parts of the next round: the rows of the last one that failed and may succeed. None if there are none.
///
/// Each round looks at the one before alone: a row that was not in it has its answer.
pub(crate) fn retry(source: &Source, state: &State, asked_for: bool) -> Result<(Vec<Part>, EstimateRequest)> {
    let list = format!("retry-{}.rows", state.rounds);
    let path = source.folder.join(&list);
    let mut writer = ListWriter::create(&path)?;
    let mut cutter = PartCutter::picked(state.begun.spec.limits, state.rounds, state.parts.len(), list);
    let mut size = EstimateRequest::new(state.begun.spec.job.endpoint.clone());
    size.model = state.begun.spec.job.model.as_ref().map(ToString::to_string);
    for part in state.round(state.rounds.saturating_sub(1)) {
        let path = source.folder.join(part.part.classes());
        let classes = fs::read(&path).map_err(|error| unreadable(&path, error))?;
        let classes: Vec<_> = classes.into_iter().map(|class| is_due(class, part, asked_for)).collect();
        if !classes.contains(&true) {
            continue;
        }
        let (mut rows, mut due) = (Rows::of(source, &part.part)?, classes.into_iter());
        while let Some(row) = rows.next()? {
            if due.next() == Some(true) {
                writer.add(row.at)?;
                cutter.add(row.at, 0, 0, &sent(&row, source)?);
                let request = Request::parse(row.bytes).map_err(|_| changed())?;
                size.add(request.body.len() as u64, request.max_tokens);
            }
        }
    }
    let parts = cutter.finish();
    if !parts.is_empty() {
        writer.finish()?;
    }
    Ok((parts, size))
}

/// Whether a row of this class is to be sent again. What somebody stopped, or what failed as a whole, is sent again only when
/// it is asked for.
fn is_due(class: u8, part: &PartState, asked_for: bool) -> bool {
    let ended = part.collected.as_ref().and_then(|collected| collected.status.as_ref());
    let stopped = !matches!(ended, Some(BatchJobStatus::Success | BatchJobStatus::TimeoutExceeded));
    match Class::from_byte(class) {
        Some(Class::Retryable) => true,
        Some(Class::Missing | Class::Unreadable) => asked_for || !stopped,
        _ => false,
    }
}
