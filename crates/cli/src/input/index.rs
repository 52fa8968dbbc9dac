use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, RandomState};

/// Every `custom_id` of the input, in its order, and the way back from an id to its row.
///
/// Ids lie end to end in one text; with the table that finds them a row costs its id and about 40 bytes more.
#[derive(Debug, Default)]
pub(crate) struct Index {
    text: String,
    /// Where the id of each row ends in `text`.
    ends: Vec<u64>,
    /// The line each row stands on, counted from 1. Blank lines are no rows.
    lines: Vec<u32>,
    hasher: RandomState,
    /// The row whose id has this hash.
    rows: HashMap<u64, u32, Unhashed>,
    /// Rows whose id has the hash of another row's id. Next to never used, and what makes a match certain.
    collisions: HashMap<Box<str>, u32>,
}

impl Index {
    /// Adds the row of `line`.
    ///
    /// # Errors
    ///
    /// The line that has this id already.
    pub(crate) fn insert(&mut self, id: &str, line: u64) -> Result<(), u64> {
        if let Some(row) = self.find(id) {
            return Err(self.line(row));
        }
        // The check refuses a file long before it has 2^32 rows.
        let row = u32::try_from(self.len()).unwrap_or(u32::MAX);
        match self.rows.entry(self.hasher.hash_one(id)) {
            Entry::Vacant(free) => {
                free.insert(row);
            }
            Entry::Occupied(_) => {
                self.collisions.insert(id.into(), row);
            }
        }
        self.text.push_str(id);
        self.ends.push(self.text.len() as u64);
        self.lines.push(u32::try_from(line).unwrap_or(u32::MAX));
        Ok(())
    }

    /// The row with this id, counted from 0.
    pub(crate) fn find(&self, id: &str) -> Option<usize> {
        let row = *self.rows.get(&self.hasher.hash_one(id))? as usize;
        if self.id(row) == id {
            return Some(row);
        }
        self.collisions.get(id).map(|row| *row as usize)
    }

    /// The id of a row; empty for a row there is not.
    pub(crate) fn id(&self, row: usize) -> &str {
        let end = |row: usize| self.ends.get(row).map_or(0, |end| *end as usize);
        let start = row.checked_sub(1).map_or(0, end);
        self.text.get(start..end(row)).unwrap_or_default()
    }

    /// The line a row stands on, counted from 1.
    pub(crate) fn line(&self, row: usize) -> u64 {
        self.lines.get(row).copied().unwrap_or_default().into()
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }
}

/// For keys that are hashes already.
#[derive(Debug, Clone, Copy, Default)]
struct Unhashed;

impl BuildHasher for Unhashed {
    type Hasher = Same;

    fn build_hasher(&self) -> Same {
        Same(0)
    }
}

#[derive(Debug)]
struct Same(u64);

impl std::hash::Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // Keys are u64 and come through write_u64; this keeps the trait's contract for anything else.
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn an_id_leads_to_its_row_and_back() {
        let mut index = Index::default();
        for (line, id) in ["a", "ab", "déjà", "", "b"].iter().enumerate() {
            assert_eq!(index.insert(id, line as u64 * 2 + 1), Ok(()));
        }
        assert_eq!(index.insert("déjà", 99), Err(5));
        assert_eq!(index.len(), 5);
        assert_eq!(index.find("b"), Some(4));
        assert_eq!((index.id(2), index.line(2)), ("déjà", 5));
        assert_eq!(index.find("abd"), None);
        assert_eq!(index.id(5), "");
    }

    #[test]
    fn ids_of_one_hash_stay_apart() {
        let mut index = Index::default();
        assert_eq!(index.insert("a", 1), Ok(()));
        // What a second id with the hash of "a" would leave behind.
        let hash = index.hasher.hash_one("other");
        index.rows.insert(hash, 0);
        assert_eq!(index.insert("other", 2), Ok(()));
        assert_eq!((index.find("a"), index.find("other")), (Some(0), Some(1)));
        assert_eq!(index.insert("other", 3), Err(2));
    }

    proptest::proptest! {
        #[test]
        fn it_agrees_with_a_map(ids in proptest::collection::vec("[a-c]{0,3}", 0..60)) {
            let (mut index, mut map) = (Index::default(), BTreeMap::new());
            for (id, line) in ids.iter().zip(1..) {
                match map.get(id) {
                    Some((_, first)) => proptest::prop_assert_eq!(index.insert(id, line), Err(*first)),
                    None => {
                        map.insert(id.clone(), (index.len(), line));
                        proptest::prop_assert_eq!(index.insert(id, line), Ok(()));
                    }
                }
            }
            for (id, (row, _)) in &map {
                proptest::prop_assert_eq!(index.find(id), Some(*row));
                proptest::prop_assert_eq!(index.id(*row), id);
            }
        }
    }
}
