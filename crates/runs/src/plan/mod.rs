//! What a run will do, before it does anything.

mod cutter;
mod dedupe;
mod hashing;
mod invalid;
mod models;
mod read;
mod retry;
#[cfg(test)]
mod tests;

pub(crate) use models::check_model;
pub(crate) use read::{Planned, read};
pub(crate) use retry::{retry, retry_all};

pub use invalid::InvalidInput;

use mistral_datasets::batch::Statistics;
use mistral_models::ModelId;

use crate::Estimate;

/// What a run will do: how its rows are cut into jobs, and what they will cost.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Plan {
    /// Rows in the input.
    pub rows: u64,
    /// Rows that are sent; fewer only where rows with the same body are sent once.
    pub sent: u64,
    /// Bytes that are sent.
    pub bytes: u64,
    /// The parts, each of which becomes a job.
    pub parts: Vec<PlannedPart>,
    /// The model of the jobs; `None` where each row names its own.
    pub model: Option<ModelId>,
    /// What is in the input.
    pub statistics: Statistics,
    /// What it will cost, for all that can be known before.
    pub estimate: Estimate,
    /// What may be wrong, in words.
    pub remarks: Vec<String>,
}

/// A share of the rows, which becomes one job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlannedPart {
    /// Its rows.
    pub rows: u64,
    /// Its size as it is sent, in bytes.
    pub bytes: u64,
    /// Whether its requests travel in the creation of the job instead of in a file.
    pub inline: bool,
}
