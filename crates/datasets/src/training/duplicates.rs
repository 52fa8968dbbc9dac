use std::collections::BinaryHeap;
use std::io;

use super::{Code, Problem, Report};

/// Reports samples that are in the file already.
pub(super) fn find(report: &mut Report) -> io::Result<()> {
    let mut found = Found::new(report.kept_per_code);
    let mut sorted = report.fingerprints.sorted()?;
    let mut first: Option<(u64, u64)> = None;
    while let Some((fingerprint, line)) = sorted.next()? {
        match first {
            Some((known, original)) if known == fingerprint => found.add(line, original),
            _ => first = Some((fingerprint, line)),
        }
    }
    let message = |original| format!("the sample is the same as on line {original}; expected it once");
    found.report(Code::DuplicateSample, message, report);
    Ok(())
}

/// Checks validation data against the training data it goes with: its size, and samples that are in both.
///
/// Adds to the report of the validation data. Two samples are the same if they are equal as JSON; spacing, escapes and the
/// order of keys make no difference.
///
/// ```
/// use mistral_datasets::training::{self, Code, Options};
///
/// let training = r#"{"text": "One"}"#.repeat(1);
/// let mut training = training::check(training.as_bytes(), Options::default())?;
/// let mut validation = training::check(&br#"{"text":"One"}"#[..], Options::default().validation())?;
/// training::compare(&mut training, &mut validation)?;
/// assert_eq!(validation.count(Code::LeakedSample), 1);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
///
/// If the temporary file cannot be read that fingerprints of samples go to when there are millions of them.
pub fn compare(training: &mut Report, validation: &mut Report) -> io::Result<()> {
    check_size(training, validation);
    let mut found = Found::new(validation.kept_per_code);
    let (mut ours, mut theirs) = (validation.fingerprints.sorted()?, training.fingerprints.sorted()?);
    let (mut our, mut their) = (ours.next()?, theirs.next()?);
    while let (Some((fingerprint, line)), Some((known, original))) = (our, their) {
        if known < fingerprint {
            their = theirs.next()?;
        } else {
            if known == fingerprint {
                found.add(line, original);
            }
            our = ours.next()?;
        }
    }
    let message =
        |original| format!("the sample is line {original} of the training data; expected it in one file only");
    found.report(Code::LeakedSample, message, validation);
    validation.sort();
    Ok(())
}

/// The smaller of 1 MB and 5 % of the training data.
fn check_size(training: &Report, validation: &mut Report) {
    const MEGABYTE: u64 = 1_000_000;
    let (bytes, limit) = (validation.statistics.bytes, (training.statistics.bytes / 20).min(MEGABYTE));
    if bytes > limit {
        let message = format!(
            "the validation data has {bytes} bytes; expected {limit} at most, the smaller of 1 MB and 5 % of the \
             training data"
        );
        *validation.counts.entry(Code::ValidationTooLarge).or_default() += 1;
        validation.problems.push(Problem {
            code: Code::ValidationTooLarge,
            line: None,
            column: None,
            path: None,
            message,
        });
    }
}

/// Pairs of lines that hold the same: how many, and the first few by line, though they come in no order.
struct Found {
    count: u64,
    kept: usize,
    lines: BinaryHeap<(u64, u64)>,
}

impl Found {
    fn new(kept: usize) -> Self {
        Self { count: 0, kept, lines: BinaryHeap::new() }
    }

    fn add(&mut self, line: u64, original: u64) {
        self.count += 1;
        self.lines.push((line, original));
        if self.lines.len() > self.kept {
            self.lines.pop();
        }
    }

    fn report(self, code: Code, message: impl Fn(u64) -> String, report: &mut Report) {
        if self.count == 0 {
            return;
        }
        *report.counts.entry(code).or_default() += self.count;
        let problems = self.lines.into_iter().map(|(line, original)| Problem {
            code,
            line: Some(line),
            column: None,
            path: None,
            message: message(original),
        });
        report.problems.extend(problems);
    }
}
