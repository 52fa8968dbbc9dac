use std::io::{self, BufRead, BufReader, Read};

/// Takes the digest of what is read through it.
#[derive(Debug)]
pub(super) struct Hashing<R> {
    reader: BufReader<R>,
    hasher: blake3::Hasher,
    bytes: u64,
}

const BUFFER: usize = 256 << 10;

impl<R: Read> Hashing<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader: BufReader::with_capacity(BUFFER, reader), hasher: blake3::Hasher::new(), bytes: 0 }
    }

    /// How much was read, and its digest in hexadecimal digits.
    pub(super) fn finish(self) -> (u64, String) {
        (self.bytes, self.hasher.finalize().to_hex().to_string())
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(out)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: Read> BufRead for Hashing<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        let buffered = self.reader.buffer();
        self.hasher.update(buffered.get(..amount).unwrap_or(buffered));
        self.bytes += amount as u64;
        self.reader.consume(amount);
    }
}
