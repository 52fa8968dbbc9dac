use std::io::{self, Read};

/// Takes the digest of what is read through it, which is best read in large blocks.
#[derive(Debug)]
pub(super) struct Hashing<R> {
    reader: R,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl<R: Read> Hashing<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, hasher: blake3::Hasher::new(), bytes: 0 }
    }

    /// How much was read, and its digest in hexadecimal digits.
    pub(super) fn finish(self) -> (u64, String) {
        (self.bytes, self.hasher.finalize().to_hex().to_string())
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(out)?;
        self.hasher.update(out.get(..read).unwrap_or(out));
        self.bytes += read as u64;
        Ok(read)
    }
}
