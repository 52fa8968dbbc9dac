use std::path::PathBuf;

use mistral_models::UnixTime;
use serde::{Deserialize, Serialize};

use crate::{Cause, Money, Tally, Usage};

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// The run's name, which its jobs carry in their metadata.
    pub run: String,
    /// What became of the rows, each counted once with the last word on it.
    pub tally: Tally,
    /// Failures by cause, the most frequent first; a hundred at the most.
    pub causes: Vec<Cause>,
    /// Rows that failed of further causes.
    pub other_causes: u64,
    /// What the answers say they used, all rounds together.
    pub usage: Usage,
    /// What that costs by the price table; `None` where no price is known. An estimate: the bill is the service's.
    pub cost: Option<Money>,
    /// Jobs that were created.
    pub jobs: u64,
    /// How often rows were sent again.
    pub retries: u32,
    /// Where the answers were written.
    pub output: Option<PathBuf>,
    /// What is wrong with results as a whole, in words; the first few.
    pub remarks: Vec<String>,
    /// When the run was begun.
    pub began_at: UnixTime,
    /// When it was done.
    pub ended_at: UnixTime,
}
