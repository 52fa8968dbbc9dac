use mistral_sdk::models::CreateBatchJob;
use mistral_sdk::runs::{Limits, PriceTable, Spec};

use super::budget;
use crate::args::{MoneyOptions, PartOptions};
use crate::endpoint;
use crate::failure::Result;

/// A run of jobs like this one, by the options of the command line.
///
/// # Errors
///
/// A budget that is none.
pub(crate) fn spec(
    job: CreateBatchJob,
    parts: &PartOptions,
    money: &MoneyOptions,
    prices: &PriceTable,
) -> Result<Spec> {
    let default_model = endpoint::default_model(&job.endpoint);
    let mut limits = Limits::default();
    limits.part_rows = parts.part_rows.unwrap_or(limits.part_rows);
    limits.part_bytes = parts.part_bytes.unwrap_or(limits.part_bytes);
    limits.pending = parts.max_pending.unwrap_or(limits.pending);
    let mut spec = Spec::new(job)
        .limits(limits)
        .retries(parts.retries)
        .dedupe(parts.dedupe)
        .generate_ids(parts.generate_ids)
        .strict(parts.strict);
    spec.default_model = default_model;
    spec.max_cost = money.max_cost.as_deref().map(|text| budget(text, prices)).transpose()?;
    Ok(spec)
}
