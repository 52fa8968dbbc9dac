//! Runs as people see them.

use mistral_sdk::runs::{PartStatus, Stage, Status};

use crate::shown::shown;
use crate::terminal::{Column, Table};

const COLUMNS: &[Column] = &[
    Column::fixed("FOLDER"),
    Column::fixed("STAGE"),
    Column::number("REQUESTS"),
    Column::number("SUCCEEDED"),
    Column::number("FAILED"),
    Column::number("MISSING"),
    Column::number("COLLECTED").optional(3),
    Column::number("PARTS").optional(3),
    Column::shrinking("ENDPOINT").optional(4),
    Column::shrinking("MODEL").optional(2),
    Column::fixed("BEGAN").optional(1),
];

/// Runs as rows.
pub(super) fn table(runs: &[Status]) -> Table {
    let mut table = Table::new(COLUMNS);
    for run in runs {
        table.row([
            &shown(&run.folder),
            stage(run.stage),
            &run.rows.to_string(),
            &run.tally.succeeded.to_string(),
            &run.tally.failed.to_string(),
            &run.tally.missing.to_string(),
            &collected(run).to_string(),
            &run.parts.len().to_string(),
            run.endpoint.as_str(),
            run.model.as_ref().map_or("-", |model| model.as_str()),
            &run.began_at.to_string(),
        ]);
    }
    table
}

/// Parts that are named one by one.
const SHOWN: usize = 20;

/// One run, field by field; fields without a value are left out.
pub(super) fn fields(run: &Status) -> Vec<(&'static str, String)> {
    let mut fields = vec![
        ("folder", shown(&run.folder)),
        ("run", run.run.clone()),
        ("stage", stage(run.stage).to_owned()),
        ("endpoint", run.endpoint.to_string()),
        ("requests", run.rows.to_string()),
        ("succeeded", run.tally.succeeded.to_string()),
        ("failed", run.tally.failed.to_string()),
        ("without a result", run.tally.missing.to_string()),
        ("used", crate::runs::used(&run.usage)),
    ];
    if let Some(model) = &run.model {
        fields.insert(4, ("model", model.to_string()));
    }
    let submitted = run.parts.iter().filter(|part| part.job.is_some()).count();
    fields.push(("parts", format!("{}, {submitted} submitted, {} collected", run.parts.len(), collected(run))));
    fields.push(("began", run.began_at.to_string()));
    if let Some(report) = &run.report {
        fields.push(("ended", report.ended_at.to_string()));
    }
    if let Some(output) = &run.output {
        fields.push(("output", shown(output)));
    }
    fields.extend(run.parts.iter().take(SHOWN).map(|part| ("part", of(part))));
    if run.parts.len() > SHOWN {
        fields.push(("part", format!("… and {} more; -o json has all", run.parts.len() - SHOWN)));
    }
    fields
}

fn collected(run: &Status) -> usize {
    run.parts.iter().filter(|part| part.tally.is_some()).count()
}

/// How far a run is, in a word or two.
pub(super) fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Submitting => "submitting",
        Stage::Waiting => "waiting",
        Stage::Cancelled => "cancelled",
        Stage::Finishing => "finishing",
        Stage::Done => "done",
        _ => "unknown",
    }
}

/// A part on one line.
fn of(part: &PartStatus) -> String {
    let number = part.part + 1;
    let again = if part.round > 0 { format!(" (sent again, round {})", part.round) } else { String::new() };
    let job = match (&part.job, part.maybe_created) {
        (Some(job), _) => format!("job {job}"),
        (None, true) => "a job may exist".to_owned(),
        (None, false) => "no job yet".to_owned(),
    };
    let came = match (&part.status, &part.tally) {
        (Some(status), Some(tally)) => format!(", {status}: {} succeeded, {} failed", tally.succeeded, tally.failed),
        (None, Some(_)) => ", gone".to_owned(),
        _ => String::new(),
    };
    format!("{number}: {} requests{again}, {job}{came}", part.rows)
}
