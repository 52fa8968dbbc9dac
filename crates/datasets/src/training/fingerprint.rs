//! Fingerprints of JSON values: equal values have equal ones, whatever the spacing, the escapes and the order of keys.
//!
//! Sixty-four bits for each string, combined without regard to order for objects and with it for lists. Two different samples share a fingerprint by chance once in 2^64; among a million samples that
//! makes one false pair in 37 million files, among sixteen million, as many as 512 MB can hold, one in 144 thousand.

use std::collections::HashSet;

pub(super) const NULL: u64 = 0x9f0b_6c1d_52e7_a843;
const FIRST: u64 = 0x243f_6a88_85a3_08d3;
const SECOND: u64 = 0x1319_8a2e_0370_7344;
const LENGTH: u64 = 0x6a09_e667_f3bc_c909;
const LIST: u64 = 0x3c79_ac49_2ba7_b653;
const OBJECT: u64 = 0x1b87_3593_cc9e_2d51;

pub(super) fn string(text: &str) -> u64 {
    let halves = |piece: [u8; 16]| {
        let both = u128::from_le_bytes(piece);
        (both as u64, (both >> 64) as u64)
    };
    let pieces = text.as_bytes().chunks_exact(16);
    let mut last = [0; 16];
    last[..pieces.remainder().len()].copy_from_slice(pieces.remainder());
    // The length tells a text from one with zeros behind it.
    let mut hash = pair(text.len() as u64, LENGTH);
    for piece in pieces.filter_map(|piece| piece.try_into().ok()).chain([last]) {
        let (first, second) = halves(piece);
        hash = pair(hash ^ first, second);
    }
    hash
}

pub(super) fn boolean(value: bool) -> u64 {
    pair(1, u64::from(value))
}

pub(super) fn integer(bits: u64) -> u64 {
    pair(2, bits)
}

pub(super) fn float(value: f64) -> u64 {
    pair(3, value.to_bits())
}

/// Two numbers in one, in their order: the halves of their product, as fast hash functions mix.
fn pair(first: u64, second: u64) -> u64 {
    let product = u128::from(first ^ FIRST) * u128::from(second ^ SECOND);
    (product as u64) ^ ((product >> 64) as u64)
}

/// The fingerprint of a list, item by item.
#[derive(Debug)]
pub(super) struct List(u64);

impl List {
    pub(super) fn new() -> Self {
        Self(LIST)
    }

    pub(super) fn item(&mut self, item: u64) {
        self.0 = pair(self.0, item);
    }

    pub(super) fn finish(self) -> u64 {
        self.0
    }
}

/// The fingerprint of an object, member by member, and whether a key came twice.
#[derive(Debug)]
pub(super) struct Object {
    sum: u64,
    keys: [u64; Self::FEW],
    count: usize,
    more: Option<HashSet<u64>>,
}

impl Object {
    /// Keys that are compared one by one. Samples and messages have no more.
    const FEW: usize = 8;

    pub(super) fn new() -> Self {
        Self { sum: OBJECT, keys: [0; Self::FEW], count: 0, more: None }
    }

    /// Adds a member, and says whether its key is there already.
    pub(super) fn member(&mut self, key: &str, value: u64) -> bool {
        let key = string(key);
        self.sum = self.sum.wrapping_add(pair(key, value));
        if self.keys[..self.count].contains(&key) {
            return true;
        }
        if self.count < Self::FEW {
            self.keys[self.count] = key;
            self.count += 1;
            return false;
        }
        !self.more.get_or_insert_default().insert(key)
    }

    pub(super) fn finish(&self) -> u64 {
        self.sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_come_twice_are_noticed_among_few_and_many() {
        let mut object = Object::new();
        let keys: Vec<String> = (0..40).map(|key| key.to_string()).collect();
        assert!(keys.iter().all(|key| !object.member(key, 0)));
        assert!(keys.iter().all(|key| object.member(key, 0)));
    }

    #[test]
    fn texts_that_differ_in_a_character_or_in_their_length_differ() {
        let text: String = ('a'..='z').cycle().take(70).collect();
        let mut texts: Vec<String> = (0..=70).map(|length| text[..length].to_owned()).collect();
        texts.extend((0..=70).map(|length| "\0".repeat(length)));
        for at in 0..70 {
            let mut other = text.clone();
            other.replace_range(at..=at, "A");
            texts.push(other);
        }
        let known: HashSet<String> = texts.iter().cloned().collect();
        let hashes: HashSet<u64> = texts.iter().map(|text| string(text)).collect();
        assert_eq!(hashes.len(), known.len());
    }

    #[test]
    fn bits_of_short_texts_are_spread_evenly() {
        let mut counts = [0_u32; 64];
        for number in 0..4096 {
            let hash = string(&number.to_string());
            (0..64).for_each(|bit| counts[bit] += u32::from(hash >> bit & 1 == 1));
        }
        // Half of them with a deviation of 32: six times that is beyond chance.
        assert!(counts.iter().all(|count| count.abs_diff(2048) < 192), "{counts:?}");
    }

    #[test]
    fn order_counts_in_lists_and_not_in_objects() {
        let list = |items: [u64; 2]| {
            let mut list = List::new();
            items.into_iter().for_each(|item| list.item(item));
            list.finish()
        };
        assert_ne!(list([1, 2]), list([2, 1]));
        let object = |keys: [&str; 2]| {
            let mut object = Object::new();
            keys.into_iter().for_each(|key| assert!(!object.member(key, string(key))));
            object.finish()
        };
        assert_eq!(object(["a", "b"]), object(["b", "a"]));
    }
}
