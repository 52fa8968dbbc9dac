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

use mistral_datasets::batch::{Checker, Statistics};
use mistral_models::ModelId;
use serde::Serialize;

use crate::{Estimate, PriceTable};

/// What a run will do: how its rows are cut into jobs, and what they will cost.
#[derive(Debug, Clone, Serialize)]
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

impl Plan {
    pub(crate) fn of(planned: Planned, prices: &PriceTable, remark: Option<String>) -> Self {
        let statistics = planned.report.statistics().clone();
        let mut estimate = prices.estimate(&planned.size);
        let mut remarks: Vec<String> = remark.into_iter().collect();
        if let Some(model) = &planned.model {
            let others = statistics.models.iter().filter(|(name, _)| name.as_str() != model.as_str());
            let count: u64 = others.map(|(_, count)| count).sum();
            if count > 0 {
                let rows = if count == 1 { "1 row names".to_owned() } else { format!("{count} rows name") };
                remarks.push(format!("{rows} another model than {model}, the model of the jobs"));
                let note =
                    format!("no cost known: {rows} another model than {model}, and nobody says which one counts");
                estimate = Estimate { cost: None, at_most: None, note, ..estimate };
            }
        }
        if planned.parts.iter().any(|part| part.rows > Checker::SURE_REQUESTS) {
            let remark = "one document of the service says that a job takes 100,000 requests, another 1,000,000";
            remarks.push(remark.to_owned());
        }
        let parts = planned.parts.iter();
        Self {
            rows: planned.rows,
            sent: parts.clone().map(|part| part.rows).sum(),
            bytes: parts.clone().map(|part| part.bytes).sum(),
            parts: parts.map(|part| PlannedPart { rows: part.rows, bytes: part.bytes, inline: part.inline }).collect(),
            model: planned.model,
            estimate,
            statistics,
            remarks,
        }
    }
}

/// A share of the rows, which becomes one job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PlannedPart {
    /// Its rows.
    pub rows: u64,
    /// Its size as it is sent, in bytes.
    pub bytes: u64,
    /// Whether its requests travel in the creation of the job instead of in a file.
    pub inline: bool,
}
