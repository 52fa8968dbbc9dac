use std::collections::BTreeMap;

use super::path::Path;
use super::{Code, Problem, Severity};

/// Counts every problem and keeps the first of each code, so that memory is bounded whatever is in a file.
#[derive(Debug, Default)]
pub(super) struct Problems {
    pub(super) counts: BTreeMap<Code, u64>,
    /// How many of them are errors with a line.
    pub(super) line_errors: u64,
    pub(super) kept: Vec<Problem>,
}

impl Problems {
    pub(super) fn count(&self, code: Code) -> u64 {
        self.counts.get(&code).copied().unwrap_or(0)
    }

    pub(super) fn clear(&mut self) {
        self.counts.clear();
        self.line_errors = 0;
        self.kept.clear();
    }

    /// Takes what another has counted and kept.
    pub(super) fn absorb(&mut self, other: &mut Self) {
        if other.counts.is_empty() {
            return;
        }
        for (code, count) in std::mem::take(&mut other.counts) {
            *self.counts.entry(code).or_default() += count;
        }
        self.line_errors += std::mem::take(&mut other.line_errors);
        self.kept.append(&mut other.kept);
    }
}

/// Where the problems of one line go until it is known to be JSON.
#[derive(Debug)]
pub(super) struct Sink<'c> {
    /// The number of the line.
    pub(super) line: u64,
    pub(super) text: &'c str,
    /// What earlier lines had.
    pub(super) before: &'c Problems,
    pub(super) kept_per_code: usize,
    pub(super) found: &'c mut Problems,
}

impl Sink<'_> {
    /// Counts a problem. The message is made, and the column looked for, only if the problem is kept.
    pub(super) fn add(&mut self, code: Code, path: &Path<'_>, message: impl FnOnce() -> String) {
        let count = self.found.counts.entry(code).or_default();
        if self.before.count(code) + *count < self.kept_per_code as u64 {
            self.found.kept.push(Problem {
                code,
                line: Some(self.line),
                column: path.column(self.text),
                path: Some(path.to_string()),
                message: message(),
            });
        }
        *count += 1;
        self.found.line_errors += u64::from(code.severity() == Severity::Error);
    }

    /// How many problems the line has so far.
    pub(super) fn total(&self) -> u64 {
        self.found.counts.values().sum()
    }
}
