use std::path::PathBuf;

use mistral_models::{BatchJobId, BatchJobStatus, FileId, UnixTime};
use serde::{Deserialize, Serialize};

use crate::part::Part;
use crate::{Money, Report, Spec, Tally, Usage};

/// One step of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum Record {
    /// The run exists.
    Begun(Box<Begun>),
    /// A round of parts is to be run: the first, or one of retries.
    Planned {
        round: u32,
        parts: Vec<Part>,
        /// What the round costs at most, if that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_most: Option<Money>,
        /// Somebody asked for it, so that it goes on even with a run that was cancelled.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        asked_for: bool,
    },
    /// The requests of a part are on the service.
    Uploaded { part: usize, file: FileId },
    /// The job of a part is about to be created. Until the next record, nobody knows whether it was.
    Creating { part: usize, marker: String, at: UnixTime },
    /// The job of a part exists.
    Created { part: usize, job: BatchJobId },
    /// What became of the requests of a part is on disk.
    Collected(Box<Collected>),
    /// The answers are to be written to another place than the spec says, or to none.
    Output { path: Option<PathBuf>, replace: bool },
    /// The user has the run cancelled: nothing more is submitted.
    Cancelled,
    /// Every row has its outcome, and the output is written.
    Done(Box<Report>),
    /// The files of the run are gone from the service.
    Cleaned,
}

/// What a run was begun with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Begun {
    /// The version of the journal's form.
    pub(crate) version: u32,
    /// Names the run, in the metadata of its jobs too.
    pub(crate) id: String,
    /// The address its jobs are at, if it is known: at any other, they would look as if they were gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) base_uri: Option<String>,
    pub(crate) at: UnixTime,
    pub(crate) spec: Spec,
    pub(crate) inputs: Vec<InputFile>,
    pub(crate) rows: u64,
}

/// A file of requests, and how to know it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct InputFile {
    /// Relative to the run's folder if it is in there.
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
    /// BLAKE3, in hexadecimal digits.
    pub(crate) digest: String,
}

/// What came of a part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Collected {
    pub(crate) part: usize,
    /// How its job ended; `None` for a job that is gone.
    pub(crate) status: Option<BatchJobStatus>,
    pub(crate) tally: Tally,
    pub(crate) usage: Usage,
    /// What the job as a whole was said to have failed of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) errors: Vec<String>,
    /// There were results, and they do not exist any more: the rows were paid for, and are not sent again by themselves.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) results_gone: bool,
    /// The files the service made of the results.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) files: Vec<FileId>,
}

impl Begun {
    /// The version this code writes, and the highest it reads.
    pub(crate) const VERSION: u32 = 1;
}

impl Record {
    /// The name of the step.
    pub(crate) fn step(&self) -> &'static str {
        match self {
            Self::Begun(_) => "begun",
            Self::Planned { .. } => "planned",
            Self::Uploaded { .. } => "uploaded",
            Self::Creating { .. } => "creating",
            Self::Created { .. } => "created",
            Self::Collected(_) => "collected",
            Self::Output { .. } => "output",
            Self::Cancelled => "cancelled",
            Self::Done(_) => "done",
            Self::Cleaned => "cleaned",
        }
    }

    /// The part it is about.
    pub(crate) fn part(&self) -> Option<usize> {
        match self {
            Self::Uploaded { part, .. } | Self::Creating { part, .. } | Self::Created { part, .. } => Some(*part),
            Self::Collected(collected) => Some(collected.part),
            _ => None,
        }
    }
}
