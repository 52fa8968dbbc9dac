//! Several files as one stream of lines.

use std::io::{self, BufRead, Read, Seek, SeekFrom};

/// Files end to end. No line begins in one and ends in the next, and byte-order marks are left out.
pub(super) struct Joined<R> {
    files: Vec<R>,
    /// The file at hand.
    at: usize,
    /// Whether anything of it was asked for.
    begun: bool,
    /// Whether the last byte that was read ends a line.
    ended: bool,
}

const MARK: &[u8] = "\u{feff}".as_bytes();

impl<R> Joined<R> {
    pub(super) fn new(files: Vec<R>) -> Self {
        Self { files, at: 0, begun: false, ended: true }
    }
}

impl<R: BufRead> Joined<R> {
    /// Goes on to a file in which something is left, or stays at one that lacks the end of its last line.
    fn seek_bytes(&mut self) -> io::Result<()> {
        while let Some(file) = self.files.get_mut(self.at) {
            if !self.begun {
                self.begun = true;
                if file.fill_buf()?.starts_with(MARK) {
                    file.consume(MARK.len());
                }
            }
            if !file.fill_buf()?.is_empty() || !self.ended {
                break;
            }
            (self.at, self.begun) = (self.at + 1, false);
        }
        Ok(())
    }
}

impl<R: BufRead> BufRead for Joined<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.seek_bytes()?;
        let Some(file) = self.files.get_mut(self.at) else { return Ok(&[]) };
        let bytes = file.fill_buf()?;
        Ok(if bytes.is_empty() { b"\n" } else { bytes })
    }

    fn consume(&mut self, amount: usize) {
        let Some(last) = amount.checked_sub(1) else { return };
        let Some(file) = self.files.get_mut(self.at) else { return };
        // What was shown is still in the buffer; an empty one was shown as the missing end.
        match file.fill_buf() {
            Ok(bytes) if !bytes.is_empty() => {
                self.ended = bytes.get(last) == Some(&b'\n');
                file.consume(amount);
            }
            _ => self.ended = true,
        }
    }
}

impl<R: BufRead> Read for Joined<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

/// To the beginning, where it also says that it is. Nothing else is needed to read the lines again.
impl<R: BufRead + Seek> Seek for Joined<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match to {
            SeekFrom::Start(0) => {
                self.files.iter_mut().try_for_each(Seek::rewind)?;
                (self.at, self.begun, self.ended) = (0, false, true);
                Ok(0)
            }
            SeekFrom::Current(0) if self.at == 0 && !self.begun => Ok(0),
            _ => Err(io::Error::new(io::ErrorKind::Unsupported, "joined files are read from their beginning only")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Cursor};

    use super::*;

    #[test]
    fn lines_of_different_files_stay_apart_and_can_be_read_again() {
        let files = ["\u{feff}a\nb", "", "\u{feff}", "c\r\n\n", "\u{feff}d"];
        for capacity in [1, 3, 64] {
            let files = files.map(|text| BufReader::with_capacity(capacity.max(MARK.len()), Cursor::new(text)));
            let mut joined = Joined::new(files.into());
            assert_eq!(joined.stream_position().unwrap(), 0);
            for _ in 0..2 {
                let mut text = String::new();
                joined.read_to_string(&mut text).unwrap();
                assert_eq!(text, "a\nb\nc\r\n\nd\n");
                joined.rewind().unwrap();
            }
        }
    }
}
