use std::fs::File;
use std::io;

use tempfile::TempPath;

use super::Folder;

/// The bytes of one file, on disk; removed when the last holder lets go.
#[derive(Debug)]
pub(crate) struct Content {
    // Declared before the folder, so that the file goes first.
    path: TempPath,
    _folder: Folder,
    bytes: u64,
    lines: u64,
    digest: blake3::Hash,
}

impl Content {
    pub(super) fn new(path: TempPath, folder: Folder, bytes: u64, lines: u64, digest: blake3::Hash) -> Self {
        Self { path, _folder: folder, bytes, lines, digest }
    }

    pub(crate) fn open(&self) -> io::Result<File> {
        File::open(&self.path)
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many lines there are; a last line without its end counts.
    pub(crate) fn lines(&self) -> u64 {
        self.lines
    }

    pub(crate) fn digest(&self) -> blake3::Hash {
        self.digest
    }
}
