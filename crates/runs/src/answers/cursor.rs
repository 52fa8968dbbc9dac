use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mistral_transport::{Error, ErrorKind, Result};

use crate::Class;
use crate::blocking::unreadable;
use crate::part::{Part, Selection};
use crate::rows::ListReader;

/// The answers of one round, in the order of its rows.
#[derive(Debug)]
pub(super) struct Cursor {
    folder: Arc<Path>,
    parts: std::vec::IntoIter<Part>,
    open: Option<Open>,
    /// The answer the cursor stands at.
    pub(super) head: Option<Head>,
}

/// An answer of a round.
#[derive(Debug, Default)]
pub(super) struct Head {
    pub(super) row: u64,
    pub(super) class: Option<Class>,
    /// The line, its end included.
    pub(super) line: Vec<u8>,
}

/// The files of a part.
#[derive(Debug)]
struct Open {
    answers: BufReader<File>,
    classes: BufReader<File>,
    path: PathBuf,
    numbers: Numbers,
    left: u64,
}

/// Which rows a part has.
#[derive(Debug)]
enum Numbers {
    From(u64),
    Listed(ListReader),
}

const BUFFER: usize = 128 << 10;

impl Cursor {
    /// A cursor at the first answer.
    pub(super) fn new(folder: &Arc<Path>, parts: Vec<Part>) -> Result<Self> {
        let head = Some(Head::default());
        let mut this = Self { folder: folder.clone(), parts: parts.into_iter(), open: None, head };
        this.advance()?;
        Ok(this)
    }

    /// Goes on to the next answer.
    pub(super) fn advance(&mut self) -> Result<()> {
        while self.open.as_ref().is_none_or(|open| open.left == 0) {
            let Some(part) = self.parts.next() else {
                self.head = None;
                return Ok(());
            };
            self.open = Some(Open::new(&self.folder, &part)?);
        }
        let (Some(open), Some(head)) = (&mut self.open, &mut self.head) else { return Ok(()) };
        open.read(head)
    }
}

impl Open {
    fn new(folder: &Path, part: &Part) -> Result<Self> {
        let file = |name: String| {
            let path = folder.join(name);
            match File::open(&path) {
                Ok(file) => Ok((BufReader::with_capacity(BUFFER, file), path)),
                Err(error) => Err(unreadable(&path, error)),
            }
        };
        let numbers = match &part.selection {
            Selection::Stretches(stretches) => Numbers::From(stretches.first().map_or(0, |stretch| stretch.row)),
            Selection::Picked { list, first } => Numbers::Listed(ListReader::open(&folder.join(list), *first)?),
        };
        let (classes, _) = file(part.classes())?;
        let (answers, path) = file(part.answers())?;
        Ok(Self { answers, classes, path, numbers, left: part.rows })
    }

    fn read(&mut self, head: &mut Head) -> Result<()> {
        self.left -= 1;
        head.row = match &mut self.numbers {
            Numbers::From(row) => {
                *row += 1;
                *row - 1
            }
            Numbers::Listed(list) => list.next()?.ok_or_else(|| short(&self.path))?.row,
        };
        let mut class = [0];
        self.classes.read_exact(&mut class).map_err(|error| unreadable(&self.path, error))?;
        head.class = Class::from_byte(class[0]);
        head.line.clear();
        self.answers.read_until(b'\n', &mut head.line).map_err(|error| unreadable(&self.path, error))?;
        if head.line.last() == Some(&b'\n') && head.class.is_some() { Ok(()) } else { Err(short(&self.path)) }
    }
}

fn short(path: &Path) -> Error {
    Error::new(
        ErrorKind::Journal,
        format!("{} is not what was written; restore the folder from a copy", path.display()),
    )
}
