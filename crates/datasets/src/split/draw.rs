use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::Part;
use crate::random::key;

/// Draws samples: each has a number that its bytes and the seed give, and the smallest numbers are drawn.
///
/// Copies are one ticket. No more tickets are kept than can be drawn.
pub(super) struct Draw {
    key: [u8; 32],
    most: usize,
    total: Part,
    tickets: BTreeMap<u128, Part>,
}

/// The samples that were drawn.
#[derive(Debug)]
pub(super) struct Chosen {
    key: [u8; 32],
    numbers: HashSet<u128>,
    part: Part,
}

impl Draw {
    /// More samples than this are over 1 MB: none has fewer than eight bytes with its line end, as `{"a":1}` has.
    pub(super) const IN_A_MEGABYTE: u64 = 125_000;
    /// Tickets beyond those that are to be drawn, in place of copies that are too many.
    const SPARE: u64 = 1_000;

    pub(super) fn new(seed: u64, most: u64) -> Self {
        let most = usize::try_from(most.saturating_add(Self::SPARE)).unwrap_or(usize::MAX);
        Self {
            key: key("mistral-datasets: the draw of a split", seed),
            most,
            total: Part::default(),
            tickets: BTreeMap::new(),
        }
    }

    /// Gives a sample its ticket. `bytes` counts the line end too.
    pub(super) fn see(&mut self, sample: &[u8], bytes: u64) {
        self.total = self.total.plus(Part { samples: 1, bytes });
        let number = number(&self.key, sample);
        let full = self.tickets.len() >= self.most;
        // A number above all that are kept was never kept: those only get smaller.
        if full && self.tickets.last_key_value().is_some_and(|(last, _)| number > *last) {
            return;
        }
        let ticket = self.tickets.entry(number).or_default();
        *ticket = ticket.plus(Part { samples: 1, bytes });
        if self.tickets.len() > self.most {
            self.tickets.pop_last();
        }
    }

    /// All samples.
    pub(super) fn total(&self) -> Part {
        self.total
    }

    /// Draws as long as `fits` says yes to what is drawn so far, and passes over what does not fit.
    pub(super) fn choose(&self, fits: impl Fn(Part) -> bool) -> Chosen {
        let mut chosen = Chosen { key: self.key, numbers: HashSet::new(), part: Part::default() };
        for (number, ticket) in &self.tickets {
            let more = chosen.part.plus(*ticket);
            if fits(more) {
                chosen.part = more;
                chosen.numbers.insert(*number);
            }
        }
        chosen
    }
}

impl Chosen {
    pub(super) fn has(&self, sample: &[u8]) -> bool {
        self.numbers.contains(&number(&self.key, sample))
    }

    pub(super) fn part(&self) -> Part {
        self.part
    }
}

/// Equal samples have equal numbers, whatever the spacing, the escapes and the order of keys. What is no JSON is taken as
/// bytes.
fn number(key: &[u8; 32], sample: &[u8]) -> u128 {
    let mut hasher = blake3::Hasher::new_keyed(key);
    match serde_json::from_slice(sample) {
        Ok(value) => feed(&value, &mut hasher),
        Err(_) => drop(hasher.update(sample)),
    }
    let mut first = [0; 16];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    u128::from_be_bytes(first)
}

/// Every value says its kind and its length first, so that no two have the same bytes.
fn feed(value: &Value, hasher: &mut blake3::Hasher) {
    match value {
        Value::Null => drop(hasher.update(b"n")),
        Value::Bool(value) => drop(hasher.update(if *value { b"t" } else { b"f" })),
        Value::Number(number) => text(b"d", &number.to_string(), hasher),
        Value::String(string) => text(b"s", string, hasher),
        Value::Array(items) => {
            hasher.update(b"a").update(&(items.len() as u64).to_le_bytes());
            items.iter().for_each(|item| feed(item, hasher));
        }
        Value::Object(members) => {
            // Sorted here, because a feature of serde_json that others may switch on keeps the order of the file.
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(key, _)| *key);
            hasher.update(b"o").update(&(members.len() as u64).to_le_bytes());
            for (key, value) in members {
                text(b"k", key, hasher);
                feed(value, hasher);
            }
        }
    }
}

fn text(kind: &[u8; 1], text: &str, hasher: &mut blake3::Hasher) {
    hasher.update(kind).update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_samples_have_equal_numbers_however_they_are_written() {
        let of = |sample: &str| number(&[0; 32], sample.as_bytes());
        assert_eq!(of(r#"{"a":"\u00e9","b":[1,{}]}"#), of(r#"{ "b" : [1, { }], "a" : "é" }"#));
        let different =
            [r#"{"a":"1"}"#, r#"{"a":1}"#, r#"{"a":[1]}"#, r#"{"a":["1",[]]}"#, r#"["a",1]"#, "a", "[]", "{}"];
        let numbers: HashSet<u128> = different.into_iter().map(of).collect();
        assert_eq!(numbers.len(), different.len());
    }
}
