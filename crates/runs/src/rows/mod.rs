//! The rows of a part, read from the input as often as they are needed.

mod cut;
mod list;
mod sent;

pub(crate) use cut::{Cutter, body, requests};
pub(crate) use list::{Entry, ListReader, ListWriter};
pub(crate) use sent::{id_of, sent};

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Take};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mistral_datasets::Lines;
use mistral_transport::{Error, ErrorKind, Result};

use crate::blocking::unreadable;
use crate::part::{Part, Selection, Stretch};

const BUFFER: usize = 256 << 10;

/// Where rows come from.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// The input files, in order.
    pub(crate) files: Arc<[PathBuf]>,
    /// The folder of the run.
    pub(crate) folder: Arc<Path>,
    /// Whether rows without an id are given one.
    pub(crate) generate_ids: bool,
}

/// A row, as it stands in the input.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InputRow<'a> {
    pub(crate) at: Entry,
    /// The number of its line, where lines are read one after the other.
    pub(crate) line: Option<u64>,
    /// The line, without its end.
    pub(crate) bytes: &'a [u8],
}

/// Reads the rows of a part, one at a time.
#[derive(Debug)]
pub(crate) struct Rows {
    source: Source,
    way: Way,
    bytes: Vec<u8>,
}

#[derive(Debug)]
enum Way {
    Along { stretches: std::vec::IntoIter<Stretch>, open: Option<Open> },
    Picked { list: ListReader, left: u64, open: Option<(usize, BufReader<File>, u64)> },
}

/// A stretch while it is read.
#[derive(Debug)]
struct Open {
    stretch: Stretch,
    row: u64,
    lines: Lines<BufReader<Take<File>>>,
}

impl Rows {
    pub(crate) fn of(source: &Source, part: &Part) -> Result<Self> {
        let way = match &part.selection {
            Selection::Stretches(stretches) => Way::Along { stretches: stretches.clone().into_iter(), open: None },
            Selection::Picked { list, first } => Way::Picked {
                list: ListReader::open(&source.folder.join(list), *first)?,
                left: part.rows,
                open: None,
            },
        };
        Ok(Self { source: source.clone(), way, bytes: Vec::new() })
    }

    /// The next row; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<InputRow<'_>>> {
        let Self { source, way, bytes } = self;
        bytes.clear();
        let found = match way {
            Way::Along { stretches, open } => along(source, stretches, open, bytes)?,
            Way::Picked { left: 0, .. } => None,
            Way::Picked { list, left, open } => {
                *left -= 1;
                let at = list.next()?.ok_or_else(changed)?;
                pick(source, at, open, bytes)?;
                Some((at, None))
            }
        };
        Ok(found.map(|(at, line)| InputRow { at, line, bytes }))
    }
}

/// The input is not what it was when the run was planned.
pub(crate) fn changed() -> Error {
    let message = "the input changed since the run was planned; begin a new run for the new input";
    Error::new(ErrorKind::InputChanged, message).during("runs.run")
}

/// Goes on to the next line that is not blank.
fn along(
    source: &Source,
    stretches: &mut std::vec::IntoIter<Stretch>,
    open: &mut Option<Open>,
    bytes: &mut Vec<u8>,
) -> Result<Option<(Entry, Option<u64>)>> {
    loop {
        let Some(current) = open else {
            let Some(stretch) = stretches.next() else { return Ok(None) };
            let path = source.file(stretch.file)?;
            let begin = || {
                let mut file = File::open(path)?;
                file.seek(SeekFrom::Start(stretch.start))?;
                Ok(BufReader::with_capacity(BUFFER, file.take(stretch.end - stretch.start)))
            };
            let lines = Lines::new(begin().map_err(|error| unreadable(path, error))?);
            *open = Some(Open { row: stretch.row, stretch, lines });
            continue;
        };
        let Open { stretch, row, lines } = current;
        match lines.read() {
            Ok(Some(line)) if line.is_blank() => {}
            Ok(Some(line)) => {
                bytes.extend_from_slice(line.bytes);
                let at = Entry { row: *row, file: stretch.file, offset: stretch.start + line.offset };
                *row += 1;
                return Ok(Some((at, Some(stretch.line + line.number - 1))));
            }
            Ok(None) => *open = None,
            Err(error) => return Err(unreadable(source.file(stretch.file)?, error)),
        }
    }
}

/// Reads one line wherever it is. Places rise, so that most of them are in the buffer already.
fn pick(source: &Source, at: Entry, open: &mut Option<(usize, BufReader<File>, u64)>, bytes: &mut Vec<u8>) -> Result<()> {
    let path = source.file(at.file)?;
    let failed = |error: io::Error| unreadable(path, error);
    if open.as_ref().is_none_or(|(file, ..)| *file != at.file) {
        let reader = BufReader::with_capacity(BUFFER, File::open(path).map_err(failed)?);
        *open = Some((at.file, reader, 0));
    }
    let Some((_, reader, position)) = open else { return Ok(()) };
    let step = i128::from(at.offset) - i128::from(*position);
    let step = i64::try_from(step).map_err(|_| changed())?;
    reader.seek_relative(step).map_err(failed)?;
    let read = reader.by_ref().take(Lines::<BufReader<File>>::LIMIT as u64).read_until(b'\n', bytes).map_err(failed)?;
    *position = at.offset + read as u64;
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
    }
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    if bytes.is_empty() { Err(changed()) } else { Ok(()) }
}

impl Source {
    fn file(&self, number: usize) -> Result<&Path> {
        self.files.get(number).map(PathBuf::as_path).ok_or_else(changed)
    }
}
