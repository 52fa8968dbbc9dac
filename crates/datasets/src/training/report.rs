use std::collections::BTreeMap;

use serde::Serialize;

use super::{Code, Format, Problem, Severity, Statistics};
use crate::fingerprints::Fingerprints;

/// What a check found.
#[derive(Debug, Serialize)]
pub struct Report {
    pub(super) format: Option<Format>,
    pub(super) counts: BTreeMap<Code, u64>,
    pub(super) problems: Vec<Problem>,
    pub(super) statistics: Statistics,
    pub(super) invalid_samples: u64,
    #[serde(skip)]
    pub(super) kept_per_code: usize,
    #[serde(skip)]
    pub(super) fingerprints: Fingerprints<2>,
}

impl Report {
    /// The format that was given, or that of the first sample. `None` if no sample was recognised.
    pub fn format(&self) -> Option<Format> {
        self.format
    }

    /// Whether there is no error. There may be warnings and notes.
    pub fn is_valid(&self) -> bool {
        self.severity() < Some(Severity::Error)
    }

    /// The worst that was found.
    pub fn severity(&self) -> Option<Severity> {
        self.counts.keys().map(|code| code.severity()).max()
    }

    /// How many problems have this code.
    pub fn count(&self, code: Code) -> u64 {
        self.counts.get(&code).copied().unwrap_or(0)
    }

    /// How many problems of each code there are; codes that do not occur are left out.
    pub fn counts(&self) -> &BTreeMap<Code, u64> {
        &self.counts
    }

    /// How many problems are this bad.
    pub fn total(&self, severity: Severity) -> u64 {
        self.counts.iter().filter(|(code, _)| code.severity() == severity).map(|(_, count)| count).sum()
    }

    /// How many samples have an error, each counted once. Where the file as a whole is no JSON lines, its lines are not
    /// looked at and none is counted.
    pub fn invalid_samples(&self) -> u64 {
        self.invalid_samples
    }

    /// The first problems of each code, ordered by place. Those of the file as a whole come first.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// What is in the file.
    pub fn statistics(&self) -> &Statistics {
        &self.statistics
    }

    /// Brings the problems in the order of their places.
    pub(super) fn sort(&mut self) {
        self.problems.sort_by_key(Problem::place);
    }
}
