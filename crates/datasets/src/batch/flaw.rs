use std::fmt;

use super::Code;

/// The first thing that is wrong with a line.
///
/// Shown as `what; expected …`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Flaw {
    /// What kind of problem it is.
    pub code: Code,
    /// The column, in characters counted from 1, where one can be named.
    pub column: Option<u64>,
    /// What is wrong. Excerpts of the line are short, quoted and escaped.
    pub what: String,
}

impl Flaw {
    pub(super) fn new(code: Code, what: impl Into<String>) -> Self {
        Self { code, column: None, what: what.into() }
    }

    /// The flaw with its place: the piece of the line it is about.
    pub(super) fn at(self, piece: &str, line: &str) -> Self {
        // The addresses tell where the piece begins.
        let start = (piece.as_ptr() as usize).checked_sub(line.as_ptr() as usize);
        let before = start.and_then(|start| line.get(..start));
        Self { column: before.map(|before| before.chars().count() as u64 + 1), ..self }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; expected {}", self.what, self.code.expected())
    }
}

impl std::error::Error for Flaw {}
