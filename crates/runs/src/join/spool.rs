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
    buffers: Buffers,
}

/// The memory of a spool.
#[derive(Debug)]
pub(super) struct Buffers {
    sections: Vec<Section>,
    /// For what is read.
    bytes: Vec<u8>,
}

/// The lines of some rows, one after the other.
#[derive(Debug)]
struct Section {
    /// Which blocks of the file they are in.
    blocks: Vec<u32>,
    /// What comes after those: less than a block.
    open: Vec<u8>,
}

/// Where a line is in the section of its row, and how long: 38 bits and 26.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place(u64);

const LENGTH: u32 = 26;
/// Rows of a section: a megabyte of answers of 500 bytes.
const ROWS: usize = 1 << 11;
/// Bytes that are written at once. Each section holds fewer in memory.
const BLOCK: usize = 8 << 10;
/// Bytes of a section that are read at once. Lines of a larger one are read one by one, which costs the less the longer they
/// are.
const HELD: u64 = 4 << 20;

impl Place {
    pub(super) const NONE: Self = Self(u64::MAX);

    pub(super) fn is_none(self) -> bool {
        self == Self::NONE
    }
}

impl Buffers {
    pub(super) fn for_rows(rows: usize) -> Self {
        let mut buffers = Self { sections: Vec::new(), bytes: Vec::with_capacity((HELD as usize).min(rows << 10)) };
        buffers.suffice_for(rows);
        buffers
    }

    fn suffice_for(&mut self, rows: usize) {
        let section = || Section { blocks: Vec::new(), open: Vec::with_capacity(BLOCK) };
        self.sections.resize_with(rows.div_ceil(ROWS), section);
    }
}

impl Spool {
    /// The longest line that can be kept, in bytes.
    pub(super) const LONGEST: usize = (1 << LENGTH) - 1;

    /// A spool for the lines of so many rows.
    pub(super) fn create(folder: &Path, rows: usize, mut buffers: Buffers) -> Result<Self> {
        buffers.suffice_for(rows);
        let file = tempfile::tempfile_in(folder).map_err(|error| unwritable(folder, error))?;
        Ok(Self { file, folder: folder.to_owned(), blocks: 0, buffers })
    }

    /// Adds the line of a row, its end included.
    pub(super) fn add(&mut self, row: usize, line: &[u8]) -> Result<Place> {
        let too_large = |what| Error::new(ErrorKind::TooLarge, what).during("runs.run");
        let section = self.buffers.sections.get_mut(row / ROWS).ok_or_else(|| too_large("there is no such row"))?;
        let (start, length) = (section.length(), line.len() as u64);
        if line.len() > Self::LONGEST || start >> (u64::BITS - LENGTH) != 0 {
            return Err(too_large("the results of some rows are too long to be kept"));
        }
        let mut rest = line;
        while let Some((now, later)) = rest.split_at_checked(BLOCK - section.open.len()) {
            section.open.extend_from_slice(now);
            self.file.write_all(&section.open).map_err(|error| unwritable(&self.folder, error))?;
            section.open.clear();
            section.blocks.push(self.blocks);
            self.blocks =
                self.blocks.checked_add(1).ok_or_else(|| too_large("the results of one part are more than 32 TiB"))?;
            rest = later;
        }
        section.open.extend_from_slice(rest);
        Ok(Place(start << LENGTH | length))
    }

    /// All lines, to be read.
    pub(super) fn read(self) -> SpoolReader {
        SpoolReader { spool: self, held: None }
    }

    /// Reads what a section has from `start` on, as much as there is room for in `bytes`.
    fn fill(&mut self, section: usize, start: u64, bytes: &mut [u8]) -> io::Result<()> {
        let missing = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let section = self.buffers.sections.get(section).ok_or_else(missing)?;
        let (mut at, mut rest) = (start, bytes);
        while !rest.is_empty() {
            let block = usize::try_from(at / BLOCK as u64).map_err(|_| missing())?;
            let skip = (at % BLOCK as u64) as usize;
            let now;
            (now, rest) = rest.split_at_mut(rest.len().min(BLOCK - skip));
            match section.blocks.get(block) {
                Some(block) => read_at(&mut self.file, now, u64::from(*block) * BLOCK as u64 + skip as u64)?,
                None if block == section.blocks.len() => {
                    now.copy_from_slice(section.open.get(skip..skip + now.len()).ok_or_else(missing)?);
                }
                None => return Err(missing()),
            }
            at += now.len() as u64;
        }
        Ok(())
    }
}

impl Section {
    fn length(&self) -> u64 {
        self.blocks.len() as u64 * BLOCK as u64 + self.open.len() as u64
    }
}

/// Lines by their places.
#[derive(Debug)]
pub(super) struct SpoolReader {
    spool: Spool,
    /// The section that is in memory whole.
    held: Option<usize>,
}

impl SpoolReader {
    /// The line of a row, its end included. Asked for in the order of the rows, most are in memory already.
    pub(super) fn line(&mut self, row: usize, Place(place): Place) -> Result<&[u8]> {
        let section = row / ROWS;
        let (start, length) = (place >> LENGTH, (place & ((1 << LENGTH) - 1)) as usize);
        let whole = self.spool.buffers.sections.get(section).map_or(0, Section::length);
        if whole > HELD {
            self.hold(section, start, length)?;
            return Ok(&self.spool.buffers.bytes);
        }
        if self.held != Some(section) {
            self.hold(section, 0, whole as usize)?;
            self.held = Some(section);
        }
        let line = usize::try_from(start).ok().and_then(|start| self.spool.buffers.bytes.get(start..start + length));
        line.ok_or_else(|| unreadable(&self.spool.folder, io::ErrorKind::UnexpectedEof.into()))
    }

    fn hold(&mut self, section: usize, start: u64, length: usize) -> Result<()> {
        self.held = None;
        let mut bytes = std::mem::take(&mut self.spool.buffers.bytes);
        bytes.resize(length, 0);
        let filled = self.spool.fill(section, start, &mut bytes);
        self.spool.buffers.bytes = bytes;
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

    fn spool(folder: &Path, rows: usize) -> Spool {
        Spool::create(folder, rows, Buffers::for_rows(1)).unwrap()
    }

    /// Bytes that differ wherever they are taken from.
    fn text(seed: usize, length: usize) -> Vec<u8> {
        (0..length).map(|at| ((seed + at).wrapping_mul(2_654_435_761) >> 13) as u8).collect()
    }

    proptest::proptest! {
        #[test]
        fn every_line_is_found_in_any_order(
            lines in proptest::collection::vec((0..3 * ROWS, 0..3 * BLOCK), 1..40),
            order in proptest::collection::vec(proptest::num::usize::ANY, 1..60),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let mut spool = spool(folder.path(), 3 * ROWS);
            let text = |at: usize| text(at, lines[at].1);
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
        let mut spool = spool(folder.path(), ROWS + 1);
        let text = |row: usize| text(row, if row < ROWS { HELD as usize / 2 + row } else { 9 });
        let places = [3, ROWS, 0, 2, 1].map(|row| (row, spool.add(row, &text(row)).unwrap()));
        let mut reader = spool.read();
        for at in [1, 0, 1, 2, 3, 1, 4] {
            let (row, place) = places[at];
            assert_eq!(reader.line(row, place).unwrap(), text(row), "{row}");
            assert!(reader.spool.buffers.bytes.len() as u64 <= HELD);
        }
    }

    #[test]
    fn what_was_not_spooled_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = spool(folder.path(), 1);
        assert!(spool.add(ROWS, b"x").is_err());
        let place = spool.add(0, &[b'x'; 2 * BLOCK + 1]).unwrap();
        let mut reader = spool.read();
        assert!(reader.line(ROWS, place).is_err());
        let beyond = [(BLOCK as u64 * 3) << LENGTH | 1, (BLOCK as u64 * 2) << LENGTH | 2];
        for place in [Place::NONE, Place(beyond[0]), Place(beyond[1])] {
            assert!(reader.line(0, place).is_err());
        }
        assert_eq!(reader.line(0, place).unwrap(), [b'x'; 2 * BLOCK + 1]);
    }
}
