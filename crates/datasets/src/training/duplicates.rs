use std::collections::BinaryHeap;
use std::io;

use super::{Code, Problem, Report};
use crate::fingerprints::Sorted;

/// Reports samples that are in the file already.
pub(super) fn find(report: &mut Report) -> io::Result<()> {
    let mut found = Found::new(report.kept_per_code);
    let mut sorted = report.fingerprints.sorted()?;
    let mut first: Option<(u64, u64)> = None;
    while let Some([fingerprint, line]) = sorted.read()? {
        match first {
            Some((known, original)) if known == fingerprint => found.add(line, original),
            _ => first = Some((fingerprint, line)),
        }
    }
    let message = |original| format!("the sample is the same as on line {original}; expected it once");
    found.report(Code::DuplicateSample, message, report);
    Ok(())
}

/// Checks validation data against the files of training data it goes with: its size, and samples that are in both.
///
/// Adds to the report of the validation data; the training data is counted from 1 there, if it has several files. Two samples are the same if they are equal as JSON; spacing, escapes and the
/// order of keys make no difference.
///
/// ```
/// use mistral_datasets::training::{self, Code, Options};
///
/// let training = r#"{"text": "One"}"#.repeat(1);
/// let mut training = [training::check(training.as_bytes(), Options::default())?];
/// let mut validation = training::check(&br#"{"text":"One"}"#[..], Options::default().validation())?;
/// training::compare(&mut training, &mut validation)?;
/// assert_eq!(validation.count(Code::LeakedSample), 1);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
///
/// If the temporary file cannot be read that fingerprints of samples go to when there are millions of them.
pub fn compare(training: &mut [Report], validation: &mut Report) -> io::Result<()> {
    check_size(training, validation);
    let mut found = Found::new(validation.kept_per_code);
    let files = training.len();
    let mut ours = validation.fingerprints.sorted()?;
    let mut theirs = training.iter_mut().map(Originals::of).collect::<io::Result<Vec<_>>>()?;
    while let Some([fingerprint, line]) = ours.read()? {
        // Every file is brought up to the fingerprint, so that none is left behind when an earlier one has it.
        let mut original = None;
        for (file, theirs) in (1_u64..).zip(&mut theirs) {
            let at = theirs.find(fingerprint)?;
            original = original.or(at.map(|line| Original { line, file }));
        }
        if let Some(original) = original {
            found.add(line, original);
        }
    }
    let message = |Original { line, file }| {
        let file = if files > 1 { format!(", file {file}") } else { String::new() };
        format!("the sample is line {line} of the training data{file}; expected it in one file only")
    };
    found.report(Code::LeakedSample, message, validation);
    validation.sort();
    Ok(())
}

/// Where the same sample is in the training data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Original {
    line: u64,
    file: u64,
}

/// The samples of a training file in ascending order, as far as they were looked at.
struct Originals<'f> {
    sorted: Sorted<'f, 2>,
    next: Option<[u64; 2]>,
}

impl<'f> Originals<'f> {
    fn of(report: &'f mut Report) -> io::Result<Self> {
        let mut sorted = report.fingerprints.sorted()?;
        Ok(Self { next: sorted.read()?, sorted })
    }

    /// The first line with the fingerprint, which is not smaller than the one asked for before.
    fn find(&mut self, fingerprint: u64) -> io::Result<Option<u64>> {
        while self.next.is_some_and(|[known, _]| known < fingerprint) {
            self.next = self.sorted.read()?;
        }
        Ok(self.next.filter(|[known, _]| *known == fingerprint).map(|[_, line]| line))
    }
}

/// The smaller of 1 MB and 5 % of the training data.
fn check_size(training: &[Report], validation: &mut Report) {
    const MEGABYTE: u64 = 1_000_000;
    let training: u64 = training.iter().map(|report| report.statistics.bytes).sum();
    let (bytes, limit) = (validation.statistics.bytes, (training / 20).min(MEGABYTE));
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
struct Found<T> {
    count: u64,
    kept: usize,
    lines: BinaryHeap<(u64, T)>,
}

impl<T: Ord> Found<T> {
    fn new(kept: usize) -> Self {
        Self { count: 0, kept, lines: BinaryHeap::new() }
    }

    fn add(&mut self, line: u64, original: T) {
        self.count += 1;
        self.lines.push((line, original));
        if self.lines.len() > self.kept {
            self.lines.pop();
        }
    }

    fn report(self, code: Code, message: impl Fn(T) -> String, report: &mut Report) {
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
