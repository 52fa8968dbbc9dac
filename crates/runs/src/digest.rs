/// The digest of lines as they are sent, one after the other, each with its end.
///
/// Lines are short, and the hash is several times as fast on blocks.
#[derive(Debug)]
pub(crate) struct LinesDigest {
    hasher: blake3::Hasher,
    block: Vec<u8>,
}

const BLOCK: usize = 64 << 10;

impl Default for LinesDigest {
    fn default() -> Self {
        Self { hasher: blake3::Hasher::new(), block: Vec::with_capacity(BLOCK) }
    }
}

impl LinesDigest {
    /// Adds a line, without its end.
    pub(crate) fn add(&mut self, line: &[u8]) {
        if self.block.len() + line.len() >= BLOCK {
            self.hasher.update(&self.block);
            self.block.clear();
        }
        match line.len() >= BLOCK {
            true => drop(self.hasher.update(line).update(b"\n")),
            false => {
                self.block.extend_from_slice(line);
                self.block.push(b'\n');
            }
        }
    }

    /// The digest, in hexadecimal digits.
    pub(crate) fn finish(mut self) -> String {
        self.hasher.update(&self.block);
        self.hasher.finalize().to_hex().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn it_is_the_digest_of_the_text(lengths in proptest::collection::vec(0_usize..70_000, 0..8)) {
            let (mut digest, mut text) = (LinesDigest::default(), Vec::new());
            for length in lengths {
                let line = vec![b'x'; length];
                digest.add(&line);
                text.extend_from_slice(&line);
                text.push(b'\n');
            }
            proptest::prop_assert_eq!(digest.finish(), blake3::hash(&text).to_hex().to_string());
        }
    }
}
