use mistral_models::{BatchJobId, BatchJobStatus, FileId};
use serde::Serialize;

use crate::{Progress, Report, Tally};

/// What happens in a run, as it happens.
///
/// Parts are counted from 0. As JSON each event is an object whose `event` names its kind; kinds and keys are only ever added.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// The requests of a part are being sent.
    Uploading {
        /// The part.
        part: usize,
        /// Its size, in bytes.
        bytes: u64,
    },
    /// The requests of a part are on the service.
    Uploaded {
        /// The part.
        part: usize,
        /// The file they are in.
        file: FileId,
    },
    /// The job of a part exists.
    Created {
        /// The part.
        part: usize,
        /// The job.
        job: BatchJobId,
        /// Its requests.
        rows: u64,
        /// Whether it was there already: an earlier process created it, and could not write that down.
        found: bool,
    },
    /// A part must wait: too many requests are pending in the workspace.
    Held {
        /// The part.
        part: usize,
        /// Requests of others that are pending, as far as that is known.
        others: u64,
        /// Why, in words.
        reason: String,
    },
    /// A job has another status than before.
    Status {
        /// The part.
        part: usize,
        /// The job.
        job: BatchJobId,
        /// Its status.
        status: BatchJobStatus,
    },
    /// How far the run is; after every look.
    Progress(Progress),
    /// Something passes, it is hoped: the run goes on, and tries again.
    Trouble {
        /// The part; `None` for what concerns all of them.
        part: Option<usize>,
        /// What happened.
        message: String,
    },
    /// Something is not as it should be, and the run goes on without it.
    Remark {
        /// The part.
        part: usize,
        /// What it is.
        message: String,
    },
    /// What became of the rows of a part is on disk.
    Collected {
        /// The part.
        part: usize,
        /// How its job ended; `None` for a job that is gone or was never created.
        status: Option<BatchJobStatus>,
        /// What became of its rows.
        tally: Tally,
    },
    /// Rows that failed are sent again.
    Retrying {
        /// How often they will have been sent again.
        round: u32,
        /// How many there are.
        rows: u64,
        /// In how many parts.
        parts: usize,
    },
    /// Rows that failed are not sent again, although they may succeed.
    NotRetrying {
        /// How many there are.
        rows: u64,
        /// Why, in words.
        reason: String,
    },
    /// Every row has its outcome.
    Done(Box<Report>),
}
