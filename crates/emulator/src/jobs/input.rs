//! The lines of a job's input, one file after the other, one line in memory at a time.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;

use crate::store::Content;

/// The longest line taken, in bytes. Not documented; what bounds the memory of a job.
pub(super) const LONGEST_LINE: u64 = 64 * 1024 * 1024;

/// How much is read from disk at once.
const BUFFER: usize = 64 * 1024;

/// Where in the input reading goes on.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Position {
    file: usize,
    offset: u64,
    line: u64,
}

/// One line that is not blank, without its end.
#[derive(Debug)]
pub(super) struct InputLine {
    /// Which of the input files it is in, counted from 0.
    pub(super) file: usize,
    /// Its number in that file, counted from 1; blank lines count.
    pub(super) number: u64,
    pub(super) bytes: Vec<u8>,
    /// It is longer than [`LONGEST_LINE`], and `bytes` is only its beginning.
    pub(super) too_long: bool,
}

/// Reads lines from a position on.
pub(super) struct Lines {
    files: Vec<Arc<Content>>,
    position: Position,
    open: Option<BufReader<File>>,
    /// How long the line before was: the next may be as long.
    length: usize,
}

impl Lines {
    pub(super) fn new(files: Vec<Arc<Content>>, position: Position) -> Self {
        Self { files, position, open: None, length: 0 }
    }

    pub(super) fn position(&self) -> Position {
        self.position
    }

    /// The next line that is not blank; `None` after the last.
    ///
    /// Lines end at the byte `\n` alone: U+2028 and its like occur inside valid lines.
    pub(super) fn next(&mut self) -> io::Result<Option<InputLine>> {
        while let Some(content) = self.files.get(self.position.file) {
            let reader = match &mut self.open {
                Some(reader) => reader,
                none => {
                    let mut file = content.open()?;
                    file.seek(SeekFrom::Start(self.position.offset))?;
                    none.insert(BufReader::with_capacity(BUFFER, file))
                }
            };
            let mut bytes = Vec::with_capacity(self.length.min(BUFFER));
            let read = reader.take(LONGEST_LINE + 1).read_until(b'\n', &mut bytes)? as u64;
            if read == 0 {
                self.position = Position { file: self.position.file + 1, ..Position::default() };
                self.open = None;
                continue;
            }
            self.length = bytes.len();
            self.position.offset += read;
            self.position.line += 1;
            if bytes.last() == Some(&b'\n') {
                bytes.pop();
            }
            if !bytes.iter().all(u8::is_ascii_whitespace) {
                let too_long = bytes.len() as u64 > LONGEST_LINE;
                return Ok(Some(InputLine { file: self.position.file, number: self.position.line, bytes, too_long }));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{ContentWriter, Folder};

    fn contents(texts: &[&str]) -> Vec<Arc<Content>> {
        let folder = Folder::new(None).unwrap();
        let content = |text: &&str| {
            let mut writer = ContentWriter::create(&folder).unwrap();
            writer.write(text.as_bytes()).unwrap();
            Arc::new(writer.finish().unwrap())
        };
        texts.iter().map(content).collect()
    }

    #[test]
    fn blank_lines_are_skipped_and_counted() {
        let files = contents(&["a\n\n  \r\nb\u{2028}c\r\n", "", "d"]);
        let mut lines = Lines::new(files, Position::default());
        let mut seen = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            seen.push((line.file, line.number, String::from_utf8(line.bytes).unwrap()));
        }
        assert_eq!(seen, [(0, 1, "a".to_owned()), (0, 4, "b\u{2028}c\r".to_owned()), (2, 1, "d".to_owned())]);
    }

    #[test]
    fn reading_goes_on_from_every_position() {
        let files = contents(&["a\nb\n", "c\nd"]);
        let mut position = Position::default();
        let mut seen = String::new();
        loop {
            let mut lines = Lines::new(files.clone(), position);
            let Some(line) = lines.next().unwrap() else { break };
            seen.push_str(std::str::from_utf8(&line.bytes).unwrap());
            position = lines.position();
        }
        assert_eq!(seen, "abcd");
    }
}
