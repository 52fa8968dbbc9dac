use std::fs::{File, OpenOptions};
use std::io::{self, Write};

use tempfile::TempPath;

use super::{Content, Folder};

/// How much is gathered before it goes to disk: enough for the digest, too, to be made many blocks at a time.
const GATHERED: usize = 64 * 1024;

/// Writes one content, counting and digesting on the way.
///
/// After a pause it holds no open file and no buffer until the next write, so that thousands of jobs can be half-way at
/// once.
pub(crate) struct ContentWriter {
    file: Option<File>,
    gathered: Vec<u8>,
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
            file: Some(file),
            gathered: Vec::new(),
            path,
            folder: folder.clone(),
            hasher: blake3::Hasher::new(),
            bytes: 0,
            line_ends: 0,
            last: b'\n',
        })
    }

    pub(crate) fn write(&mut self, data: &[u8]) -> io::Result<()> {
        if self.gathered.len() + data.len() > GATHERED {
            self.flush()?;
        }
        self.bytes += data.len() as u64;
        if data.len() > GATHERED {
            return self.put(data);
        }
        if self.gathered.capacity() == 0 {
            self.gathered.reserve_exact(GATHERED);
        }
        self.gathered.extend_from_slice(data);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut gathered = std::mem::take(&mut self.gathered);
        self.put(&gathered)?;
        gathered.clear();
        self.gathered = gathered;
        Ok(())
    }

    fn put(&mut self, data: &[u8]) -> io::Result<()> {
        let Some(last) = data.last() else { return Ok(()) };
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(OpenOptions::new().append(true).open(&self.path)?),
        };
        file.write_all(data)?;
        self.hasher.update(data);
        self.line_ends += memchr::memchr_iter(b'\n', data).count() as u64;
        self.last = *last;
        Ok(())
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Puts everything on disk and closes the file until the next write.
    pub(crate) fn pause(&mut self) -> io::Result<()> {
        self.flush()?;
        self.gathered = Vec::new();
        self.file = None;
        Ok(())
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
