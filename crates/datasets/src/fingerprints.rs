use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};

/// Takes fingerprints of texts: hashes of 128 bits under a key that nobody knows, so that no input can make two meet in one.
#[derive(Debug, Clone, Default)]
pub struct Fingerprinter(RandomState);

impl Fingerprinter {
    /// The fingerprint of a text.
    pub fn of(&self, text: &str) -> [u64; 2] {
        let mut hasher = self.0.build_hasher();
        hasher.write(text.as_bytes());
        // The second is that of a longer text: each tells nothing about the other.
        let first = hasher.finish();
        hasher.write_u8(0xff);
        [first, hasher.finish()]
    }
}

/// Fingerprints and where each was taken, in bounded memory: entries of `N` numbers, the last of which is the place.
///
/// As many as 16 MiB hold are kept in memory, or as many as were [asked for](Self::holding); more are sorted and written to a
/// temporary file, which has no name and vanishes with the process, and are merged when they are read.
#[derive(Debug)]
pub struct Fingerprints<const N: usize> {
    run: Vec<[u64; N]>,
    full: usize,
    spilled: Option<Spilled>,
}

/// Sorted runs, end to end in a file.
#[derive(Debug)]
struct Spilled {
    file: File,
    /// Where each run ends, in entries.
    ends: Vec<u64>,
}

/// Bytes of the entries kept in memory, if nothing else is said.
const MEMORY: usize = 16 << 20;
/// Bytes of a number in the file.
const NUMBER: usize = size_of::<u64>();
/// Entries of a run that are read at once.
const CHUNK: usize = 1 << 10;

impl<const N: usize> Default for Fingerprints<N> {
    fn default() -> Self {
        Self::holding(MEMORY / size_of::<[u64; N]>())
    }
}

impl<const N: usize> Fingerprints<N> {
    /// Keeps so many entries in memory, at least one.
    pub fn holding(entries: usize) -> Self {
        Self { run: Vec::new(), full: entries.max(1), spilled: None }
    }

    /// Adds an entry.
    ///
    /// # Errors
    ///
    /// A temporary file that cannot be written.
    pub fn push(&mut self, entry: [u64; N]) -> io::Result<()> {
        if self.run.len() == self.full {
            self.spill()?;
        }
        self.run.push(entry);
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        self.run.sort_unstable();
        let spilled = match &mut self.spilled {
            Some(spilled) => spilled,
            none => none.insert(Spilled { file: tempfile::tempfile()?, ends: Vec::new() }),
        };
        // Whoever read it may have left off anywhere.
        spilled.file.seek(SeekFrom::End(0))?;
        let mut bytes = Vec::with_capacity(CHUNK * N * NUMBER);
        for entries in self.run.chunks(CHUNK) {
            bytes.clear();
            entries.as_flattened().iter().for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
            spilled.file.write_all(&bytes)?;
        }
        let end = spilled.ends.last().copied().unwrap_or(0) + self.run.len() as u64;
        spilled.ends.push(end);
        self.run.clear();
        Ok(())
    }

    /// All of them in ascending order, places in ascending order among equals. Can be asked for again.
    ///
    /// # Errors
    ///
    /// The temporary file cannot be read.
    pub fn sorted(&mut self) -> io::Result<Sorted<'_, N>> {
        self.run.sort_unstable();
        let mut sorted = Sorted { memory: self.run.iter(), file: None, runs: Vec::new(), heads: BinaryHeap::new() };
        if let Some(spilled) = &mut self.spilled {
            sorted.advance(usize::MAX)?;
            let mut start = 0;
            for end in &spilled.ends {
                sorted.runs.push(Run { next: start, end: *end, chunk: Vec::new(), taken: 0 });
                start = *end;
            }
            sorted.file = Some(&mut spilled.file);
            for run in 0..sorted.runs.len() {
                sorted.advance(run)?;
            }
        }
        Ok(sorted)
    }
}

/// What [`Fingerprints::sorted`] gives.
#[derive(Debug)]
pub struct Sorted<'f, const N: usize> {
    memory: std::slice::Iter<'f, [u64; N]>,
    file: Option<&'f mut File>,
    runs: Vec<Run>,
    /// The smallest entry of each run and which run it is; `usize::MAX` is the one in memory.
    heads: BinaryHeap<Reverse<([u64; N], usize)>>,
}

/// A run in the file, as far as it is read.
#[derive(Debug)]
struct Run {
    next: u64,
    end: u64,
    chunk: Vec<u8>,
    taken: usize,
}

impl<const N: usize> Sorted<'_, N> {
    /// The next entry; `None` at the end.
    ///
    /// # Errors
    ///
    /// The temporary file cannot be read.
    pub fn read(&mut self) -> io::Result<Option<[u64; N]>> {
        if self.file.is_none() {
            return Ok(self.memory.next().copied());
        }
        let Some(Reverse((entry, run))) = self.heads.pop() else { return Ok(None) };
        self.advance(run)?;
        Ok(Some(entry))
    }

    /// Takes the next entry of a run among the heads.
    fn advance(&mut self, index: usize) -> io::Result<()> {
        let Some(run) = self.runs.get_mut(index) else {
            if let Some(entry) = self.memory.next() {
                self.heads.push(Reverse((*entry, index)));
            }
            return Ok(());
        };
        let entry = N * NUMBER;
        if run.taken == run.chunk.len() {
            let Some(file) = self.file.as_mut().filter(|_| run.next < run.end) else { return Ok(()) };
            let entries = (run.end - run.next).min(CHUNK as u64);
            file.seek(SeekFrom::Start(run.next * entry as u64))?;
            run.chunk.resize(entries as usize * entry, 0);
            file.read_exact(&mut run.chunk)?;
            run.next += entries;
            run.taken = 0;
        }
        let mut numbers = [0; N];
        for (number, bytes) in numbers.iter_mut().zip(run.chunk[run.taken..].chunks_exact(NUMBER)) {
            *number = u64::from_le_bytes(bytes.try_into().unwrap_or_default());
        }
        run.taken += entry;
        self.heads.push(Reverse((numbers, index)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all<const N: usize>(fingerprints: &mut Fingerprints<N>) -> Vec<[u64; N]> {
        let mut sorted = fingerprints.sorted().unwrap();
        std::iter::from_fn(|| sorted.read().unwrap()).collect()
    }

    #[test]
    fn a_fingerprint_is_that_of_its_text_alone() {
        let takes = Fingerprinter::default();
        let texts = ["", "\u{0}", "a", "ab", "ab\u{0}", "abcdefgh", "abcdefg\u{ff}", "abcdefgha", "é"];
        let taken = texts.map(|text| takes.of(text));
        assert_eq!(taken, texts.map(|text| takes.of(text)));
        let halves: std::collections::HashSet<u64> = taken.into_iter().flatten().collect();
        assert_eq!(halves.len(), 2 * texts.len());
        assert_ne!(taken[2], Fingerprinter::default().of("a"));
    }

    #[test]
    fn more_than_memory_takes_come_sorted_and_can_be_read_again() {
        let mut fingerprints = Fingerprints { full: 3000, ..Fingerprints::default() };
        let mut expected: Vec<[u64; 2]> = (0..10_000).map(|line| [line * 7919 % 5003, line]).collect();
        for entry in &expected {
            fingerprints.push(*entry).unwrap();
        }
        expected.sort_unstable();
        assert!(fingerprints.run.len() <= 3000 && fingerprints.spilled.is_some());
        assert_eq!(all(&mut fingerprints), expected);
        assert_eq!(all(&mut fingerprints), expected);
        for line in 10_000..17_000 {
            fingerprints.push([line * 7919 % 5003, line]).unwrap();
            expected.push([line * 7919 % 5003, line]);
        }
        expected.sort_unstable();
        assert_eq!(all(&mut fingerprints), expected);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_whatever_fits_in_memory(values in proptest::collection::vec(0_u64..9, 0..40), full in 1_usize..12) {
            let mut fingerprints = Fingerprints { full, ..Fingerprints::default() };
            let mut expected = Vec::new();
            for (value, line) in values.into_iter().zip(1..) {
                let entry = [value % 2, value, line];
                fingerprints.push(entry).unwrap();
                expected.push(entry);
            }
            expected.sort_unstable();
            prop_assert_eq!(all(&mut fingerprints), expected);
        }
    }
}
