use serde::{Deserialize, Serialize};

use crate::Class;

/// What became of a number of rows. `succeeded + failed + missing` is that number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Tally {
    /// Rows with an answer.
    pub succeeded: u64,
    /// Of these, rows whose answer stops where its length was used up.
    pub cut_off: u64,
    /// Rows that failed.
    pub failed: u64,
    /// Of these, rows that failed of something that passes.
    pub retryable: u64,
    /// Rows without a result that can be read.
    pub missing: u64,
    /// Of these, rows whose result is there and cannot be read.
    pub unreadable: u64,
    /// Further results for rows that had one; the first counts.
    pub doubled: u64,
    /// Results that belong to no row.
    pub strays: u64,
    /// Lines of results that can neither be read nor be given to a row.
    pub unreadable_lines: u64,
}

impl Tally {
    /// Counts a row.
    pub(crate) fn count(&mut self, class: Class) {
        match class {
            Class::Succeeded => self.succeeded += 1,
            Class::CutOff => (self.succeeded, self.cut_off) = (self.succeeded + 1, self.cut_off + 1),
            Class::Retryable => (self.failed, self.retryable) = (self.failed + 1, self.retryable + 1),
            Class::Permanent => self.failed += 1,
            Class::Unreadable => (self.missing, self.unreadable) = (self.missing + 1, self.unreadable + 1),
            Class::Missing => self.missing += 1,
        }
    }

    /// The number of rows.
    pub fn rows(&self) -> u64 {
        self.succeeded + self.failed + self.missing
    }

    /// Whether every row has an answer.
    pub fn all_succeeded(&self) -> bool {
        self.failed + self.missing == 0
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        // Taken apart, so that a new count cannot be forgotten.
        let Self { succeeded, cut_off, failed, retryable, missing, unreadable, doubled, strays, unreadable_lines } =
            other;
        self.succeeded += succeeded;
        self.cut_off += cut_off;
        self.failed += failed;
        self.retryable += retryable;
        self.missing += missing;
        self.unreadable += unreadable;
        self.doubled += doubled;
        self.strays += strays;
        self.unreadable_lines += unreadable_lines;
    }
}
