use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};

use tempfile::TempPath;

use super::{Content, Folder};

/// Writes one content, counting and digesting on the way.
///
/// Between two pauses it holds no open file, so that thousands of jobs can be half-way at once.
pub(crate) struct ContentWriter {
    file: Option<BufWriter<File>>,
    path: TempPath,
    folder: Folder,
    hasher: blake3::Hasher,
    bytes: u64,
    line_ends: u64,
    last: u8,
}

impl ContentWriter {
    pub(crate) fn create(folder: &Folder) -> io::Result<Self> {
        let (file, path) = folder.file()?;
        Ok(Self {
            file: Some(BufWriter::new(file)),
            path,
            folder: folder.clone(),
            hasher: blake3::Hasher::new(),
            bytes: 0,
            line_ends: 0,
            last: b'\n',
        })
    }

    pub(crate) fn write(&mut self, data: &[u8]) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(BufWriter::new(OpenOptions::new().append(true).open(&self.path)?)),
        };
        file.write_all(data)?;
        self.hasher.update(data);
        self.bytes += data.len() as u64;
        self.line_ends += memchr::memchr_iter(b'\n', data).count() as u64;
        self.last = data.last().copied().unwrap_or(self.last);
        Ok(())
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Puts everything on disk and closes the file until the next write.
    pub(crate) fn pause(&mut self) -> io::Result<()> {
        match self.file.take() {
            Some(mut file) => file.flush(),
            None => Ok(()),
        }
    }

    pub(crate) fn finish(mut self) -> io::Result<Content> {
        self.pause()?;
        let lines = self.line_ends + u64::from(self.last != b'\n');
        Ok(Content::new(self.path, self.folder, self.bytes, lines, self.hasher.finalize()))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn pauses_leave_no_trace_in_the_content() {
        let folder = Folder::new(None).unwrap();
        let mut writer = ContentWriter::create(&folder).unwrap();
        for piece in ["a\n", "b", "\nc"] {
            writer.write(piece.as_bytes()).unwrap();
            writer.pause().unwrap();
        }
        let content = writer.finish().unwrap();
        let mut text = String::new();
        content.open().unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "a\nb\nc");
        assert_eq!((content.bytes(), content.lines()), (5, 3));
        assert_eq!(content.digest(), blake3::hash(b"a\nb\nc"));
    }

    #[test]
    fn the_folder_goes_with_the_last_content() {
        let parent = tempfile::tempdir().unwrap();
        let entries = || std::fs::read_dir(parent.path()).unwrap().count();
        let folder = Folder::new(Some(parent.path())).unwrap();
        let content = ContentWriter::create(&folder).unwrap().finish().unwrap();
        drop(folder);
        assert_eq!(entries(), 1);
        drop(content);
        assert_eq!(entries(), 0);
    }
}
