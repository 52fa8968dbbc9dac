use std::fmt;
use std::io;

use crate::batch::Format;

/// Why a table did not become requests.
///
/// Rows are counted from 1, without the line of names.
#[derive(Debug)]
#[non_exhaustive]
pub enum TableError {
    /// The file is no text in UTF-8.
    OtherFormat(Format),
    /// The table has no columns or no rows.
    Empty,
    /// Two columns have the same name, and the template or the id wants it.
    ColumnTwice {
        /// The name.
        name: String,
    },
    /// There is no such column.
    UnknownColumn {
        /// The name that was asked for.
        name: String,
        /// The names there are.
        columns: Vec<String>,
    },
    /// A row has more or fewer values than there are columns.
    Ragged {
        /// The row.
        row: u64,
        /// The line of the file it begins on, or the blank lines before it.
        line: u64,
        /// How many values it has.
        found: u64,
        /// How many columns there are.
        expected: u64,
    },
    /// A value is not valid UTF-8.
    NotUtf8 {
        /// The row.
        row: u64,
        /// The line of the file it begins on, or the blank lines before it.
        line: u64,
        /// The column.
        column: String,
    },
    /// A row has no id in the column that was named, or one that is no text and no number.
    NoCustomId {
        /// The row.
        row: u64,
        /// The column.
        column: String,
        /// What is there instead.
        found: &'static str,
    },
    /// The file is no Parquet, is damaged, or uses what is not read here.
    Parquet {
        /// The row, unless it was the file that could not be opened.
        row: Option<u64>,
        /// The reader's words.
        reason: String,
    },
    /// The template cannot be used.
    Template {
        /// What is wrong.
        what: String,
        /// Where, in characters counted from 1 in its line, if one can be named.
        column: Option<u64>,
    },
    /// A read or a write failed.
    Io(io::Error),
}

/// Names of columns that a message shows.
const SHOWN: usize = 10;

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherFormat(format) => write!(f, "the file is {format}; expected CSV in UTF-8. {}", format.advice()),
            Self::Empty => f.write_str("the table has no rows; expected the names of its columns and at least one row"),
            Self::ColumnTwice { name } => {
                write!(f, "two columns are called {name:?}; rename one, so that it is clear which is meant")
            }
            Self::UnknownColumn { name, columns } => {
                let shown: Vec<_> = columns.iter().take(SHOWN).map(|name| format!("{name:?}")).collect();
                let more = if columns.len() > SHOWN { ", …" } else { "" };
                write!(f, "there is no column {name:?}; expected one of {}{more}", shown.join(", "))
            }
            Self::Ragged { row, line, found, expected } => write!(
                f,
                "row {row}, line {line}: {found} values for {expected} columns; write one value for each, in quotes if it \
                 has a comma or a line break"
            ),
            Self::NotUtf8 { row, line, column } => write!(
                f,
                "row {row}, line {line}: column {column:?} is not UTF-8; convert the file from the encoding it has, for \
                 example: iconv -f WINDOWS-1252 -t UTF-8"
            ),
            Self::NoCustomId { row, column, found } => write!(
                f,
                "row {row}: column {column:?} is {found}; expected an id, a text or a number. Fill it in, name another \
                 column, or have ids generated"
            ),
            Self::Parquet { row: None, reason } => write!(
                f,
                "the file cannot be read as Parquet: {reason}; write it anew, uncompressed or with snappy or zstd"
            ),
            Self::Parquet { row: Some(row), reason } => write!(
                f,
                "row {row} cannot be read: {reason}; the file may be damaged or cut off. Write it anew, uncompressed or with \
                 snappy or zstd"
            ),
            Self::Template { what, column: None } => write!(f, "the template: {what}"),
            Self::Template { what, column: Some(column) } => write!(f, "the template, column {column}: {what}"),
            Self::Io(error) => write!(f, "the table: {error}"),
        }
    }
}

impl std::error::Error for TableError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => error.source(),
            _ => None,
        }
    }
}

impl From<io::Error> for TableError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
