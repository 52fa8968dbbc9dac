use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// How many different values are told apart, over all keys: a million jobs with a note each must not fill the memory.
const VALUES: usize = 100_000;

/// How many jobs were created with each value of each key of their metadata.
#[derive(Debug, Default)]
pub(super) struct Notes {
    keys: BTreeMap<String, BTreeMap<String, u64>>,
    values: usize,
    /// Notes that found no place.
    left_out: u64,
}

impl Notes {
    pub(super) fn add(&mut self, metadata: &Map<String, Value>) {
        for (key, value) in metadata {
            let Some(value) = value.as_str() else { continue };
            if let Some(count) = self.keys.get_mut(key).and_then(|values| values.get_mut(value)) {
                *count += 1;
            } else if self.values < VALUES {
                self.keys.entry(key.clone()).or_default().insert(value.to_owned(), 1);
                self.values += 1;
            } else {
                self.left_out += 1;
            }
        }
    }

    pub(super) fn of(&self, key: &str) -> Option<&BTreeMap<String, u64>> {
        self.keys.get(key)
    }

    pub(super) fn left_out(&self) -> u64 {
        self.left_out
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn note(number: usize) -> Map<String, Value> {
        Map::from_iter([("part".to_owned(), json!(number.to_string()))])
    }

    #[test]
    fn values_past_the_bound_are_left_out_and_known_ones_still_count() {
        let mut notes = Notes::default();
        (0..VALUES + 5).for_each(|number| notes.add(&note(number)));
        notes.add(&note(0));
        let values = notes.of("part").unwrap();
        assert_eq!((values.len(), values["0"], notes.left_out()), (VALUES, 2, 5));
        assert!(notes.of("other").is_none());
    }
}
