use std::fmt;

use serde::Serialize;

use super::{Code, Severity};

/// Something wrong with a sample or a file.
///
/// Shown as `line:column: severity[code]: message (path)`, and [with the file](Self::at) as a place an editor can open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Problem {
    /// What kind of problem it is.
    pub code: Code,
    /// The line, counted from 1; `None` if the file as a whole is meant.
    pub line: Option<u64>,
    /// The column, in characters counted from 1, where one can be named.
    pub column: Option<u64>,
    /// Where in the line's JSON, for example `$.messages[2].tool_calls[0].id`; `None` where there is no JSON yet.
    pub path: Option<String>,
    /// What is wrong and what was expected. [`Code::advice`] says what to do.
    pub message: String,
}

impl Problem {
    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// What problems of a file are ordered by.
    pub(super) fn place(&self) -> (Option<u64>, Option<u64>, Code) {
        (self.line, self.column, self.code)
    }

    /// The problem with the name of its file in front: `train.jsonl:3:17: error[T407]: …`.
    pub fn at(&self, file: impl fmt::Display) -> String {
        let space = if self.line.is_some() { "" } else { " " };
        format!("{file}:{space}{self}")
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
            if let Some(column) = self.column {
                write!(f, "{column}:")?;
            }
            f.write_str(" ")?;
        }
        write!(f, "{}[{}]: {}", self.severity(), self.code, self.message)?;
        match self.path.as_deref() {
            None | Some("$") => Ok(()),
            Some(path) => write!(f, " ({path})"),
        }
    }
}
