use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes, BytesMut};
use futures_core::Stream;

/// The lines of a stream of bytes, split on the byte `\n` and nothing else.
///
/// U+2028, U+2029 and U+0085 occur inside valid JSON lines, so a reader that splits at them breaks the line. Blank lines are
/// passed over, a `\r` before the `\n` and a missing last `\n` are tolerated, and so is a byte-order mark at the start.
///
/// A line longer than the limit is given as [`Line::TooLong`] without having been held in memory.
///
/// ```
/// use bytes::Bytes;
/// use futures_util::{TryStreamExt as _, stream};
/// use mistral_batch::{Line, Lines};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), std::io::Error> {
/// let pieces = stream::iter(["a\u{2028}", "b\n\nc"].map(|piece| Ok::<_, std::io::Error>(Bytes::from(piece))));
/// let lines: Vec<Line> = Lines::new(pieces).try_collect().await?;
/// assert_eq!(lines, [
///     Line::Whole { number: 1, bytes: "a\u{2028}b".into() },
///     Line::Whole { number: 3, bytes: "c".into() },
/// ]);
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Lines<S> {
    stream: S,
    limit: usize,
    number: u64,
    buffer: BytesMut,
    /// How much of the buffer is known to hold no line end.
    searched: usize,
    /// The length of a line that is too long to be kept, so far.
    dropped: Option<u64>,
    ended: bool,
    /// The last line has no end.
    open: bool,
}

/// A line, and its number counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A line, without its end.
    Whole {
        /// Its number, counted from 1; blank lines count.
        number: u64,
        /// Its bytes.
        bytes: Bytes,
    },
    /// A line that is longer than the limit.
    TooLong {
        /// Its number, counted from 1; blank lines count.
        number: u64,
        /// Its length in bytes.
        length: u64,
    },
}

impl<S> Lines<S> {
    /// The longest line kept by default: 64 MiB.
    pub const LIMIT: usize = 64 << 20;

    /// The lines of `stream`.
    pub fn new(stream: S) -> Self {
        Self {
            stream,
            limit: Self::LIMIT,
            number: 0,
            buffer: BytesMut::new(),
            searched: 0,
            dropped: None,
            ended: false,
            open: false,
        }
    }

    /// The longest line that is kept, in bytes.
    #[must_use]
    pub fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// What the lines come from, read so far or to its end.
    pub(crate) fn into_inner(self) -> S {
        self.stream
    }

    /// Whether the stream ended without an end to its last line, which may have been cut then.
    pub(crate) fn ended_open(&self) -> bool {
        self.open
    }

    /// Takes the next line that the buffer holds, blank or not.
    fn take(&mut self) -> Option<Line> {
        let end = memchr::memchr(b'\n', &self.buffer[self.searched..]).map(|at| self.searched + at);
        match end {
            Some(end) => {
                let line = self.buffer.split_to(end).freeze();
                self.buffer.advance(1);
                self.searched = 0;
                Some(self.line(line))
            }
            None if self.ended && (self.dropped.is_some() || !self.buffer.is_empty()) => {
                let line = self.buffer.split().freeze();
                self.searched = 0;
                self.open = true;
                Some(self.line(line))
            }
            None => {
                if self.dropped.is_some() || self.buffer.len() > self.limit {
                    *self.dropped.get_or_insert(0) += self.buffer.len() as u64;
                    self.buffer.clear();
                }
                self.searched = self.buffer.len();
                None
            }
        }
    }

    fn line(&mut self, mut bytes: Bytes) -> Line {
        const MARK: &[u8] = "\u{feff}".as_bytes();
        self.number += 1;
        let number = self.number;
        let length = self.dropped.take().unwrap_or(0) + bytes.len() as u64;
        if length > self.limit as u64 {
            return Line::TooLong { number, length };
        }
        if bytes.last() == Some(&b'\r') {
            bytes.truncate(bytes.len() - 1);
        }
        if number == 1 && bytes.starts_with(MARK) {
            bytes.advance(MARK.len());
        }
        Line::Whole { number, bytes }
    }
}

impl Line {
    fn is_blank(&self) -> bool {
        matches!(self, Self::Whole { bytes, .. } if bytes.trim_ascii().is_empty())
    }
}

impl<S, E> Stream for Lines<S>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
{
    type Item = Result<Line, E>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Line, E>>> {
        let this = &mut *self;
        loop {
            while let Some(line) = this.take() {
                if !line.is_blank() {
                    return Poll::Ready(Some(Ok(line)));
                }
            }
            if this.ended {
                return Poll::Ready(None);
            }
            match ready!(Pin::new(&mut this.stream).poll_next(cx)) {
                Some(Ok(bytes)) => this.buffer.extend_from_slice(&bytes),
                Some(Err(error)) => {
                    // A line that was cut is not a line.
                    this.ended = true;
                    this.buffer.clear();
                    this.dropped = None;
                    return Poll::Ready(Some(Err(error)));
                }
                None => this.ended = true,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::{StreamExt as _, stream};
    use proptest::prelude::*;

    use super::*;

    fn split(pieces: Vec<&[u8]>, limit: usize) -> Vec<Line> {
        let pieces = pieces.into_iter().map(|piece| Ok::<_, Infallible>(Bytes::copy_from_slice(piece)));
        let lines = Lines::new(stream::iter(pieces)).limit(limit).map(|line| line.unwrap());
        futures_util::FutureExt::now_or_never(lines.collect()).unwrap()
    }

    fn whole(number: u64, text: &'static str) -> Line {
        Line::Whole { number, bytes: text.into() }
    }

    #[test]
    fn only_the_byte_ends_a_line() {
        let text = "\u{feff}a\u{2028}b\u{85}\r\n\n  \nc\u{2029}";
        assert_eq!(split(vec![text.as_bytes()], 100), [whole(1, "a\u{2028}b\u{85}"), whole(4, "c\u{2029}")]);
    }

    #[test]
    fn a_line_that_is_too_long_does_not_hide_the_next() {
        let text = b"0123456789\nshort\n0123456789x";
        for piece in 1..=text.len() {
            let lines = split(text.chunks(piece).collect(), 9);
            let expected =
                [Line::TooLong { number: 1, length: 10 }, whole(2, "short"), Line::TooLong { number: 3, length: 11 }];
            assert_eq!(lines, expected, "in pieces of {piece}");
        }
    }

    #[test]
    fn nothing_is_no_line() {
        assert_eq!(split(vec![], 9), []);
        assert_eq!(split(vec![b"", b"\n", b"\r\n"], 9), []);
    }

    proptest! {
        #[test]
        fn how_the_bytes_come_makes_no_difference(text in "[aé\u{2028}\r\n ]{0,60}", cuts in proptest::collection::vec(0usize..60, 0..8)) {
            let bytes = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.sort_unstable();
            let mut pieces = Vec::new();
            let mut start = 0;
            for cut in cuts {
                pieces.push(&bytes[start..cut]);
                start = cut;
            }
            pieces.push(&bytes[start..]);
            prop_assert_eq!(split(pieces, 20), split(vec![bytes], 20));
        }
    }
}
