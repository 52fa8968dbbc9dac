//! The rows of a part, read from the input as often as they are needed.

mod cut;
mod list;
mod sent;

pub(crate) use cut::{body, requests};
pub(crate) use list::{Entry, ListReader, ListWriter};
pub(crate) use sent::{id_of, sent, sent_id};

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
    Picked { list: ListReader, left: u64, picker: Picker },
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
                picker: Picker::new(source),
            },
        };
        Ok(Self { source: source.clone(), way, bytes: Vec::new() })
    }

    /// The next row; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<InputRow<'_>>> {
        match &mut self.way {
            Way::Along { stretches, open } => {
                self.bytes.clear();
                let found = along(&self.source, stretches, open, &mut self.bytes)?;
                Ok(found.map(|(at, _)| InputRow { at, bytes: &self.bytes }))
            }
            Way::Picked { left: 0, .. } => Ok(None),
            Way::Picked { list, left, picker } => {
                *left -= 1;
                let at = list.next()?.ok_or_else(changed)?;
                picker.row(at).map(Some)
            }
        }
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
                Ok(BufReader::with_capacity(BUFFER, file.take(stretch.end.saturating_sub(stretch.start))))
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

/// Reads single lines wherever they are. Places rise, so that most of them are in the buffer already.
#[derive(Debug)]
pub(crate) struct Picker {
    source: Source,
    open: Option<Picking>,
    bytes: Vec<u8>,
}

/// The file that was read last, and how far.
#[derive(Debug)]
struct Picking {
    file: usize,
    reader: BufReader<File>,
    position: u64,
}

impl Picker {
    pub(crate) fn new(source: &Source) -> Self {
        Self { source: source.clone(), open: None, bytes: Vec::new() }
    }

    /// The row at this place.
    pub(crate) fn row(&mut self, at: Entry) -> Result<InputRow<'_>> {
        let path = self.source.file(at.file)?;
        let failed = |error: io::Error| unreadable(path, error);
        let mut open = match self.open.take().filter(|open| open.file == at.file) {
            Some(open) => open,
            None => {
                let reader = BufReader::with_capacity(BUFFER, File::open(path).map_err(failed)?);
                Picking { file: at.file, reader, position: 0 }
            }
        };
        let step = i128::from(at.offset) - i128::from(open.position);
        open.reader.seek_relative(i64::try_from(step).map_err(|_| changed())?).map_err(failed)?;
        self.bytes.clear();
        let limit = Lines::<BufReader<File>>::LIMIT as u64;
        let read = open.reader.by_ref().take(limit).read_until(b'\n', &mut self.bytes).map_err(failed)?;
        open.position = at.offset + read as u64;
        self.open = Some(open);
        let bytes = self.bytes.strip_suffix(b"\n").unwrap_or(&self.bytes);
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        if bytes.is_empty() { Err(changed()) } else { Ok(InputRow { at, bytes }) }
    }
}

impl Source {
    /// Where a row stands, its file and the number of its line; looked for from a stretch on that begins before it, or from the
    /// beginning.
    pub(crate) fn place_of(&self, row: u64, stretch: Option<Stretch>) -> Result<Option<(PathBuf, u64)>> {
        let whole = |file: usize, at: u64| Stretch { file, start: 0, end: u64::MAX, row: at, line: 1 };
        let (mut next, mut found) = (stretch.or_else(|| Some(whole(0, 0))), None);
        while let Some(Stretch { file, end, row: first, .. }) = next.clone() {
            let (mut at, mut open) = (first, None);
            let mut stretches = next.take().into_iter().collect::<Vec<_>>().into_iter();
            let mut bytes = Vec::new();
            while let Some((entry, line)) = along(self, &mut stretches, &mut open, &mut bytes)? {
                if entry.row == row {
                    found = self.files.get(file).cloned().zip(line);
                    return Ok(found);
                }
                at = entry.row + 1;
                bytes.clear();
            }
            next = (end == u64::MAX && file + 1 < self.files.len()).then(|| whole(file + 1, at));
        }
        Ok(found)
    }

    /// What tests call their files.
    #[cfg(test)]
    pub(crate) fn names(&self) -> Vec<String> {
        self.files.iter().map(|path| path.display().to_string()).collect()
    }

    fn file(&self, number: usize) -> Result<&Path> {
        self.files.get(number).map(PathBuf::as_path).ok_or_else(changed)
    }
}
