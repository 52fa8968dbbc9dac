//! Jobs as people see them.

use mistral_sdk::models::{BatchJob, UnixTime};
use serde_json::Value;

use crate::terminal::{Column, Table};

const COLUMNS: &[Column] = &[
    Column::fixed("ID"),
    Column::fixed("STATUS"),
    Column::shrinking("ENDPOINT").optional(3),
    Column::shrinking("MODEL").optional(2),
    Column::number("DONE"),
    Column::number("TOTAL"),
    Column::number("FAILED"),
    Column::fixed("CREATED").optional(1),
];

/// Jobs as rows.
pub(super) fn table(jobs: &[BatchJob]) -> Table {
    let mut table = Table::new(COLUMNS);
    for job in jobs {
        table.row([
            job.id.as_str(),
            job.status.as_str(),
            job.endpoint.as_str(),
            &model(job),
            &job.done_requests().to_string(),
            &job.total_requests.to_string(),
            &job.failed_requests.to_string(),
            &job.created_at.to_string(),
        ]);
    }
    table
}

/// Wide enough for every state and a million requests, so that rows printed one after the other line up.
const CHANGE_COLUMNS: &[Column] = &[
    Column::fixed("ID"),
    Column::fixed("STATUS").at_least(22),
    Column::number("DONE").at_least(7),
    Column::number("TOTAL").at_least(7),
    Column::number("FAILED").at_least(7),
];

/// A change of a job as a row.
pub(super) fn change(job: &BatchJob) -> Table {
    let mut table = Table::new(CHANGE_COLUMNS);
    table.row([
        job.id.as_str(),
        job.status.as_str(),
        &job.done_requests().to_string(),
        &job.total_requests.to_string(),
        &job.failed_requests.to_string(),
    ]);
    table
}

/// One job, field by field; fields without a value are left out.
pub(super) fn fields(job: &BatchJob) -> Vec<(&'static str, String)> {
    let time = |time: Option<UnixTime>| time.map(|time| time.to_string());
    let mut fields = vec![
        ("id", job.id.to_string()),
        ("status", job.status.to_string()),
        ("endpoint", job.endpoint.to_string()),
        ("model", model(job)),
        ("total", job.total_requests.to_string()),
        ("done", job.done_requests().to_string()),
        ("succeeded", job.succeeded_requests.to_string()),
        ("failed", job.failed_requests.to_string()),
        ("created", job.created_at.to_string()),
    ];
    let optional = [
        ("started", time(job.started_at)),
        ("completed", time(job.completed_at)),
        ("output file", job.output_file.as_ref().map(ToString::to_string)),
        ("error file", job.error_file.as_ref().map(ToString::to_string)),
    ];
    fields.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
    fields.extend(job.input_files.iter().map(|file| ("input file", file.to_string())));
    for (key, value) in job.metadata.iter().flatten() {
        let value = value.as_str().map_or_else(|| Value::to_string(value), str::to_owned);
        fields.push(("metadata", format!("{key}={value}")));
    }
    fields.extend(job.errors.iter().map(|error| ("error", format!("{} × {}", error.count, error.message))));
    fields
}

fn model(job: &BatchJob) -> String {
    match (&job.model, &job.agent_id) {
        (Some(model), _) => model.to_string(),
        (None, Some(agent)) => format!("agent {agent}"),
        (None, None) => "-".to_owned(),
    }
}
