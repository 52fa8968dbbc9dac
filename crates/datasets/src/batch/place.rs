use std::fmt;

use serde::Serialize;

/// A line of a file.
///
/// Shown as `file:line`, a place an editor can open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The name of the file, as it was given.
    pub file: String,
    /// The line, counted from 1; blank lines count.
    pub line: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A place in one number, so that places are ordered by file and line: 24 bits for the file and 40 for the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Packed(pub(super) u64);

impl Packed {
    const LINE_BITS: u32 = 40;
    const MAX_LINE: u64 = (1 << Self::LINE_BITS) - 1;

    /// A line beyond a million million is shown as that one; nobody can have written it.
    pub(super) fn new(file: usize, line: u64) -> Self {
        Self((file as u64) << Self::LINE_BITS | line.min(Self::MAX_LINE))
    }

    pub(super) fn file(self) -> usize {
        (self.0 >> Self::LINE_BITS) as usize
    }

    pub(super) fn line(self) -> u64 {
        self.0 & Self::MAX_LINE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_places_are_ordered_by_file_and_line() {
        let places = [(0, 1), (0, 2), (0, u64::MAX), (1, 1), (5000, 7)].map(|(file, line)| Packed::new(file, line));
        assert!(places.is_sorted());
        assert_eq!((places[4].file(), places[4].line()), (5000, 7));
    }
}
