use std::collections::BTreeMap;

use super::{Code, Flaw, Format, Problem};

/// Counts every problem and keeps the first, so that memory is bounded whatever is in a file.
#[derive(Debug)]
pub(super) struct Problems {
    pub(super) counts: BTreeMap<Code, u64>,
    pub(super) kept: Vec<Problem>,
    pub(super) limit: usize,
}

impl Problems {
    pub(super) fn new(limit: usize) -> Self {
        Self { counts: BTreeMap::new(), kept: Vec::new(), limit }
    }

    /// Adds a problem of a line of the last file, or of that file as a whole. Those of lines come in their order; one of a
    /// file may come late and is always kept, as it goes before them.
    pub(super) fn add(&mut self, files: &[String], line: Option<u64>, flaw: Flaw, format: Option<Format>) {
        self.count(flaw.code, 1);
        if line.is_none() || self.kept.len() < self.limit {
            let file = files.len().saturating_sub(1);
            self.kept.push(problem(files, file, line, flaw, format));
        }
    }

    pub(super) fn count(&mut self, code: Code, count: u64) {
        if count > 0 {
            *self.counts.entry(code).or_default() += count;
        }
    }

    /// Brings what is kept in order, and drops what is too much.
    pub(super) fn sort(&mut self) {
        self.kept.sort_by_key(|problem| problem.order);
        self.kept.truncate(self.limit);
    }
}

pub(super) fn problem(files: &[String], file: usize, line: Option<u64>, flaw: Flaw, format: Option<Format>) -> Problem {
    let Flaw { code, column, what } = flaw;
    Problem { code, file: files.get(file).cloned(), line, column, what, format, order: (file, line.unwrap_or(0)) }
}
