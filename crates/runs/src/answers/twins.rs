//! Rows that have the body of an earlier one, which are not sent but get its answer.
//!
//! The answers that others wait for are kept aside as they come by; since a twin comes after its first, the answer is there
//! when it is needed.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use mistral_transport::Result;

use crate::Class;
use crate::blocking::{unreadable, unwritable};
use crate::join::rewritten;
use crate::rows::{Entry, ListReader, Picker, Source, changed, id_of};

/// The rows that others have the body of, and the others, as lists in the folder of the run.
pub(crate) const FIRSTS: &str = "firsts.rows";
pub(crate) const TWINS: &str = "twins.rows";
/// Which first each twin has, by its place among the firsts.
pub(crate) const ORDINALS: &str = "twins.firsts";

#[derive(Debug)]
pub(super) struct Twins {
    firsts: ListReader,
    next_first: Option<Entry>,
    twins: ListReader,
    ordinals: ListReader,
    next_twin: Option<Entry>,
    kept: Kept,
    picker: Picker,
    answer: Vec<u8>,
}

impl Twins {
    /// `None` if no two rows have the same body.
    pub(super) fn open(source: &Source) -> Result<Option<Self>> {
        if !source.folder.join(TWINS).exists() {
            return Ok(None);
        }
        let list = |name: &str| ListReader::open(&source.folder.join(name), 0);
        let (mut firsts, mut twins, ordinals) = (list(FIRSTS)?, list(TWINS)?, list(ORDINALS)?);
        let (next_first, next_twin) = (firsts.next()?, twins.next()?);
        let (kept, picker) = (Kept::create(&source.folder)?, Picker::new(source));
        Ok(Some(Self { firsts, next_first, twins, ordinals, next_twin, kept, picker, answer: Vec::new() }))
    }

    /// Whether a twin comes before the row that was sent.
    pub(super) fn is_next(&self, sent: Option<u64>) -> bool {
        self.next_twin.is_some_and(|twin| sent.is_none_or(|sent| twin.row < sent))
    }

    /// The next twin's row, and the class of its answer; the answer is put into `line`. `None` if there is no answer yet.
    pub(super) fn answer(&mut self, line: &mut Vec<u8>) -> Result<Option<(u64, Class)>> {
        let Some(twin) = self.next_twin.take() else { return Ok(None) };
        self.next_twin = self.twins.next()?;
        let first = self.ordinals.next()?.ok_or_else(changed)?.offset;
        if first >= self.kept.count {
            // Its first is not collected yet.
            return Ok(None);
        }
        let class = self.kept.read(first, &mut self.answer)?;
        if self.answer.is_empty() {
            return Ok(None);
        }
        let row = self.picker.row(twin)?;
        rewritten(&self.answer, &id_of(&row)?, line)?;
        Ok(Some((twin.row, class)))
    }

    /// Keeps the answer if others wait for it.
    pub(super) fn note(&mut self, row: u64, class: Class, line: &[u8]) -> Result<()> {
        while let Some(first) = self.next_first.filter(|first| first.row <= row) {
            // Those in between are not collected yet.
            let (class, line) = if first.row == row { (class, line) } else { (Class::Missing, &[][..]) };
            self.kept.add(class, line)?;
            self.next_first = self.firsts.next()?;
        }
        Ok(())
    }
}

/// Answers by their number, in two files without a name.
#[derive(Debug)]
struct Kept {
    lines: File,
    places: File,
    end: u64,
    count: u64,
    folder: PathBuf,
}

/// Where the line ends, and its class.
const PLACE: u64 = 9;

impl Kept {
    fn create(folder: &Path) -> Result<Self> {
        let file = || tempfile::tempfile_in(folder).map_err(|error| unwritable(folder, error));
        Ok(Self { lines: file()?, places: file()?, end: 0, count: 0, folder: folder.to_owned() })
    }

    fn add(&mut self, class: Class, line: &[u8]) -> Result<()> {
        self.end += line.len() as u64;
        self.count += 1;
        let mut place = [0; PLACE as usize];
        place[..8].copy_from_slice(&self.end.to_le_bytes());
        place[8] = class.to_byte();
        let mut add = || {
            self.lines.seek(SeekFrom::End(0))?;
            self.lines.write_all(line)?;
            self.places.seek(SeekFrom::End(0))?;
            self.places.write_all(&place)
        };
        add().map_err(|error| unwritable(&self.folder, error))
    }

    fn read(&mut self, number: u64, line: &mut Vec<u8>) -> Result<Class> {
        let mut place = |number: u64| -> std::io::Result<(u64, u8)> {
            let mut place = [0; PLACE as usize];
            self.places.seek(SeekFrom::Start(number * PLACE))?;
            self.places.read_exact(&mut place)?;
            let mut end = [0; 8];
            end.copy_from_slice(&place[..8]);
            Ok((u64::from_le_bytes(end), place[8]))
        };
        let mut read = || {
            let start = if number == 0 { 0 } else { place(number - 1)?.0 };
            let (end, class) = place(number)?;
            line.resize(usize::try_from(end - start).unwrap_or(0), 0);
            self.lines.seek(SeekFrom::Start(start))?;
            self.lines.read_exact(line)?;
            Ok(class)
        };
        let class = read().map_err(|error| unreadable(&self.folder, error))?;
        Ok(Class::from_byte(class).unwrap_or(Class::Missing))
    }
}
