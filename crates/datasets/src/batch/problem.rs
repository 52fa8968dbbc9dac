use std::fmt;

use serde::Serialize;

use super::{Code, Format};

/// Something wrong with the input.
///
/// Shown as `file:line:column: error[code]: what; expected …`, a place an editor can open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Problem {
    /// What kind of problem it is.
    pub code: Code,
    /// The name of the file, as it was given; `None` if several files are meant together.
    pub file: Option<String>,
    /// The line, counted from 1; `None` if the file as a whole is meant.
    pub line: Option<u64>,
    /// The column, in characters counted from 1, where one can be named.
    pub column: Option<u64>,
    /// What is wrong. Excerpts of the input are short, quoted and escaped.
    pub what: String,
    /// What the file is, if it is [none of text](Code::OtherFormat).
    pub format: Option<Format>,
    /// What problems are ordered by: the file as it was counted, and the line, 0 for the file as a whole.
    #[serde(skip)]
    pub(super) order: (usize, u64),
}

impl Problem {
    /// What should be there instead.
    pub fn expected(&self) -> &'static str {
        self.code.expected()
    }

    /// What to do about it. `FILE` stands for the file.
    pub fn advice(&self) -> &'static str {
        self.format.map_or(self.code.advice(), Format::advice)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{file}:")?;
            if let Some(line) = self.line {
                write!(f, "{line}:")?;
                if let Some(column) = self.column {
                    write!(f, "{column}:")?;
                }
            }
            f.write_str(" ")?;
        }
        write!(f, "error[{}]: {}; expected {}", self.code, self.what, self.expected())
    }
}
