use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use mistral_transport::{Error, ErrorKind, Result};

use crate::blocking::{unreadable, unwritable};

/// Result lines in a file without a name in the folder of the run, by sections: those of rows that lie together are written
/// together, whenever they come, so that they are read together.
#[derive(Debug)]
pub(super) struct Spool {
    file: File,
    folder: PathBuf,
    /// Blocks that are written.
    blocks: u32,
    sections: Vec<Section>,
}

/// The lines of some rows, one after the other.
#[derive(Debug, Default)]
struct Section {
    /// Which blocks of the file they are in.
    blocks: Vec<u32>,
    /// What comes after those.
    open: Vec<u8>,
}

/// Where a line is in the section of its row, and how long: 38 bits and 26.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place(u64);

const LENGTH: u32 = 26;
/// Rows of a section: two megabytes of common answers.
const ROWS: usize = 1 << 12;
/// Bytes that are written at once. Each section holds fewer in memory.
const BLOCK: usize = 16 << 10;

impl Place {
    pub(super) const NONE: Self = Self(u64::MAX);

    pub(super) fn is_none(self) -> bool {
        self == Self::NONE
    }
}

impl Spool {
    /// The longest line that can be kept, in bytes.
    pub(super) const LONGEST: usize = (1 << LENGTH) - 1;

    /// A spool for the lines of so many rows.
    pub(super) fn create(folder: &Path, rows: usize) -> Result<Self> {
        let file = tempfile::tempfile_in(folder).map_err(|error| unwritable(folder, error))?;
        let mut sections = Vec::new();
        sections.resize_with(rows.div_ceil(ROWS), Section::default);
        Ok(Self { file, folder: folder.to_owned(), blocks: 0, sections })
    }

    /// Adds the line of a row, its end included.
    pub(super) fn add(&mut self, row: usize, line: &[u8]) -> Result<Place> {
        let too_large = |what| Error::new(ErrorKind::TooLarge, what).during("runs.run");
        let Some(section) = self.sections.get_mut(row / ROWS).filter(|_| line.len() <= Self::LONGEST) else {
            return Err(too_large("a result is too long to be kept"));
        };
        let (start, length) = (section.length() as u64, line.len() as u64);
        let mut rest = line;
        while let Some((now, later)) = rest.split_at_checked(BLOCK - section.open.len()) {
            section.open.extend_from_slice(now);
            self.file.write_all(&section.open).map_err(|error| unwritable(&self.folder, error))?;
            section.open.clear();
            section.blocks.push(self.blocks);
            self.blocks =
                self.blocks.checked_add(1).ok_or_else(|| too_large("the results of one part are more than 64 TiB"))?;
            rest = later;
        }
        section.open.reserve_exact(BLOCK - section.open.len());
        section.open.extend_from_slice(rest);
        Ok(Place(start << LENGTH | length))
    }

    /// All lines, to be read.
    pub(super) fn read(self) -> SpoolReader {
        SpoolReader { spool: self, held: None, bytes: Vec::new() }
    }

    /// Reads what a section has from `start` on.
    fn fill(&mut self, section: usize, start: usize, bytes: &mut [u8]) -> io::Result<()> {
        let missing = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let section = self.sections.get(section).ok_or_else(missing)?;
        let (mut at, mut rest) = (start, bytes);
        while !rest.is_empty() {
            let (block, skip) = (at / BLOCK, at % BLOCK);
            let now;
            (now, rest) = rest.split_at_mut(rest.len().min(BLOCK - skip));
            match section.blocks.get(block) {
                Some(block) => read_at(&mut self.file, now, u64::from(*block) * BLOCK as u64 + skip as u64)?,
                None => now.copy_from_slice(section.open.get(skip..skip + now.len()).ok_or_else(missing)?),
            }
            at += now.len();
        }
        Ok(())
    }
}

impl Section {
    fn length(&self) -> usize {
        self.blocks.len() * BLOCK + self.open.len()
    }
}

/// Lines by their places.
#[derive(Debug)]
pub(super) struct SpoolReader {
    spool: Spool,
    /// The section that `bytes` holds whole.
    held: Option<usize>,
    bytes: Vec<u8>,
}

/// Bytes of a section that are read at once; the lines of a larger one are read one by one.
const HELD: usize = 4 << 20;

impl SpoolReader {
    /// The line of a row, its end included. Asked for in the order of the rows, it is mostly there already.
    pub(super) fn line(&mut self, row: usize, Place(place): Place) -> Result<&[u8]> {
        let section = row / ROWS;
        let (start, length) = ((place >> LENGTH) as usize, (place & ((1 << LENGTH) - 1)) as usize);
        let whole = self.spool.sections.get(section).map_or(0, Section::length);
        if whole > HELD {
            self.held = None;
            self.bytes.resize(length, 0);
            self.fill(section, start)?;
            return Ok(&self.bytes);
        }
        if self.held != Some(section) {
            self.bytes.resize(whole, 0);
            self.fill(section, 0)?;
            self.held = Some(section);
        }
        let line = self.bytes.get(start..start + length);
        line.ok_or_else(|| unreadable(&self.spool.folder, io::ErrorKind::UnexpectedEof.into()))
    }

    fn fill(&mut self, section: usize, start: usize) -> Result<()> {
        let filled = self.spool.fill(section, start, &mut self.bytes);
        filled.map_err(|error| unreadable(&self.spool.folder, error))
    }
}

#[cfg(unix)]
fn read_at(file: &mut File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
}

#[cfg(not(unix))]
fn read_at(file: &mut File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    use std::io::{Read as _, Seek as _, SeekFrom};

    file.seek(SeekFrom::Start(at)).and_then(|_| file.read_exact(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn every_line_is_found_in_any_order(
            lines in proptest::collection::vec((0..3 * ROWS, 0..3 * BLOCK), 1..40),
            order in proptest::collection::vec(proptest::num::usize::ANY, 1..60),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let mut spool = Spool::create(folder.path(), 3 * ROWS).unwrap();
            let text = |at: usize| vec![at as u8; lines[at].1];
            let places: Vec<_> =
                lines.iter().enumerate().map(|(at, (row, _))| spool.add(*row, &text(at)).unwrap()).collect();
            let mut reader = spool.read();
            for pick in order.into_iter().map(|pick| pick % lines.len()) {
                proptest::prop_assert_eq!(reader.line(lines[pick].0, places[pick]).unwrap(), text(pick));
            }
        }
    }

    #[test]
    fn a_section_that_is_too_large_to_be_held_is_read_line_by_line() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::create(folder.path(), ROWS + 1).unwrap();
        let text = |row: usize| vec![row as u8; HELD / 2 + row];
        let places = [3, ROWS, 0, 2, 1].map(|row| (row, spool.add(row, &text(row)).unwrap()));
        let mut reader = spool.read();
        for (row, place) in places {
            assert_eq!(reader.line(row, place).unwrap(), text(row), "{row}");
            assert!(reader.bytes.len() <= HELD);
        }
    }

    #[test]
    fn what_was_not_spooled_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::create(folder.path(), 1).unwrap();
        assert!(spool.add(ROWS, b"x").is_err());
        let place = spool.add(0, b"x").unwrap();
        let mut reader = spool.read();
        assert!(reader.line(ROWS, place).is_err());
        assert!(reader.line(0, Place::NONE).is_err());
        assert_eq!(reader.line(0, place).unwrap(), b"x");
    }
}
