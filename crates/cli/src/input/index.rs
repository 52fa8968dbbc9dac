use std::hash::{BuildHasher as _, RandomState};

/// Every `custom_id` of the input, in its order, and the way back from an id to its row.
///
/// Ids lie end to end in one text, and the table that finds them holds row numbers alone, which a map of the standard
/// library cannot: it wants the keys inside. A row costs its id and about 20 bytes more.
#[derive(Debug, Default)]
pub(crate) struct Index {
    text: String,
    /// Where the id of each row ends in `text`.
    ends: Vec<u64>,
    /// The line each row stands on, counted from 1. Blank lines are no rows.
    lines: Vec<u32>,
    /// Hashes are secret, so that no input can make all ids meet in one slot.
    hasher: RandomState,
    /// Rows by the hash of their id: in the slot the hash names, or in the next that was free. A power of two, and never
    /// more than three quarters taken.
    slots: Vec<u32>,
}

/// A slot that no row has.
const FREE: u32 = u32::MAX;

impl Index {
    /// Adds the row of `line`.
    ///
    /// # Errors
    ///
    /// The line that has this id already.
    pub(crate) fn insert(&mut self, id: &str, line: u64) -> Result<(), u64> {
        if (self.len() + 1) * 4 > self.slots.len() * 3 {
            self.grow();
        }
        let slot = self.slot(id);
        if self.slots[slot] != FREE {
            return Err(self.line(self.slots[slot] as usize));
        }
        // The check refuses a file long before it has 2^32 rows.
        self.slots[slot] = u32::try_from(self.len()).unwrap_or(FREE);
        self.text.push_str(id);
        self.ends.push(self.text.len() as u64);
        self.lines.push(u32::try_from(line).unwrap_or(u32::MAX));
        Ok(())
    }

    /// The row with this id, counted from 0.
    pub(crate) fn find(&self, id: &str) -> Option<usize> {
        if self.slots.is_empty() {
            return None;
        }
        let row = self.slots[self.slot(id)];
        (row != FREE).then_some(row as usize)
    }

    /// The slot of the row with this id, or the free one where it would be. There must be slots.
    fn slot(&self, id: &str) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = self.hasher.hash_one(id) as usize & mask;
        while self.slots[slot] != FREE && self.id(self.slots[slot] as usize) != id {
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn grow(&mut self) {
        self.slots = vec![FREE; (self.slots.len() * 2).max(16)];
        for row in 0..self.len() {
            let slot = self.slot(self.id(row));
            self.slots[slot] = u32::try_from(row).unwrap_or(FREE);
        }
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
    fn a_row_costs_its_id_and_about_twenty_bytes() {
        let mut index = Index::default();
        for row in 0..1_000_000_u64 {
            assert_eq!(index.insert(&row.to_string(), row + 1), Ok(()));
        }
        let bytes = index.slots.len() * size_of::<u32>() + index.ends.len() * size_of::<u64>() + index.lines.len() * 4;
        assert!(bytes / index.len() <= 20, "{bytes}");
        assert_eq!(index.find("765432"), Some(765_432));
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
