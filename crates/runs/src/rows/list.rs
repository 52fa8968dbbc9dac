use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use mistral_transport::Result;

use crate::blocking::unreadable;
use crate::whole::Whole;

/// Where a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    /// Its number, counted from 0 over all inputs.
    pub(crate) row: u64,
    /// The input file, by its place among the inputs.
    pub(crate) file: usize,
    /// Where its line begins in the file, in bytes.
    pub(crate) offset: u64,
}

/// Bytes of an entry.
const ENTRY: usize = 20;

impl Entry {
    fn to_bytes(self) -> [u8; ENTRY] {
        let mut bytes = [0; ENTRY];
        bytes[..8].copy_from_slice(&self.row.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.offset.to_le_bytes());
        // Nobody names four thousand million files.
        bytes[16..].copy_from_slice(&u32::try_from(self.file).unwrap_or(u32::MAX).to_le_bytes());
        bytes
    }

    fn from_bytes(bytes: [u8; ENTRY]) -> Self {
        let number = |at: usize| {
            let mut number = [0; 8];
            number.copy_from_slice(&bytes[at..at + 8]);
            u64::from_le_bytes(number)
        };
        let mut file = [0; 4];
        file.copy_from_slice(&bytes[16..]);
        Self { row: number(0), offset: number(8), file: u32::from_le_bytes(file) as usize }
    }
}

/// Writes rows to a list, in rising order.
#[derive(Debug)]
pub(crate) struct ListWriter(Whole);

impl ListWriter {
    pub(crate) fn create(path: &Path) -> Result<Self> {
        Whole::create(path).map(Self)
    }

    pub(crate) fn add(&mut self, entry: Entry) -> Result<()> {
        self.0.write(&entry.to_bytes())
    }

    pub(crate) fn finish(self) -> Result<()> {
        self.0.finish()
    }
}

/// Reads a list.
#[derive(Debug)]
pub(crate) struct ListReader {
    file: BufReader<File>,
    path: PathBuf,
}

impl ListReader {
    /// Reads from the entry `first` on.
    pub(crate) fn open(path: &Path, first: u64) -> Result<Self> {
        let open = || {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(first * ENTRY as u64))?;
            Ok(BufReader::new(file))
        };
        Ok(Self { file: open().map_err(|error| unreadable(path, error))?, path: path.to_owned() })
    }

    /// The next entry; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Entry>> {
        let mut bytes = [0; ENTRY];
        match self.file.read_exact(&mut bytes) {
            Ok(()) => Ok(Some(Entry::from_bytes(bytes))),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(unreadable(&self.path, error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_from_anywhere() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list");
        let mut writer = ListWriter::create(&path).unwrap();
        let entries = [(1, 0, 7), (u64::MAX, 3, 1 << 40)].map(|(row, file, offset)| Entry { row, file, offset });
        entries.iter().for_each(|entry| writer.add(*entry).unwrap());
        writer.finish().unwrap();
        let mut reader = ListReader::open(&path, 1).unwrap();
        assert_eq!(reader.next().unwrap(), Some(entries[1]));
        assert_eq!(reader.next().unwrap(), None);
        assert_eq!(ListReader::open(&path, 0).unwrap().next().unwrap(), Some(entries[0]));
    }
}
