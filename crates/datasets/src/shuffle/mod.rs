//! Brings the lines of a file into a random order, files larger than memory too.
//!
//! Every line draws a random number of 64 bits, in the order of the file, and the lines are sorted by it. Every order is
//! equally likely that way, up to two lines drawing the same number, which for ten million lines happens once in 400 000
//! runs. A seed gives the same order everywhere, whatever the memory.
//!
//! What does not fit in memory is scattered over 64 temporary files by the first six bits of the numbers; each of them is
//! sorted in memory, one after the other, or scattered again by the next six bits. Each line is written twice then, and
//! read twice. The temporary files have no name: they are gone when the process ends, however it ends.
//!
//! ```
//! use mistral_datasets::shuffle::Shuffle;
//!
//! let (mut one, mut other) = (Vec::new(), Vec::new());
//! let done = Shuffle::new(42).run(&b"a\nb\nc\nd"[..], &mut one)?;
//! Shuffle::new(42).run(&b"a\nb\nc\nd"[..], &mut other)?;
//! assert_eq!((done.samples, one.len()), (4, 8));
//! assert_eq!(one, other);
//! # Ok::<(), std::io::Error>(())
//! ```

mod buckets;
mod pile;

use std::fs::File;
use std::io::{self, BufRead, Write};
use std::path::PathBuf;

use serde::Serialize;

use crate::random::Numbers;
use crate::{Line, LineEnd, Lines};
use buckets::Buckets;
use pile::Pile;

/// How to shuffle. See the [module](self) for how it is done.
#[derive(Debug, Clone)]
pub struct Shuffle {
    seed: u64,
    memory: usize,
    folder: Option<PathBuf>,
}

/// What was shuffled.
///
/// In JSON, fields are only ever added.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Shuffled {
    /// Lines that were written.
    pub samples: u64,
    /// Blank lines that were left out.
    pub blank: u64,
    /// Bytes that were written.
    pub bytes: u64,
    /// Bytes that went through temporary files, because they did not fit in memory.
    pub spilled: u64,
}

impl Shuffle {
    /// The memory used by default: 32 MiB.
    pub const MEMORY: usize = 32 << 20;

    /// The order that `seed` gives, in 32 MiB of memory.
    pub fn new(seed: u64) -> Self {
        Self { seed, memory: Self::MEMORY, folder: None }
    }

    /// The memory for lines and buffers, in bytes; at least 256 KiB is used. A single line is held whole all the same.
    #[must_use]
    pub fn memory(mut self, bytes: usize) -> Self {
        self.memory = bytes.max(256 << 10);
        self
    }

    /// Where temporary files go, instead of the system's folder for them. As much space is needed there as the file has,
    /// and twelve bytes a line.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Reads lines and writes them in another order.
    ///
    /// Lines keep their bytes and their ends; the last one gets an end if it has none. Blank lines and a byte-order mark
    /// are left out.
    ///
    /// # Errors
    ///
    /// What the reader and the writer say, a temporary file that cannot be written, and a line of more than 64 MiB
    /// ([`InvalidData`](io::ErrorKind::InvalidData)). The output is incomplete then.
    pub fn run(&self, input: impl BufRead, mut output: impl Write) -> io::Result<Shuffled> {
        let mut numbers = Numbers::new("mistral-datasets: the order of a shuffle", self.seed);
        let (mut done, mut pile, mut buckets) = (Shuffled::default(), Pile::default(), None);
        let mut lines = Lines::new(input);
        while let Some(line) = lines.read()? {
            if line.is_blank() {
                done.blank += 1;
                continue;
            }
            let parts = parts(&line)?;
            let (key, bytes) = (numbers.next(), parts.iter().map(|part| part.len()).sum::<usize>());
            done.samples += 1;
            done.bytes += bytes as u64;
            if buckets.is_none() && pile.size_with(bytes) > self.room() {
                let mut opened = Buckets::new(self, 0);
                std::mem::take(&mut pile).drain(|key, line| opened.put(key, &[line]))?;
                buckets = Some(opened);
            }
            match &mut buckets {
                Some(buckets) => buckets.put(key, &parts)?,
                None => pile.push(key, &parts),
            }
        }
        match buckets {
            Some(buckets) => done.spilled = buckets.write_to(&mut output)?,
            None => pile.write_to(&mut output)?,
        }
        output.flush()?;
        Ok(done)
    }

    /// Bytes of lines that are held at once; the rest is for buffers.
    fn room(&self) -> usize {
        self.memory - buckets::COUNT * self.buffer()
    }

    /// Bytes of the buffer of a temporary file.
    fn buffer(&self) -> usize {
        (self.memory / buckets::COUNT / 4).min(64 << 10)
    }

    fn temporary(&self) -> io::Result<File> {
        match &self.folder {
            Some(folder) => tempfile::tempfile_in(folder),
            None => tempfile::tempfile(),
        }
    }
}

/// A line and its end, which may be missing at the last one.
fn parts<'a>(line: &Line<'a>) -> io::Result<[&'a [u8]; 2]> {
    if line.is_too_long() {
        let what = format!("line {} has {} bytes, more than 64 MiB", line.number, line.length);
        return Err(io::Error::new(io::ErrorKind::InvalidData, what));
    }
    Ok([line.bytes, if line.end == LineEnd::CrLf { b"\r\n" } else { b"\n" }])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shuffled(shuffle: &Shuffle, text: &[u8]) -> (Shuffled, Vec<u8>) {
        let mut out = Vec::new();
        let done = shuffle.run(text, &mut out).unwrap();
        (done, out)
    }

    fn sorted(text: &[u8]) -> Vec<&[u8]> {
        let mut lines: Vec<_> = text.split_inclusive(|byte| *byte == b'\n').collect();
        lines.sort_unstable();
        lines
    }

    fn numbered(lines: usize, width: usize) -> Vec<u8> {
        (0..lines).flat_map(|line| format!("{line:0width$}\n").into_bytes()).collect()
    }

    #[test]
    fn every_order_of_four_lines_is_equally_likely() {
        let mut counts = std::collections::BTreeMap::<Vec<u8>, u32>::new();
        for seed in 0..24_000 {
            *counts.entry(shuffled(&Shuffle::new(seed), b"a\nb\nc\nd\n").1).or_default() += 1;
        }
        assert_eq!(counts.len(), 24);
        // A thousand each; the standard deviation is 31.
        assert!(counts.values().all(|count| (850..1150).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_file_larger_than_memory_comes_in_the_same_order() {
        let text = numbered(20_000, 199);
        let (small, one) = shuffled(&Shuffle::new(3).memory(1 << 20), &text);
        let (large, other) = shuffled(&Shuffle::new(3), &text);
        assert_eq!((small.spilled > text.len() as u64, large.spilled), (true, 0));
        assert!(one == other && one != text && sorted(&one) == sorted(&text));
    }

    #[test]
    fn a_temporary_file_larger_than_memory_is_scattered_again() {
        // 64 files of 250 kB each, where 192 KiB is all there is.
        let text = numbered(16_000, 999);
        let (done, one) = shuffled(&Shuffle::new(3).memory(256 << 10), &text);
        assert!(done.spilled > 2 * text.len() as u64, "{done:?}");
        assert!(one == shuffled(&Shuffle::new(3).memory(1 << 30), &text).1);
    }

    #[test]
    fn lines_keep_their_ends_and_what_is_no_line_is_left_out() {
        let (done, out) = shuffled(&Shuffle::new(1), "\u{feff}a\r\n\n  \nb\nc".as_bytes());
        assert_eq!((done.samples, done.blank, done.bytes), (3, 2, 7));
        assert_eq!(sorted(&out), [b"a\r\n".as_slice(), b"b\n", b"c\n"]);
        assert_eq!(shuffled(&Shuffle::new(1), b"").0, Shuffled::default());
    }

    #[test]
    fn a_folder_for_temporary_files_that_is_none_is_an_error_and_nothing_is_left_in_one() {
        let text = numbered(20_000, 199);
        let folder = tempfile::tempdir().unwrap();
        let small = Shuffle::new(1).memory(1 << 20);
        small.clone().folder(folder.path()).run(&text[..], io::sink()).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let missing = small.folder(folder.path().join("missing"));
        assert_eq!(missing.run(&text[..], io::sink()).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn the_order_of_a_seed_never_changes() {
        let (_, out) = shuffled(&Shuffle::new(42), b"a\nb\nc\nd\ne\nf\ng\nh\n");
        insta::assert_snapshot!(String::from_utf8(out).unwrap().replace('\n', " "), @"b g c h a f d e ");
    }

    proptest! {
        #[test]
        fn it_is_a_permutation_that_the_seed_decides(lines in proptest::collection::vec("[a-c]{0,3}[^\n\r]", 0..40), seed: u64) {
            let text: String = lines.iter().map(|line| format!("x{line}\n")).collect();
            let (done, out) = shuffled(&Shuffle::new(seed), text.as_bytes());
            prop_assert_eq!(done.samples, lines.len() as u64);
            prop_assert_eq!(sorted(&out), sorted(text.as_bytes()));
            prop_assert_eq!(&shuffled(&Shuffle::new(seed), text.as_bytes()).1, &out);
            if lines.iter().collect::<std::collections::BTreeSet<_>>().len() > 20 {
                prop_assert_ne!(shuffled(&Shuffle::new(seed ^ 1), text.as_bytes()).1, out);
            }
        }
    }
}
