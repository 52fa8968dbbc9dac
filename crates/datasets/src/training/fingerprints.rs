use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};

/// The fingerprint of every sample and the line it is on, in bounded memory.
///
/// A million are kept in memory; more are sorted and written to a temporary file, which has no name and vanishes with the
/// process, and are merged when they are read.
#[derive(Debug)]
pub(super) struct Fingerprints {
    /// Fingerprint and line.
    run: Vec<Entry>,
    full: usize,
    spilled: Option<Spilled>,
}

type Entry = (u64, u64);

/// Sorted runs, end to end in a file.
#[derive(Debug)]
struct Spilled {
    file: File,
    /// Where each run ends, in entries.
    ends: Vec<u64>,
}

/// Bytes of an entry in the file.
const ENTRY: usize = 16;
/// Entries kept in memory: 16 MiB.
const FULL: usize = 1 << 20;
/// Entries of a run that are read at once.
const CHUNK: usize = 1 << 10;

impl Default for Fingerprints {
    fn default() -> Self {
        Self { run: Vec::new(), full: FULL, spilled: None }
    }
}

impl Fingerprints {
    pub(super) fn push(&mut self, fingerprint: u64, line: u64) -> io::Result<()> {
        if self.run.len() == self.full {
            self.spill()?;
        }
        self.run.push((fingerprint, line));
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        self.run.sort_unstable();
        let spilled = match &mut self.spilled {
            Some(spilled) => spilled,
            none => none.insert(Spilled { file: tempfile::tempfile()?, ends: Vec::new() }),
        };
        let mut writer = io::BufWriter::new(&mut spilled.file);
        for (fingerprint, line) in &self.run {
            writer.write_all(&fingerprint.to_le_bytes())?;
            writer.write_all(&line.to_le_bytes())?;
        }
        writer.flush()?;
        drop(writer);
        let end = spilled.ends.last().copied().unwrap_or(0) + self.run.len() as u64;
        spilled.ends.push(end);
        self.run.clear();
        Ok(())
    }

    /// All of them in ascending order, lines in ascending order among equals. Can be asked for again.
    pub(super) fn sorted(&mut self) -> io::Result<Sorted<'_>> {
        self.run.sort_unstable();
        let mut sorted = Sorted { memory: self.run.iter(), file: None, runs: Vec::new(), heads: BinaryHeap::new() };
        if let Some(entry) = sorted.memory.next() {
            sorted.heads.push(Reverse((*entry, usize::MAX)));
        }
        if let Some(spilled) = &mut self.spilled {
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
pub(super) struct Sorted<'f> {
    memory: std::slice::Iter<'f, Entry>,
    file: Option<&'f mut File>,
    runs: Vec<Run>,
    /// The smallest entry of each run and which run it is; `usize::MAX` is the one in memory.
    heads: BinaryHeap<Reverse<(Entry, usize)>>,
}

/// A run in the file, as far as it is read.
#[derive(Debug)]
struct Run {
    next: u64,
    end: u64,
    chunk: Vec<u8>,
    taken: usize,
}

impl Sorted<'_> {
    pub(super) fn next(&mut self) -> io::Result<Option<Entry>> {
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
        if run.taken == run.chunk.len() {
            let Some(file) = self.file.as_mut().filter(|_| run.next < run.end) else { return Ok(()) };
            let entries = (run.end - run.next).min(CHUNK as u64);
            file.seek(SeekFrom::Start(run.next * ENTRY as u64))?;
            run.chunk.resize(entries as usize * ENTRY, 0);
            file.read_exact(&mut run.chunk)?;
            run.next += entries;
            run.taken = 0;
        }
        let number = |at: usize| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&run.chunk[at..at + 8]);
            u64::from_le_bytes(bytes)
        };
        let entry = (number(run.taken), number(run.taken + 8));
        run.taken += ENTRY;
        self.heads.push(Reverse((entry, index)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(fingerprints: &mut Fingerprints) -> Vec<Entry> {
        let mut sorted = fingerprints.sorted().unwrap();
        std::iter::from_fn(|| sorted.next().unwrap()).collect()
    }

    #[test]
    fn more_than_memory_takes_come_sorted_and_can_be_read_again() {
        let mut fingerprints = Fingerprints { full: 3000, ..Fingerprints::default() };
        let mut expected: Vec<Entry> = (0..10_000_u64).map(|line| (line.wrapping_mul(7919) % 5003, line)).collect();
        for (fingerprint, line) in &expected {
            fingerprints.push(*fingerprint, *line).unwrap();
        }
        expected.sort_unstable();
        assert!(fingerprints.run.len() <= 3000 && fingerprints.spilled.is_some());
        assert_eq!(all(&mut fingerprints), expected);
        assert_eq!(all(&mut fingerprints), expected);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_whatever_fits_in_memory(values in proptest::collection::vec(0_u64..9, 0..40), full in 1_usize..12) {
            let mut fingerprints = Fingerprints { full, ..Fingerprints::default() };
            let mut expected = Vec::new();
            for (value, line) in values.into_iter().zip(1..) {
                fingerprints.push(value, line).unwrap();
                expected.push((value, line));
            }
            expected.sort_unstable();
            prop_assert_eq!(all(&mut fingerprints), expected);
        }
    }
}
