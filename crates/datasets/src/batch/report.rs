use std::collections::BTreeMap;

use serde::Serialize;

use super::{Code, Problem, Statistics};

/// What a check found.
#[derive(Debug, Serialize)]
pub struct Report {
    pub(super) counts: BTreeMap<Code, u64>,
    pub(super) problems: Vec<Problem>,
    pub(super) statistics: Statistics,
}

impl Report {
    /// Whether there is no problem.
    pub fn is_valid(&self) -> bool {
        self.counts.is_empty()
    }

    /// How many problems there are.
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    /// How many problems have this code.
    pub fn count(&self, code: Code) -> u64 {
        self.counts.get(&code).copied().unwrap_or(0)
    }

    /// How many problems of each code there are; codes that do not occur are left out.
    pub fn counts(&self) -> &BTreeMap<Code, u64> {
        &self.counts
    }

    /// The first problems, ordered by file and line. Those of a file as a whole come before its lines.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// What is in the input.
    pub fn statistics(&self) -> &Statistics {
        &self.statistics
    }
}
