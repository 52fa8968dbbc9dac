use std::path::PathBuf;
use std::time::Duration;

use mistral_sdk::models::BatchJobStatus;
use mistral_sdk::runs::{Cause, Class, PriceTable, Report, Status, Tally};

use super::progress::requests;
use super::{estimated, used};
use crate::exit_code::ExitCode;
use crate::shown::shown;
use crate::terminal::{Rough, Screen, shorten};

/// What came of a run, for people.
pub(super) struct Summary<'a> {
    pub(super) status: &'a Status,
    pub(super) report: &'a Report,
    /// Where the first request of each cause stands, as far as that is known.
    pub(super) places: &'a [Option<(PathBuf, u64)>],
    /// What is not as it should be.
    pub(super) remarks: &'a [String],
    pub(super) elapsed: Option<Duration>,
    pub(super) prices: &'a PriceTable,
    pub(super) code: ExitCode,
}

/// Causes, and jobs, that are shown one by one.
pub(super) const SHOWN: usize = 10;
/// Characters of an id that are shown.
const MAX_ID: usize = 80;
/// Characters of a message that are shown.
const MAX_MESSAGE: usize = 500;

impl Summary<'_> {
    /// Tells people. What did not succeed is said even when quiet: an exit code alone helps nobody.
    pub(super) fn show(&self, screen: Screen) {
        let screen = Screen { quiet: screen.quiet && self.code == ExitCode::Success, ..screen };
        self.lines().iter().for_each(|line| screen.note(line));
        self.warnings().iter().for_each(|line| screen.warn(line));
    }

    fn lines(&self) -> Vec<String> {
        let Self { report, .. } = self;
        let tally = &report.tally;
        let time = self.elapsed.map(|elapsed| format!(" in {}", Rough(elapsed))).unwrap_or_default();
        let missing = if tally.missing > 0 { format!(", {} without a result", tally.missing) } else { String::new() };
        let mut lines = self.ended_otherwise();
        lines.push(format!(
            "{}{time}: {} succeeded, {} failed{missing}",
            requests(tally.rows()),
            tally.succeeded,
            tally.failed
        ));
        lines.extend(cause_lines(&report.causes, report.other_causes, self.places));
        let model = self.status.model.as_ref().map(AsRef::as_ref);
        let cost = estimated(report.cost, model, &self.status.endpoint, self.prices);
        lines.push(format!("used: {}; {cost}", used(&report.usage)));
        lines.extend(report.output.iter().map(|output| format!("answers: {}", shown(output))));
        lines
    }

    /// Jobs that ended otherwise than with success.
    fn ended_otherwise(&self) -> Vec<String> {
        let ended = self.status.parts.iter().filter_map(|part| match (&part.job, &part.status, &part.tally) {
            (Some(job), Some(status), _) if *status != BatchJobStatus::Success => {
                Some(format!("job {job} ended {status}"))
            }
            (Some(job), None, Some(_)) => Some(format!("job {job} does not exist any more")),
            (None, None, Some(_)) => Some(format!("part {} was never sent", part.part + 1)),
            _ => None,
        });
        let mut lines: Vec<_> = ended.collect();
        let more = lines.len().saturating_sub(SHOWN);
        lines.truncate(SHOWN);
        if more > 0 {
            lines.push(format!("… and {more} more"));
        }
        lines
    }

    fn warnings(&self) -> Vec<String> {
        let mut warnings = tally_warnings(&self.report.tally);
        warnings.extend(self.remarks.iter().map(|remark| shorten(remark, MAX_MESSAGE)));
        warnings
    }
}

/// Failures by cause, and answers that were cut off, with where the first of each stands as far as that is known.
pub(crate) fn cause_lines(causes: &[Cause], others: u64, places: &[Option<(PathBuf, u64)>]) -> Vec<String> {
    let all = || causes.iter().zip(places.iter().map(Option::as_ref).chain(std::iter::repeat(None)));
    let failures = || all().filter(|(cause, _)| !cause.class.is_success());
    let width = failures().map(|(cause, _)| cause.count.to_string().len()).max().unwrap_or_default();
    let mut lines = Vec::new();
    if width > 0 {
        lines.push("failures by cause:".to_owned());
    }
    for (cause, place) in failures().take(SHOWN) {
        let message = shorten(&cause.message, MAX_MESSAGE);
        lines.push(format!("  {:>width$} × {message}{}", cause.count, first(cause, place)));
    }
    let rest = failures().skip(SHOWN).map(|(cause, _)| cause.count).sum::<u64>() + others;
    if rest > 0 {
        lines.push(format!("  {rest} more, of other causes; they are in the answers"));
    }
    for (cause, place) in all().filter(|(cause, _)| cause.class == Class::CutOff) {
        let answers = if cause.count == 1 { "answer stops" } else { "answers stop" };
        lines.push(format!("{} {answers} where the length was used up{}", cause.count, first(cause, place)));
    }
    lines
}

/// What is not as it should be about results as a whole.
pub(crate) fn tally_warnings(tally: &Tally) -> Vec<String> {
    let unreadable = tally.unreadable + tally.unreadable_lines;
    let counts = [
        (tally.strays, "results belong to no request of the input and were left out"),
        (tally.doubled, "results repeat an id; the first of each was kept"),
        (unreadable, "lines of the results cannot be read"),
    ];
    counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect()
}

/// The first request of a cause, and where it stands.
fn first(cause: &Cause, place: Option<&(PathBuf, u64)>) -> String {
    let Some(sample) = cause.samples.first() else { return String::new() };
    let place = place.map(|(path, line)| format!(", {}:{line}", shown(path))).unwrap_or_default();
    let label = if cause.count > 1 { "first: " } else { "" };
    format!("  ({label}{}{place})", shorten(&sample.custom_id, MAX_ID))
}
