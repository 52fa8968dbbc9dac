use std::io::{self, BufRead};

/// The lines of a file, split on the byte `\n` and nothing else, one at a time.
///
/// U+2028, U+2029 and U+0085 occur inside valid JSON lines, so a reader that splits at them breaks the line. Nothing is
/// passed over: blank lines come as lines, and what was cut off, a `\r`, a byte-order mark, is told beside the bytes.
///
/// A line longer than the limit comes without its bytes, and was never held in memory.
///
/// ```
/// use mistral_datasets::{LineEnd, Lines};
///
/// let mut lines = Lines::new("a\u{2028}b\r\n\nc".as_bytes());
/// let first = lines.read()?.expect("a line");
/// assert_eq!((first.number, first.offset, first.bytes), (1, 0, "a\u{2028}b".as_bytes()));
/// assert_eq!(first.end, LineEnd::CrLf);
/// assert!(lines.read()?.expect("a line").is_blank());
/// let last = lines.read()?.expect("a line");
/// assert_eq!((last.number, last.offset, last.end), (3, 8, LineEnd::Missing));
/// assert!(lines.read()?.is_none());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Lines<R> {
    reader: R,
    limit: usize,
    buffer: Vec<u8>,
    number: u64,
    offset: u64,
}

/// A line and its place in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Line<'a> {
    /// Its number, counted from 1; blank lines count.
    pub number: u64,
    /// Where its bytes begin in the file, counted from 0.
    pub offset: u64,
    /// How many bytes it has, without its end and without a byte-order mark.
    pub length: u64,
    /// Its bytes, without its end and without a byte-order mark; empty if it [is too long](Self::is_too_long).
    pub bytes: &'a [u8],
    /// What ends it.
    pub end: LineEnd,
    /// Whether a byte-order mark stood before it. Only the first line can have one.
    pub mark: bool,
}

/// What ends a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineEnd {
    /// `\n`.
    Lf,
    /// `\r\n`.
    CrLf,
    /// Nothing: the file ends with the line.
    Missing,
}

const MARK: &[u8] = "\u{feff}".as_bytes();

impl<R: BufRead> Lines<R> {
    /// The longest line kept by default: 64 MiB.
    pub const LIMIT: usize = 64 << 20;

    /// The lines of `reader`.
    pub fn new(reader: R) -> Self {
        Self { reader, limit: Self::LIMIT, buffer: Vec::new(), number: 0, offset: 0 }
    }

    /// The longest line that is kept, in bytes, its end included.
    #[must_use]
    pub fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// What the lines come from, read as far as they were.
    pub fn into_inner(self) -> R {
        self.reader
    }

    /// The next line, or `None` at the end of the file.
    ///
    /// # Errors
    ///
    /// What the reader says. An interruption is not an error; the read goes on.
    pub fn read(&mut self) -> io::Result<Option<Line<'_>>> {
        self.buffer.clear();
        let mut read = 0_u64;
        let ended = loop {
            let piece = match self.reader.fill_buf() {
                Ok(piece) => piece,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if piece.is_empty() {
                break false;
            }
            let end = memchr::memchr(b'\n', piece);
            let taken = end.map_or(piece.len(), |at| at + 1);
            read += taken as u64;
            if read <= self.limit as u64 {
                append(&mut self.buffer, &piece[..taken], self.limit);
            } else {
                self.buffer.clear();
            }
            self.reader.consume(taken);
            if end.is_some() {
                break true;
            }
        };
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        let start = self.offset;
        self.offset += read;
        if read > self.limit as u64 {
            let end = if ended { LineEnd::Lf } else { LineEnd::Missing };
            let length = read - u64::from(ended);
            return Ok(Some(Line { number: self.number, offset: start, length, bytes: &[], end, mark: false }));
        }
        Ok(Some(line(self.number, start, &self.buffer)))
    }
}

/// Appends without ever reserving more than the limit.
fn append(buffer: &mut Vec<u8>, piece: &[u8], limit: usize) {
    let needed = buffer.len() + piece.len();
    if needed > buffer.capacity() {
        buffer.reserve_exact(needed.max((buffer.capacity() * 2).min(limit)) - buffer.len());
    }
    buffer.extend_from_slice(piece);
}

fn line(number: u64, start: u64, bytes: &[u8]) -> Line<'_> {
    let (bytes, end) = match bytes {
        [line @ .., b'\r', b'\n'] => (line, LineEnd::CrLf),
        [line @ .., b'\n'] => (line, LineEnd::Lf),
        line => (line, LineEnd::Missing),
    };
    let mark = number == 1 && bytes.starts_with(MARK);
    let cut = if mark { MARK.len() } else { 0 };
    let bytes = &bytes[cut..];
    Line { number, offset: start + cut as u64, length: bytes.len() as u64, bytes, end, mark }
}

impl Line<'_> {
    /// Whether it holds nothing but white space.
    pub fn is_blank(&self) -> bool {
        !self.is_too_long() && self.bytes.trim_ascii().is_empty()
    }

    /// Whether it is longer than the limit, so that its bytes were not kept.
    pub fn is_too_long(&self) -> bool {
        self.length > self.bytes.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Read};

    use proptest::prelude::*;

    use super::*;

    /// What a line is, without its borrow.
    type Seen = (u64, u64, u64, Vec<u8>, LineEnd, bool);

    fn split(reader: impl BufRead, limit: usize) -> Vec<Seen> {
        let mut lines = Lines::new(reader).limit(limit);
        let mut seen = Vec::new();
        while let Some(line) = lines.read().unwrap() {
            seen.push((line.number, line.offset, line.length, line.bytes.to_vec(), line.end, line.mark));
        }
        seen
    }

    #[test]
    fn only_the_byte_ends_a_line() {
        let text = "\u{feff}a\u{2028}b\u{85}\r\n\n  \nc\u{2029}";
        let lines = split(text.as_bytes(), 100);
        let texts: Vec<_> = lines.iter().map(|line| std::str::from_utf8(&line.3).unwrap()).collect();
        assert_eq!(texts, ["a\u{2028}b\u{85}", "", "  ", "c\u{2029}"]);
        assert_eq!(lines.iter().map(|line| line.5).collect::<Vec<_>>(), [true, false, false, false]);
        assert_eq!(lines.iter().map(|line| line.1).collect::<Vec<_>>(), [3, 12, 13, 16]);
    }

    #[test]
    fn a_line_that_is_too_long_does_not_hide_the_next() {
        let text = b"0123456789\nshort\n0123456789x";
        for piece in 1..=text.len() {
            let lines = split(BufReader::with_capacity(piece, &text[..]), 9);
            let lengths: Vec<_> = lines.iter().map(|line| (line.0, line.2, line.3.len())).collect();
            assert_eq!(lengths, [(1, 10, 0), (2, 5, 5), (3, 11, 0)], "in pieces of {piece}");
        }
    }

    #[test]
    fn memory_stays_within_the_limit() {
        let mut lines = Lines::new(BufReader::with_capacity(1000, io::repeat(b'x').take(1 << 20))).limit(100_000);
        assert!(lines.read().unwrap().unwrap().is_too_long());
        assert!(lines.buffer.capacity() <= 100_000, "{}", lines.buffer.capacity());
    }

    #[test]
    fn nothing_is_no_line() {
        assert_eq!(split(&b""[..], 9), []);
        assert_eq!(split(&b"\n"[..], 9), [(1, 0, 0, vec![], LineEnd::Lf, false)]);
    }

    proptest! {
        #[test]
        fn how_the_bytes_come_makes_no_difference(text in "[aé\u{2028}\u{feff}\r\n ]{0,60}", piece in 1_usize..20) {
            let whole = split(text.as_bytes(), 20);
            prop_assert_eq!(&split(BufReader::with_capacity(piece, text.as_bytes()), 20), &whole);
            prop_assert_eq!(whole.len(), text.split_inclusive('\n').count());
            for line in whole.iter().filter(|line| line.2 == line.3.len() as u64) {
                let start = line.1 as usize;
                prop_assert_eq!(&text.as_bytes()[start..start + line.3.len()], line.3.as_slice());
            }
        }
    }
}
