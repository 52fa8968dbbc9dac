//! The requests of a table's rows, made while they are read.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

#[cfg(feature = "csv")]
use mistral_sdk::datasets::table::CsvRows;
#[cfg(feature = "parquet")]
use mistral_sdk::datasets::table::ParquetRows;
use mistral_sdk::datasets::table::{CustomId, Requests, Rows, TableError, Template};
use mistral_sdk::models::BatchEndpoint;
use mistral_sdk::runs::Input;

use super::table::Kind;
use crate::args::TableOptions;
use crate::failure::{Failure, Result};

/// The requests that are made of a table's rows.
pub(super) fn input(kind: Kind, path: &Path, options: &TableOptions, endpoint: &BatchEndpoint) -> Result<Input> {
    let template = template(options, endpoint)?;
    let custom_id = options.id_column.clone().map_or(CustomId::Generated, CustomId::Column);
    let file = File::open(path).map_err(|error| {
        Failure::input(format!("{} cannot be read", path.display()))
            .because(error)
            .help("Name a table that you may read.")
    })?;
    let name = path.display().to_string();
    let called = name.clone();
    let made = Made::by(move |out| {
        rows(kind, file, &template, custom_id, out).map_err(|error| match error {
            // Whoever reads has gone away, and hears nothing.
            TableError::Io(error) => error,
            error => io::Error::other(format!("{called}: {error}")),
        })
    });
    Ok(Input::reader(made).named(format!("{name} as requests")))
}

fn template(options: &TableOptions, endpoint: &BatchEndpoint) -> Result<Template> {
    if let Some(path) = &options.template {
        let shown = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::usage(format!("--template: {shown} cannot be read")).because(error))?;
        return Template::parse(&text).map_err(|error| {
            Failure::usage(format!("--template: {shown}: {error}"))
                .help(r#"Write it so: {"messages": [{"role": "user", "content": "Translate: {{text}}"}]}"#)
        });
    }
    let column = options.column.as_deref().unwrap_or_default();
    Ok(match endpoint {
        BatchEndpoint::ChatCompletions => Template::chat(column),
        _ => Template::input(column),
    })
}

/// Writes the request of each row.
fn rows(
    kind: Kind,
    file: File,
    template: &Template,
    id: CustomId,
    out: &mut Blocks,
) -> std::result::Result<(), TableError> {
    match kind {
        #[cfg(feature = "csv")]
        Kind::Csv => write(CsvRows::new(io::BufReader::new(file))?, template, id, out),
        #[cfg(feature = "csv")]
        Kind::Tsv => write(CsvRows::with_delimiter(io::BufReader::new(file), b'\t')?, template, id, out),
        #[cfg(feature = "parquet")]
        Kind::Parquet => write(ParquetRows::new(file)?, template, id, out),
        // What this build does not read was refused before.
        #[allow(unreachable_patterns, reason = "reached in a build that reads only some")]
        _ => Err(TableError::Empty),
    }
}

fn write<R: Rows>(rows: R, template: &Template, id: CustomId, out: &mut Blocks) -> std::result::Result<(), TableError> {
    Requests::new(rows, template, id)?.write(out)?;
    Ok(out.flush()?)
}

/// Bytes that a thread of their own makes while they are read.
struct Made {
    blocks: Receiver<io::Result<Vec<u8>>>,
    block: io::Cursor<Vec<u8>>,
}

/// The other end: where the thread writes.
struct Blocks {
    sender: SyncSender<io::Result<Vec<u8>>>,
    block: Vec<u8>,
}

const BLOCK: usize = 256 << 10;
/// Blocks that are made before one is read.
const AHEAD: usize = 4;

impl Made {
    fn by(make: impl FnOnce(&mut Blocks) -> io::Result<()> + Send + 'static) -> Self {
        let (sender, blocks) = sync_channel(AHEAD);
        std::thread::spawn(move || {
            let mut out = Blocks { sender, block: Vec::with_capacity(BLOCK) };
            if let Err(error) = make(&mut out) {
                // If whoever reads has gone, nobody is left to be told.
                let _ = out.sender.send(Err(error));
            }
        });
        Self { blocks, block: io::Cursor::default() }
    }
}

impl Read for Made {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.block.read(buffer)? {
                0 => match self.blocks.recv() {
                    Ok(block) => self.block = io::Cursor::new(block?),
                    Err(_) => return Ok(0),
                },
                read => return Ok(read),
            }
        }
    }
}

impl Write for Blocks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.block.extend_from_slice(bytes);
        if self.block.len() >= BLOCK {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let block = std::mem::replace(&mut self.block, Vec::with_capacity(BLOCK));
        let sent = if block.is_empty() { Ok(()) } else { self.sender.send(Ok(block)) };
        sent.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_is_read_to_its_end_or_its_error() {
        let mut text = Vec::new();
        let mut made = Made::by(|out| {
            (0..100_000).try_for_each(|line| writeln!(out, "line {line}"))?;
            out.flush()
        });
        made.read_to_end(&mut text).unwrap();
        assert_eq!(text.split(|byte| *byte == b'\n').count(), 100_001);

        let mut failed = Made::by(|_| Err(io::Error::other("row 3 is ragged")));
        assert_eq!(failed.read_to_end(&mut text).unwrap_err().to_string(), "row 3 is ragged");
    }
}
