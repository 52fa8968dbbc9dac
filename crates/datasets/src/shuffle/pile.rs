use std::io::{self, Write};

/// Lines in memory, end to end, each with the number it is sorted by.
#[derive(Debug, Default)]
pub(super) struct Pile {
    bytes: Vec<u8>,
    lines: Vec<Placed>,
}

#[derive(Debug, Clone, Copy)]
struct Placed {
    key: u64,
    start: usize,
    end: usize,
}

impl Pile {
    /// What a line costs besides its bytes.
    pub(super) const A_LINE: usize = size_of::<Placed>();

    pub(super) fn with_capacity(lines: usize, bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), lines: Vec::with_capacity(lines) }
    }

    /// The memory in use, with one more line of that many bytes.
    pub(super) fn size_with(&self, bytes: usize) -> usize {
        self.bytes.len() + bytes + (self.lines.len() + 1) * Self::A_LINE
    }

    pub(super) fn push(&mut self, key: u64, parts: &[&[u8]]) {
        let start = self.bytes.len();
        parts.iter().for_each(|part| self.bytes.extend_from_slice(part));
        self.lines.push(Placed { key, start, end: self.bytes.len() });
    }

    /// Reads a line of that many bytes onto the pile.
    pub(super) fn read(&mut self, key: u64, length: usize, reader: &mut impl io::Read) -> io::Result<()> {
        let start = self.bytes.len();
        self.bytes.resize(start + length, 0);
        reader.read_exact(&mut self.bytes[start..])?;
        self.lines.push(Placed { key, start, end: start + length });
        Ok(())
    }

    /// Gives the lines away in the order they came in.
    pub(super) fn drain(self, mut take: impl FnMut(u64, &[u8]) -> io::Result<()>) -> io::Result<()> {
        self.lines.iter().try_for_each(|line| take(line.key, &self.bytes[line.start..line.end]))
    }

    /// Writes the lines in the order of their numbers. Those with the same number keep their order.
    pub(super) fn write_to(mut self, out: &mut impl Write) -> io::Result<()> {
        self.lines.sort_unstable_by_key(|line| (line.key, line.start));
        self.lines.iter().try_for_each(|line| out.write_all(&self.bytes[line.start..line.end]))
    }
}
