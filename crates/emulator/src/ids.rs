//! Ids that repeat from run to run, and secrets that never do.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

/// Makes the ids of files and jobs: UUIDs by shape, a function of the seed and the order of creation.
pub(crate) struct Ids {
    seed: u64,
    made: AtomicU64,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, made: AtomicU64::new(0) }
    }

    pub(crate) fn next(&self) -> String {
        let count = self.made.fetch_add(1, Ordering::Relaxed);
        uuid(&[&self.seed.to_le_bytes(), &count.to_le_bytes()])
    }
}

/// A digest of some parts, from which several names can be made.
pub(crate) struct Digest(blake3::Hash);

impl Digest {
    pub(crate) fn of(parts: &[&[u8]]) -> Self {
        Self(digest(parts))
    }

    /// A UUID of version 4 by shape.
    pub(crate) fn uuid(&self) -> String {
        let hex = self.0.to_hex();
        let hex = hex.as_str();
        let variant = ["8", "9", "a", "b"][usize::from(hex.as_bytes()[16] % 4)];
        [&hex[..8], "-", &hex[8..12], "-4", &hex[13..16], "-", variant, &hex[17..20], "-", &hex[20..32]].concat()
    }

    /// The first `length` hexadecimal digits, at most 64.
    pub(crate) fn hex(&self, length: usize) -> String {
        let hex = self.0.to_hex();
        hex.get(..length).unwrap_or(&hex).to_owned()
    }
}

/// A UUID of version 4 by shape, made from a digest of `parts`.
pub(crate) fn uuid(parts: &[&[u8]]) -> String {
    Digest::of(parts).uuid()
}

/// The first `length` hexadecimal digits of a digest of `parts`, at most 64.
pub(crate) fn hex(parts: &[&[u8]], length: usize) -> String {
    Digest::of(parts).hex(length)
}

/// Eight bytes of a digest of `parts`, for seeding what only has to look random.
pub(crate) fn number(parts: &[&[u8]]) -> u64 {
    first_eight(&digest(parts))
}

fn digest(parts: &[&[u8]]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        // The length keeps ("ab", "c") and ("a", "bc") apart.
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
    }
    hasher.finalize()
}

fn first_eight(hash: &blake3::Hash) -> u64 {
    hash.as_bytes().iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Bytes from the system that nobody else knows; new for every emulator, whatever the seed of its ids.
pub(crate) struct Secret([u8; 32]);

impl Secret {
    pub(crate) fn random() -> io::Result<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        Ok(Self(bytes))
    }

    /// A digest that only the holder of the secret can make. Comparing two takes the same time wherever they differ.
    pub(crate) fn sign(&self, message: &[u8]) -> blake3::Hash {
        blake3::keyed_hash(&self.0, message)
    }

    pub(crate) fn fingerprint(&self, message: &[u8]) -> u64 {
        first_eight(&self.sign(message))
    }

    /// A seed for ids that must differ from run to run.
    pub(crate) fn seed(&self) -> u64 {
        self.fingerprint(b"seed of ids")
    }
}

#[cfg(test)]
mod tests {
    use mistral_models::FileId;

    use super::*;

    #[test]
    fn ids_are_uuids_that_repeat_with_the_seed_and_differ_without() {
        let ids = Ids::new(7);
        let (first, second) = (ids.next(), ids.next());
        FileId::from(&first).check().unwrap();
        assert_ne!(first, second);
        assert_eq!(first, Ids::new(7).next());
        assert_ne!(first, Ids::new(8).next());
        assert_eq!(first.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&first.as_bytes()[19]));
    }

    #[test]
    fn no_two_emulators_share_a_secret() {
        assert_ne!(Secret::random().unwrap().sign(b"x"), Secret::random().unwrap().sign(b"x"));
    }
}
