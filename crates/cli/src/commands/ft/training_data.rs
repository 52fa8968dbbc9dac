//! Training data on this machine, checked before it is sent.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use mistral_sdk::datasets::training::{self, Options, Report, Severity};
use mistral_sdk::{CreateFineTuningJob, Upload};

use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::shell::quoted;
use crate::terminal::{Activity, Bytes};

/// Problems of a file that are shown one by one.
const SHOWN: usize = 10;

/// Says what is in the file, which people know as `shown`, and what is wrong with it.
///
/// # Errors
///
/// A file that cannot be read.
pub(super) async fn describe(context: &Context, path: &Path, shown: &str, options: Options) -> Result<Report> {
    let checking = Activity::start(context.screen, &format!("checking {shown}"));
    let unreadable = |error| {
        Failure::input(format!("{shown} cannot be read"))
            .because(error)
            .help("Name a JSONL file of training data that you may read, or the id of an uploaded file.")
    };
    let file = File::open(path).map_err(unreadable)?;
    // The check computes and does not wait; an interruption must be noticed all the same.
    let checked =
        tokio::task::spawn_blocking(move || training::check(BufReader::with_capacity(256 * 1024, file), options));
    let report = checked.await.map_err(|error| Failure::unexpected("the check broke off").because(error))?;
    drop(checking);
    report.map_err(unreadable)
}

/// Refuses what the service would refuse.
///
/// # Errors
///
/// The problems of the file, each with its place.
pub(super) async fn check(context: &Context, path: &Path, options: Options) -> Result<Report> {
    let shown = path.display();
    let metadata = size(path)?;
    let report = describe(context, path, &shown.to_string(), options).await?;
    if !report.is_valid() {
        return Err(problems(path, &report));
    }
    let found = report.statistics();
    let (samples, s) = (found.samples, if found.samples == 1 { "" } else { "s" });
    let format = report.format().map(|format| format!(", {format}")).unwrap_or_default();
    let (bytes, tokens) = (Bytes(metadata), found.tokens);
    context.screen.note(&format!("checked {shown}: {samples} sample{s}{format}, {bytes}, about {tokens} tokens"));
    let warnings = report.total(Severity::Warning);
    if warnings > 0 {
        let s = if warnings == 1 { "" } else { "s" };
        let file = quoted(path);
        context.screen.warn(&format!("{shown}: {warnings} warning{s}; mistral-jobs data check {file} shows them"));
    }
    Ok(report)
}

/// The size of a file that can be sent.
///
/// # Errors
///
/// What is no regular file, empty, or over the limit of the service.
pub(super) fn size(path: &Path) -> Result<u64> {
    let shown = path.display();
    let metadata = std::fs::metadata(path).map_err(|error| {
        Failure::input(format!("{shown} cannot be read"))
            .because(error)
            .help("Name a JSONL file of training data that you may read, or the id of an uploaded file.")
    })?;
    match metadata.len() {
        _ if !metadata.is_file() => Err(Failure::input(format!("{shown} is not a regular file"))
            .help("The data is read twice, to check it and to send it. Name one JSONL file.")),
        0 => Err(Failure::input(format!("{shown} is empty")).help("Write one sample a line.")),
        bytes if bytes > Upload::MAX_BYTES => Err(Failure::input(format!(
            "{shown} has {bytes} bytes; the service takes {} (512 MB) at most",
            Upload::MAX_BYTES
        ))
        .help("Split the file and name the parts: a job takes several.")),
        bytes => Ok(bytes),
    }
}

fn problems(path: &Path, report: &Report) -> Failure {
    let (file, shown) = (quoted(path), path.display());
    let (errors, lines) = (report.total(Severity::Error), report.statistics().lines);
    let (s, lines_s) = (if errors == 1 { "" } else { "s" }, if lines == 1 { "" } else { "s" });
    let mut failure =
        Failure::input(format!("{shown}: {errors} problem{s} in {lines} line{lines_s}; nothing was sent"));
    let bad = || report.problems().iter().filter(|problem| problem.severity() == Severity::Error);
    for problem in bad().take(SHOWN) {
        failure = failure.line(format!("{shown}:{problem}"));
    }
    let more = errors.saturating_sub(bad().count().min(SHOWN) as u64);
    if more > 0 {
        failure = failure.line(format!("… and {more} more"));
    }
    failure
        .help(format!("See all of them: mistral-jobs data check {file}"))
        .help(format!(
            "Repair what can be repaired, into a new file: mistral-jobs data fix {file} --output fixed.jsonl"
        ))
        .help("To send it as it is: --skip-check")
}

/// Refuses more validation data than the service takes: the smaller of 1 MB and a twentieth of the training data.
///
/// # Errors
///
/// The sizes, and the limit.
pub(super) fn check_validation_size(training: u64, validation: u64) -> Result<()> {
    let limit = (training / 20).min(CreateFineTuningJob::MAX_VALIDATION_BYTES);
    if validation <= limit {
        return Ok(());
    }
    Err(Failure::input(format!(
        "--validation: {} of validation data for {} of training data; the service takes 5 % of them and 1 MB at most, \
         here {}",
        Bytes(validation),
        Bytes(training),
        Bytes(limit)
    ))
    .help("Split anew: mistral-jobs data split keeps the limit. To send it as it is: --skip-check"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn validation_data_may_be_a_twentieth_of_the_training_data_and_a_megabyte() {
        for (training, validation, taken) in
            [(100_000, 5_000, true), (100_000, 5_001, false), (1 << 30, 1_000_000, true), (1 << 30, 1_000_001, false)]
        {
            assert_eq!(check_validation_size(training, validation).is_ok(), taken, "{training} {validation}");
        }
        let refused = check_validation_size(100_000, 50_000).unwrap_err().to_string();
        assert!(refused.starts_with("--validation: 50.0 kB of validation data for 100.0 kB"), "{refused}");
    }
}
