use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use mistral_transport::{Error, ErrorKind, Result};

use crate::blocking::{unreadable, unwritable};

/// Result lines in the order they came, in a file without a name in the folder of the run.
#[derive(Debug)]
pub(super) struct Spool {
    file: BufWriter<File>,
    end: u64,
    folder: PathBuf,
}

/// Where a line is and how long: 38 bits and 26.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place(u64);

const LENGTH: u32 = 26;
const BUFFER: usize = 256 << 10;

impl Place {
    pub(super) const NONE: Self = Self(u64::MAX);

    pub(super) fn is_none(self) -> bool {
        self == Self::NONE
    }
}

impl Spool {
    /// The longest line that can be kept, in bytes.
    pub(super) const LONGEST: usize = (1 << LENGTH) - 1;

    pub(super) fn create(folder: &Path) -> Result<Self> {
        let file = tempfile::tempfile_in(folder).map_err(|error| unwritable(folder, error))?;
        Ok(Self { file: BufWriter::with_capacity(BUFFER, file), end: 0, folder: folder.to_owned() })
    }

    /// Adds a line, its end included.
    pub(super) fn add(&mut self, line: &[u8]) -> Result<Place> {
        let (start, length) = (self.end, line.len() as u64);
        if start >> (64 - LENGTH) != 0 || line.len() > Self::LONGEST {
            return Err(
                Error::new(ErrorKind::TooLarge, "the results of one part are more than 256 GB").during("runs.run")
            );
        }
        self.file.write_all(line).map_err(|error| unwritable(&self.folder, error))?;
        self.end += length;
        Ok(Place(start << LENGTH | length))
    }

    /// All lines, to be read.
    pub(super) fn read(&mut self) -> Result<SpoolReader> {
        self.file.flush().map_err(|error| unwritable(&self.folder, error))?;
        let file = self.file.get_ref().try_clone().map_err(|error| unreadable(&self.folder, error))?;
        Ok(SpoolReader { file, folder: self.folder.clone() })
    }
}

/// Lines by their places.
#[derive(Debug)]
pub(super) struct SpoolReader {
    file: File,
    folder: PathBuf,
}

impl SpoolReader {
    /// The line at `place`, its end included, in place of what `line` held.
    pub(super) fn line(&mut self, Place(place): Place, line: &mut Vec<u8>) -> Result<()> {
        let length = place & ((1 << LENGTH) - 1);
        line.resize(usize::try_from(length).unwrap_or(0), 0);
        read_at(&mut self.file, line, place >> LENGTH).map_err(|error| unreadable(&self.folder, error))
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
            lines in proptest::collection::vec("[a-zé]{0,20}", 1..40),
            order in proptest::collection::vec(proptest::num::usize::ANY, 1..60),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let mut spool = Spool::create(folder.path()).unwrap();
            let places: Vec<_> = lines.iter().map(|line| spool.add(line.as_bytes()).unwrap()).collect();
            let (mut reader, mut line) = (spool.read().unwrap(), Vec::new());
            for pick in order.into_iter().map(|pick| pick % lines.len()) {
                reader.line(places[pick], &mut line).unwrap();
                proptest::prop_assert_eq!(std::str::from_utf8(&line).unwrap(), &lines[pick]);
            }
        }
    }
}
