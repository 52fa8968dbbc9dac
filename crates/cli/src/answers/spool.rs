use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};

/// Result lines in the order they came, in a file without a name; only their places are kept in memory.
#[derive(Debug)]
pub(crate) struct Spool {
    file: BufWriter<File>,
    end: u64,
}

const BUFFER: usize = 256 * 1024;

impl Spool {
    /// Keeps lines in `file`, which is empty.
    pub(crate) fn new(file: File) -> Self {
        Self { file: BufWriter::with_capacity(BUFFER, file), end: 0 }
    }

    /// Adds a line, its line end included, and says where it is.
    pub(super) fn add(&mut self, line: &[u8]) -> io::Result<u64> {
        let place = self.end;
        self.file.write_all(line)?;
        self.end += line.len() as u64;
        Ok(place)
    }

    /// All lines, to be read.
    pub(super) fn read(self) -> io::Result<SpoolReader> {
        let mut file = self.file.into_inner()?;
        file.seek(SeekFrom::Start(0))?;
        Ok(SpoolReader { file: BufReader::with_capacity(BUFFER, file), at: 0 })
    }
}

/// Lines by their places. Fast where the places rise, as they do when results come in the order of the input.
#[derive(Debug)]
pub(super) struct SpoolReader {
    file: BufReader<File>,
    at: u64,
}

impl SpoolReader {
    /// The line at `place`, its line end included, in place of what `line` held.
    pub(super) fn line(&mut self, place: u64, line: &mut Vec<u8>) -> io::Result<()> {
        line.clear();
        let step = i128::from(place) - i128::from(self.at);
        // A relative seek keeps what is buffered when it can.
        self.file.seek_relative(i64::try_from(step).map_err(io::Error::other)?)?;
        self.at = place + self.file.read_until(b'\n', line)? as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn every_line_is_found_in_any_order(
            lines in proptest::collection::vec("[a-zé]{0,20}", 1..40),
            order in proptest::collection::vec(proptest::num::usize::ANY, 1..60),
        ) {
            let mut spool = Spool::new(tempfile::tempfile().unwrap());
            let places: Vec<_> = lines.iter().map(|line| spool.add(format!("{line}\n").as_bytes()).unwrap()).collect();
            let (mut reader, mut line) = (spool.read().unwrap(), Vec::new());
            for pick in order.into_iter().map(|pick| pick % lines.len()) {
                reader.line(places[pick], &mut line).unwrap();
                proptest::prop_assert_eq!(std::str::from_utf8(&line).unwrap(), format!("{}\n", lines[pick]));
            }
        }
    }
}
