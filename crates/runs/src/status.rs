use std::fmt;
use std::path::{Path, PathBuf};

use mistral_models::{BatchEndpoint, BatchJobId, BatchJobStatus, ModelId, UnixTime};
use serde::Serialize;

use crate::journal::State;
use crate::{Report, Tally, Usage};

/// What the journal of a run says, without anybody asking the service.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// The folder of the run.
    pub folder: PathBuf,
    /// The run's name, which its jobs carry in their metadata.
    pub run: String,
    /// How far it is.
    pub stage: Stage,
    /// The endpoint of its jobs.
    pub endpoint: BatchEndpoint,
    /// The model of its jobs.
    pub model: Option<ModelId>,
    /// The rows of its input.
    pub rows: u64,
    /// What became of the rows of the parts that are collected; of all rows once it is done.
    pub tally: Tally,
    /// What the answers say they used so far.
    pub usage: Usage,
    /// Its parts, in all rounds so far.
    pub parts: Vec<PartStatus>,
    /// Where the answers are to be written.
    pub output: Option<PathBuf>,
    /// What came of it, once it is done.
    pub report: Option<Report>,
    /// When it was begun.
    pub began_at: UnixTime,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stage {
    /// Parts are still to be submitted.
    Submitting,
    /// All jobs exist, and not all are collected.
    Waiting,
    /// It was cancelled, and not all that there is was collected.
    Cancelled,
    /// Everything is collected, and the last step is missing.
    Finishing,
    /// Every row has its outcome.
    Done,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Submitting => "submitting",
            Self::Waiting => "waiting",
            Self::Cancelled => "cancelled",
            Self::Finishing => "finishing",
            Self::Done => "done",
        })
    }
}

/// How far a part of a run is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PartStatus {
    /// Its number, counted from 0.
    pub part: usize,
    /// How often its rows were sent before.
    pub round: u32,
    /// Its rows.
    pub rows: u64,
    /// Its job, once it is known to exist.
    pub job: Option<BatchJobId>,
    /// Whether the job was about to be created when the process died: it may exist.
    pub maybe_created: bool,
    /// How its job ended, once its rows are collected.
    pub status: Option<BatchJobStatus>,
    /// What became of its rows, once they are collected.
    pub tally: Option<Tally>,
}

impl Status {
    pub(crate) fn of(folder: &Path, state: &State) -> Self {
        let parts: Vec<_> = state
            .parts
            .iter()
            .map(|part| PartStatus {
                part: part.part.number,
                round: part.part.round,
                rows: part.part.rows,
                job: part.job.clone(),
                maybe_created: part.job.is_none() && part.creation.is_some(),
                status: part.collected.as_ref().and_then(|collected| collected.status.clone()),
                tally: part.collected.as_ref().map(|collected| collected.tally),
            })
            .collect();
        let mut tally = Tally::default();
        let mut usage = Usage::default();
        for collected in state.parts.iter().filter_map(|part| part.collected.as_ref()) {
            usage += collected.usage;
        }
        // A row that was sent again is counted in its first round alone until the run is done.
        for collected in state.round(0).filter_map(|part| part.collected.as_ref()) {
            tally += collected.tally;
        }
        Self {
            folder: folder.to_owned(),
            run: state.begun.id.clone(),
            stage: stage(state),
            endpoint: state.begun.spec.job.endpoint.clone(),
            model: state.begun.spec.job.model.clone(),
            rows: state.begun.rows,
            tally: state.done.as_ref().map_or(tally, |done| done.tally),
            usage,
            parts,
            output: state.begun.spec.output.clone(),
            report: state.done.clone(),
            began_at: state.begun.at,
        }
    }
}

fn stage(state: &State) -> Stage {
    let all = |is: fn(&crate::journal::PartState) -> bool| state.parts.iter().all(is);
    match () {
        () if state.done.is_some() => Stage::Done,
        () if all(|part| part.collected.is_some()) => Stage::Finishing,
        () if state.cancelled => Stage::Cancelled,
        () if all(|part| part.job.is_some() || part.collected.is_some()) => Stage::Waiting,
        () => Stage::Submitting,
    }
}
