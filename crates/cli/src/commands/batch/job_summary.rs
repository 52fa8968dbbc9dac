use mistral_sdk::models::{BatchJob, BatchJobId, BatchJobStatus};
use mistral_sdk::runs::{Cause, Class, JobReport};
use serde::Serialize;

use crate::exit_code::ExitCode;
use crate::runs::{cause_lines, requests, tally_warnings};
use crate::terminal::{Screen, shorten};

/// What came of a job, for people and for programs.
pub(super) struct JobSummary<'a> {
    pub(super) job: &'a BatchJob,
    pub(super) report: &'a JobReport,
    /// Where the results are, if not on standard output.
    pub(super) output: Option<String>,
}

/// Errors of a job that are shown one by one.
const SHOWN: usize = 10;
/// Characters of a message of the service that are shown.
const MAX_MESSAGE: usize = 500;

impl JobSummary<'_> {
    /// How the command ends.
    pub(super) fn exit_code(&self) -> ExitCode {
        match self.job.status {
            BatchJobStatus::Success if self.report.tally.all_succeeded() => ExitCode::Success,
            BatchJobStatus::Success => ExitCode::SomeFailed,
            _ => ExitCode::JobEnded,
        }
    }

    /// Tells people. What did not succeed is said even when quiet: an exit code alone helps nobody.
    pub(super) fn show(&self, screen: Screen) {
        let screen = Screen { quiet: screen.quiet && self.exit_code() == ExitCode::Success, ..screen };
        self.lines().iter().for_each(|line| screen.note(line));
        let report = self.report;
        tally_warnings(&report.tally).iter().chain(&report.remarks).for_each(|line| screen.warn(line));
    }

    fn lines(&self) -> Vec<String> {
        let Self { job, report, output } = self;
        let mut lines = Vec::new();
        if job.status != BatchJobStatus::Success {
            lines.push(format!("job {} ended {}", job.id, job.status));
            let told = |message: &str| shorten(message, MAX_MESSAGE);
            lines.extend(
                job.errors.iter().take(SHOWN).map(|error| format!("  {} × {}", error.count, told(&error.message))),
            );
        }
        let tally = &report.tally;
        let missing = if tally.missing > 0 { format!(", {} without a result", tally.missing) } else { String::new() };
        lines.push(format!(
            "{}: {} succeeded, {} failed{missing}",
            requests(tally.rows()),
            tally.succeeded,
            tally.failed
        ));
        lines.extend(cause_lines(&report.causes, report.other_causes, &[]));
        lines.extend(output.iter().map(|output| format!("answers: {output}")));
        lines
    }

    /// The same for programs.
    pub(super) fn document(&self) -> Document<'_> {
        let Self { job, report, output } = self;
        let tally = &report.tally;
        let cause = |cause: &Cause| CauseEntry {
            message: cause.message.clone(),
            count: cause.count,
            first_custom_id: cause.samples.first().map(|sample| sample.custom_id.clone()),
            class: cause.class,
        };
        Document {
            schema_version: 1,
            job_id: &job.id,
            status: &job.status,
            output: output.as_deref(),
            requests: tally.rows(),
            succeeded: tally.succeeded,
            failed: tally.failed,
            missing: tally.missing,
            causes: report.causes.iter().map(cause).collect(),
            other_causes: report.other_causes,
            strays: tally.strays,
            repeated: tally.doubled,
            unreadable: tally.unreadable + tally.unreadable_lines,
        }
    }
}

/// What came of a job, in the JSON formats. Keys are only ever added.
#[derive(Debug, Serialize)]
pub(super) struct Document<'a> {
    schema_version: u32,
    job_id: &'a BatchJobId,
    status: &'a BatchJobStatus,
    output: Option<&'a str>,
    requests: u64,
    succeeded: u64,
    failed: u64,
    missing: u64,
    causes: Vec<CauseEntry>,
    other_causes: u64,
    strays: u64,
    repeated: u64,
    unreadable: u64,
}

#[derive(Debug, Serialize)]
struct CauseEntry {
    message: String,
    count: u64,
    first_custom_id: Option<String>,
    class: Class,
}
