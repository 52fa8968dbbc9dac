use std::time::Duration;

use mistral_sdk::models::{BatchJob, BatchJobId, BatchJobStatus};
use serde::Serialize;

use super::causes::Cause;
use super::collect::Tally;
use crate::exit_code::ExitCode;
use crate::terminal::{Rough, Screen, shorten};

/// What came of a job, for people and for programs.
pub(crate) struct Summary<'a> {
    pub(crate) job: &'a BatchJob,
    pub(crate) tally: &'a Tally,
    /// Where the answers are, if not on standard output.
    pub(crate) output: Option<String>,
    pub(crate) elapsed: Option<Duration>,
    /// The line of a request in the input, by its id.
    pub(crate) line_of: &'a dyn Fn(&str) -> Option<String>,
}

/// Causes that are shown one by one.
const SHOWN: usize = 10;
/// Characters of an id that are shown.
const MAX_ID: usize = 80;
/// Characters of a message of the service that are shown.
const MAX_MESSAGE: usize = 500;

impl Summary<'_> {
    /// How the command ends.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self.job.status {
            BatchJobStatus::Success if self.tally.failed + self.tally.missing == 0 => ExitCode::Success,
            BatchJobStatus::Success => ExitCode::SomeFailed,
            _ => ExitCode::JobEnded,
        }
    }

    /// Tells people. What did not succeed is said even when quiet: an exit code alone helps nobody.
    pub(crate) fn show(&self, screen: Screen) {
        let screen = Screen { quiet: screen.quiet && self.exit_code() == ExitCode::Success, ..screen };
        self.lines().iter().for_each(|line| screen.note(line));
        self.warnings().iter().for_each(|line| screen.warn(line));
    }

    fn lines(&self) -> Vec<String> {
        let Self { job, tally, .. } = self;
        let time = self.elapsed.map(|elapsed| format!(" in {}", Rough(elapsed))).unwrap_or_default();
        let total = tally.succeeded + tally.failed + tally.missing;
        let mut lines = Vec::new();
        if job.status != BatchJobStatus::Success {
            lines.push(format!("job {} ended {}", job.id, job.status));
            let told = |message: &str| shorten(message, MAX_MESSAGE);
            lines.extend(
                job.errors.iter().take(SHOWN).map(|error| format!("  {} × {}", error.count, told(&error.message))),
            );
        }
        let missing = if tally.missing > 0 { format!(", {} without a result", tally.missing) } else { String::new() };
        lines.push(format!(
            "{total} request{}{time}: {} succeeded, {} failed{missing}",
            if total == 1 { "" } else { "s" },
            tally.succeeded,
            tally.failed
        ));
        self.push_causes(&mut lines);
        if !tally.first_missing.is_empty() {
            let more = tally.missing - tally.first_missing.len() as u64;
            let more = if more > 0 { format!(", and {more} more") } else { String::new() };
            let ids: Vec<_> = tally.first_missing.iter().map(|id| shorten(id, MAX_ID)).collect();
            lines.push(format!("without a result: {}{more}", ids.join(", ")));
        }
        lines.extend(self.output.iter().map(|output| format!("answers: {output}")));
        lines
    }

    fn push_causes(&self, lines: &mut Vec<String>) {
        let (causes, others) = self.tally.causes.sorted();
        if !causes.is_empty() {
            lines.push("failures by cause:".to_owned());
        }
        let width = causes.iter().map(|cause| cause.count.to_string().len()).max().unwrap_or_default();
        for cause in causes.iter().take(SHOWN) {
            let first = cause.first.as_deref().map(|id| {
                let place = (self.line_of)(id).map(|place| format!(", {place}")).unwrap_or_default();
                format!("  ({}{}{place})", if cause.count > 1 { "first: " } else { "" }, shorten(id, MAX_ID))
            });
            lines.push(format!("  {:>width$} × {}{}", cause.count, cause.message, first.unwrap_or_default()));
        }
        let rest = causes.iter().skip(SHOWN).map(|cause| cause.count).sum::<u64>() + others;
        if rest > 0 {
            lines.push(format!("  {rest} more, of other causes; they are in the output"));
        }
    }

    fn warnings(&self) -> Vec<String> {
        let tally = self.tally;
        let mut warnings = Vec::new();
        let first = |id: &Option<String>| {
            id.as_ref().map(|id| format!(" (first: {})", shorten(id, MAX_ID))).unwrap_or_default()
        };
        if tally.strays > 0 {
            let id = first(&tally.first_stray);
            warnings.push(format!("{} results belong to no request of the input and were left out{id}", tally.strays));
        }
        if tally.repeated > 0 {
            let id = first(&tally.first_repeated);
            warnings.push(format!("{} results repeat an id; the first of each was kept{id}", tally.repeated));
        }
        if let Some(first) = &tally.first_unreadable {
            warnings.push(format!("{} lines of the results cannot be read: {first}", tally.unreadable));
        }
        warnings.extend(tally.shortage.clone());
        warnings
    }

    /// The same for programs.
    pub(crate) fn report(&self) -> Report<'_> {
        let Self { job, tally, output, .. } = self;
        let (causes, other_causes) = tally.causes.sorted();
        Report {
            job_id: &job.id,
            status: &job.status,
            output: output.as_deref(),
            requests: tally.succeeded + tally.failed + tally.missing,
            succeeded: tally.succeeded,
            failed: tally.failed,
            missing: tally.missing,
            causes,
            other_causes,
            strays: tally.strays,
            repeated: tally.repeated,
            unreadable: tally.unreadable,
        }
    }
}

/// What came of a job, in the JSON formats. Keys are only ever added.
#[derive(Debug, Serialize)]
pub(crate) struct Report<'a> {
    job_id: &'a BatchJobId,
    status: &'a BatchJobStatus,
    output: Option<&'a str>,
    requests: u64,
    succeeded: u64,
    failed: u64,
    missing: u64,
    causes: Vec<Cause>,
    other_causes: u64,
    strays: u64,
    repeated: u64,
    unreadable: u64,
}

#[cfg(test)]
mod tests {
    use mistral_sdk::models::{BatchEndpoint, BatchError, UnixTime};

    use super::*;

    fn summary(status: BatchJobStatus, tally: &Tally) -> (ExitCode, String) {
        let mut job = BatchJob::new("3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11", BatchEndpoint::Ocr, UnixTime::from_secs(0));
        job.status = status;
        job.errors = vec![BatchError::new("quota", 2)];
        let line_of = |id: &str| (id == "q-7").then(|| "in.jsonl:7".to_owned());
        let summary = Summary {
            job: &job,
            tally,
            output: Some("out.jsonl".into()),
            elapsed: Some(Duration::from_secs(90)),
            line_of: &line_of,
        };
        (summary.exit_code(), [summary.lines(), summary.warnings()].concat().join("\n"))
    }

    #[test]
    fn a_good_run_is_said_in_two_lines() {
        let tally = Tally { succeeded: 20, ..Tally::default() };
        let (code, text) = summary(BatchJobStatus::Success, &tally);
        assert_eq!(code, ExitCode::Success);
        assert_eq!(text, "20 requests in 1 min 30 s: 20 succeeded, 0 failed\nanswers: out.jsonl");
    }

    #[test]
    fn failures_are_grouped_and_missing_ids_named() {
        let mut tally = Tally { succeeded: 5, failed: 12, missing: 11, ..Tally::default() };
        for _ in 0..11 {
            tally.causes.add("422: body.messages: Field required", Some("q-7"), 6);
        }
        tally.causes.add("late", None, 8);
        tally.first_missing = (1..=10).map(|row| format!("m-{row}")).collect();
        (tally.strays, tally.unreadable, tally.first_unreadable) = (3, 1, Some("line 4: not JSON".into()));
        let (code, text) = summary(BatchJobStatus::Success, &tally);
        assert_eq!(code, ExitCode::SomeFailed);
        insta::assert_snapshot!(text, @r"
        28 requests in 1 min 30 s: 5 succeeded, 12 failed, 11 without a result
        failures by cause:
          11 × 422: body.messages: Field required  (first: q-7, in.jsonl:7)
           1 × late
        without a result: m-1, m-2, m-3, m-4, m-5, m-6, m-7, m-8, m-9, m-10, and 1 more
        answers: out.jsonl
        3 results belong to no request of the input and were left out
        1 lines of the results cannot be read: line 4: not JSON
        ");
    }

    #[test]
    fn a_job_that_did_not_succeed_says_how_it_ended() {
        let (code, text) = summary(BatchJobStatus::TimeoutExceeded, &Tally { missing: 1, ..Tally::default() });
        assert_eq!(code, ExitCode::JobEnded);
        assert!(
            text.starts_with("job 3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11 ended TIMEOUT_EXCEEDED\n  2 × quota\n"),
            "{text}"
        );
    }
}
