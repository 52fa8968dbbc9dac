//! Tables as input: requests made of their rows.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use mistral_sdk::datasets::table::{CustomId, TableError, Template};
use mistral_sdk::models::BatchEndpoint;
use mistral_sdk::runs::Input;

use super::open;
use crate::args::TableOptions;
use crate::failure::{Failure, Result};

/// The requests of files, of standard input, or made of the rows of a table.
///
/// # Errors
///
/// As [`open`]; a table without a template, or one that this build does not read.
pub(crate) fn input(paths: &[PathBuf], options: &TableOptions, endpoint: &BatchEndpoint) -> Result<Input> {
    let Some(kind) = paths.iter().find_map(|path| Kind::of(path)) else {
        if options.template.is_some() || options.column.is_some() || options.id_column.is_some() {
            return Err(Failure::usage("--template, --column and --id-column are for tables, and the input is none")
                .help("Name a .csv, .tsv or .parquet file."));
        }
        return open(paths);
    };
    let [path] = paths else {
        return Err(
            Failure::usage("a table cannot be read along with other input").help("Name one table, and nothing else.")
        );
    };
    let template = template(options, endpoint)?;
    let custom_id = options.id_column.clone().map_or(CustomId::Generated, CustomId::Column);
    kind.check()?;
    let file = File::open(path).map_err(|error| {
        Failure::input(format!("{} cannot be read", path.display()))
            .because(error)
            .help("Name a table that you may read.")
    })?;
    let name = path.display().to_string();
    let called = name.clone();
    let made = Made::by(move |out| {
        kind.write(file, &template, custom_id, out).map_err(|error| match error {
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
    let column = options.column.as_deref().ok_or_else(|| {
        Failure::usage("a table needs to be told how its rows become requests")
            .help("Name the column of the question with --column, or a file of the whole body with --template.")
    })?;
    Ok(match endpoint {
        BatchEndpoint::ChatCompletions => Template::chat(column),
        _ => Template::input(column),
    })
}

/// A form of tables.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Csv,
    Tsv,
    Parquet,
}

impl Kind {
    fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "csv" => Some(Self::Csv),
            "tsv" => Some(Self::Tsv),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }

    /// Refuses what this build does not read.
    fn check(self) -> Result<()> {
        let (read, feature) = match self {
            Self::Csv | Self::Tsv => (cfg!(feature = "csv"), "csv"),
            Self::Parquet => (cfg!(feature = "parquet"), "parquet"),
        };
        if read {
            return Ok(());
        }
        Err(Failure::usage(format!("this build of mistral-jobs reads no {feature}"))
            .help(format!("Build it with --features {feature}, or write the requests as JSON lines.")))
    }

    /// Writes the request of each row.
    #[cfg_attr(
        not(any(feature = "csv", feature = "parquet")),
        allow(unused_variables, reason = "nothing is read then")
    )]
    fn write(
        self,
        file: File,
        template: &Template,
        id: CustomId,
        out: &mut Blocks,
    ) -> std::result::Result<(), TableError> {
        #[cfg(feature = "csv")]
        use mistral_sdk::datasets::table::CsvRows;

        match self {
            #[cfg(feature = "csv")]
            Self::Csv => write(CsvRows::new(io::BufReader::new(file))?, template, id, out),
            #[cfg(feature = "csv")]
            Self::Tsv => write(CsvRows::with_delimiter(io::BufReader::new(file), b'\t')?, template, id, out),
            #[cfg(feature = "parquet")]
            Self::Parquet => write(mistral_sdk::datasets::table::ParquetRows::new(file)?, template, id, out),
            // What this build does not read was refused before.
            #[allow(unreachable_patterns, reason = "reached in a build that reads only some")]
            _ => Err(TableError::Empty),
        }
    }
}

#[cfg(any(feature = "csv", feature = "parquet"))]
fn write<R: mistral_sdk::datasets::table::Rows>(
    rows: R,
    template: &Template,
    id: CustomId,
    out: &mut Blocks,
) -> std::result::Result<(), TableError> {
    mistral_sdk::datasets::table::Requests::new(rows, template, id)?.write(out)?;
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

    #[test]
    fn a_table_is_known_by_the_end_of_its_name() {
        assert!(matches!(Kind::of(Path::new("a.CSV")), Some(Kind::Csv)));
        assert!(Kind::of(Path::new("a.jsonl")).is_none() && Kind::of(Path::new("-")).is_none());
    }
}
