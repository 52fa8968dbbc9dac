use std::io::{self, IsTerminal, Write};

use mistral_sdk::models::List;
use serde::Serialize;

use crate::args::Format;
use crate::failure::{Failure, Result};
use crate::terminal::{Table, escape, shorten};

/// Standard output: data, in the form asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Data {
    pub(crate) format: Format,
    terminal: bool,
}

/// Columns of a terminal that does not tell.
const WIDTH: usize = 100;
/// Characters of a field that a terminal shows: more than a note of a job has, less than an error may have.
const LONGEST: usize = 600;

impl Data {
    pub(crate) fn new(format: Format) -> Self {
        Self { format, terminal: io::stdout().is_terminal() }
    }

    /// Whether somebody looks at a table, who would take no rows for no answer.
    pub(crate) fn is_looked_at(&self) -> bool {
        self.terminal && self.format == Format::Table
    }

    /// A page of items.
    pub(crate) fn list<T: Serialize>(&self, list: &List<T>, table: impl FnOnce(&[T]) -> Table) -> Result<()> {
        match self.format {
            Format::Table => self.table(&table(&list.data)),
            Format::Json => self.json(list),
            Format::Jsonl => list.data.iter().try_for_each(|item| self.line(item)),
        }
    }

    /// One thing: its fields for people, all of it for programs.
    pub(crate) fn item<T: Serialize>(&self, item: &T, fields: &[(&str, String)]) -> Result<()> {
        match self.format {
            Format::Table => self.fields(fields),
            Format::Json => self.json(item),
            Format::Jsonl => self.line(item),
        }
    }

    /// One thing on one line, or one document in the JSON format.
    pub(crate) fn json_item<T: Serialize>(&self, item: &T) -> Result<()> {
        if self.format == Format::Json { self.json(item) } else { self.line(item) }
    }

    /// A text as it is.
    pub(crate) fn text(&self, text: &str) -> Result<()> {
        writeln!(io::stdout(), "{text}").map_err(Failure::stdout)
    }

    pub(crate) fn table(&self, table: &Table) -> Result<()> {
        let mut out = anstream::stdout().lock();
        let written = if self.terminal {
            let width = terminal_size::terminal_size().map_or(WIDTH, |(width, _)| width.0.into());
            table.write_aligned(&mut out, width)
        } else {
            table.write_plain(&mut out)
        };
        written.and_then(|()| out.flush()).map_err(Failure::stdout)
    }

    fn fields(&self, fields: &[(&str, String)]) -> Result<()> {
        let mut out = anstream::stdout().lock();
        let widest = fields.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
        for (name, value) in fields {
            let written = if self.terminal {
                let style = anstyle::Style::new().bold();
                writeln!(out, "{style}{name:<widest$}{style:#}  {}", escape(&shorten(value, LONGEST)))
            } else {
                writeln!(out, "{name}\t{}", escape(value))
            };
            written.map_err(Failure::stdout)?;
        }
        out.flush().map_err(Failure::stdout)
    }

    fn json<T: Serialize>(&self, value: &T) -> Result<()> {
        let text = serde_json::to_string_pretty(value).map_err(unwritable)?;
        self.text(&text)
    }

    fn line<T: Serialize>(&self, value: &T) -> Result<()> {
        let text = serde_json::to_string(value).map_err(unwritable)?;
        self.text(&text)
    }
}

fn unwritable(error: serde_json::Error) -> Failure {
    Failure::unexpected("the data cannot be written as JSON").because(error)
}
