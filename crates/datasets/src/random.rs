/// Random numbers that a seed gives, the same on every machine and in every version: the output of BLAKE3 under a key.
pub(crate) struct Numbers {
    stream: blake3::OutputReader,
    buffer: [u8; 512],
    used: usize,
}

/// The key of a purpose under a seed: two purposes have nothing in common, even with the same seed.
pub(crate) fn key(purpose: &str, seed: u64) -> [u8; 32] {
    blake3::derive_key(purpose, &seed.to_le_bytes())
}

impl Numbers {
    pub(crate) fn new(purpose: &str, seed: u64) -> Self {
        let stream = blake3::Hasher::new_keyed(&key(purpose, seed)).finalize_xof();
        Self { stream, buffer: [0; 512], used: 512 }
    }

    pub(crate) fn next(&mut self) -> u64 {
        if self.used == self.buffer.len() {
            self.stream.fill(&mut self.buffer);
            self.used = 0;
        }
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&self.buffer[self.used..self.used + 8]);
        self.used += 8;
        u64::from_le_bytes(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_numbers_for_ever() {
        let mut numbers = Numbers::new("test", 7);
        let first: Vec<u64> = (0..3).map(|_| numbers.next()).collect();
        assert_eq!(
            first,
            [12_368_436_332_817_053_888, 407_681_458_552_554_624, 10_766_289_670_744_229_957],
            "orders chosen by another version must be found again"
        );
        assert_ne!(Numbers::new("test", 8).next(), first[0]);
        assert_ne!(Numbers::new("other", 7).next(), first[0]);
    }

    #[test]
    fn bits_are_set_half_of_the_time() {
        let mut numbers = Numbers::new("test", 1);
        let ones: u32 = (0..10_000).map(|_| numbers.next().count_ones()).sum();
        // 640 000 tosses: the standard deviation is 400.
        assert!((318_000..322_000).contains(&ones), "{ones}");
    }
}
