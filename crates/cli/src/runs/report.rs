use std::path::PathBuf;

use mistral_sdk::models::{BatchEndpoint, BatchJobId, BatchJobStatus, ModelId};
use mistral_sdk::runs::{Class, Money, PriceTable, Report, Stage, Status, Usage};
use serde::Serialize;

use super::usage::price_date;
use crate::shown::shown;

/// What came of a run, for programs. Keys are only ever added.
#[derive(Debug, Serialize)]
pub(super) struct Document<'a> {
    schema_version: u32,
    /// The job, if there was only one.
    job_id: Option<&'a BatchJobId>,
    /// SUCCESS, or the status of the first job that ended otherwise.
    status: Option<&'a BatchJobStatus>,
    output: Option<String>,
    requests: u64,
    succeeded: u64,
    failed: u64,
    missing: u64,
    causes: Vec<CauseEntry<'a>>,
    other_causes: u64,
    strays: u64,
    repeated: u64,
    unreadable: u64,
    cut_off: u64,
    /// Of the failed, those that may succeed if they are sent again.
    retryable: u64,
    run: &'a str,
    /// Where the run is kept; `null` if nothing is left of it.
    folder: Option<String>,
    stage: Stage,
    endpoint: &'a BatchEndpoint,
    model: Option<&'a ModelId>,
    jobs: Vec<&'a BatchJobId>,
    retries: u32,
    usage: &'a Usage,
    /// An estimate, by prices of `prices_as_of`.
    cost: Option<Money>,
    prices_as_of: String,
    remarks: &'a [String],
}

#[derive(Debug, Serialize)]
struct CauseEntry<'a> {
    message: &'a str,
    count: u64,
    first_custom_id: Option<&'a str>,
    class: Class,
    first_file: Option<String>,
    first_line: Option<u64>,
}

impl<'a> Document<'a> {
    pub(super) fn new(
        status: &'a Status,
        report: &'a Report,
        places: &'a [Option<(PathBuf, u64)>],
        remarks: &'a [String],
        prices: &PriceTable,
        folder: Option<String>,
    ) -> Self {
        let tally = &report.tally;
        let jobs: Vec<_> = status.parts.iter().filter_map(|part| part.job.as_ref()).collect();
        let ended = || status.parts.iter().filter_map(|part| part.status.as_ref());
        let otherwise = ended().find(|status| **status != BatchJobStatus::Success);
        let places = places.iter().map(Option::as_ref).chain(std::iter::repeat(None));
        let causes = report.causes.iter().zip(places).map(|(cause, place)| CauseEntry {
            message: &cause.message,
            count: cause.count,
            first_custom_id: cause.samples.first().map(|sample| sample.custom_id.as_str()),
            class: cause.class,
            first_file: place.map(|(path, _)| shown(path)),
            first_line: place.map(|(_, line)| *line),
        });
        Self {
            schema_version: 1,
            job_id: jobs.first().copied().filter(|_| jobs.len() == 1),
            status: otherwise.or_else(|| ended().next()),
            output: report.output.as_deref().map(shown),
            requests: tally.rows(),
            succeeded: tally.succeeded,
            failed: tally.failed,
            missing: tally.missing,
            causes: causes.collect(),
            other_causes: report.other_causes,
            strays: tally.strays,
            repeated: tally.doubled,
            unreadable: tally.unreadable + tally.unreadable_lines,
            cut_off: tally.cut_off,
            retryable: tally.retryable,
            run: &status.run,
            folder,
            stage: status.stage,
            endpoint: &status.endpoint,
            model: status.model.as_ref(),
            jobs,
            retries: report.retries,
            usage: &report.usage,
            cost: report.cost,
            prices_as_of: price_date(status.model.as_ref().map(AsRef::as_ref), &status.endpoint, prices),
            remarks,
        }
    }
}
