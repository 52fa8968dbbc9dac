use std::hash::{BuildHasher as _, RandomState};

/// Finds a row by its id: hashes of 96 bits, sorted; 16 bytes a row.
///
/// Hashes are secret, so that no input can make two ids meet in one; among a million rows, chance does not either.
#[derive(Debug, Default)]
pub(super) struct Index {
    hasher: RandomState,
    /// The hash in two numbers, and the row.
    rows: Vec<(u64, u32, u32)>,
}

impl Index {
    /// Room for so many rows.
    pub(super) fn with_capacity(rows: usize) -> Self {
        Self { hasher: RandomState::new(), rows: Vec::with_capacity(rows.min(1 << 20)) }
    }

    /// Adds the next row.
    pub(super) fn add(&mut self, id: &str) {
        // A part has a million rows at the most.
        let row = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        let (hash, more) = self.hash(id);
        self.rows.push((hash, more, row));
    }

    fn hash(&self, id: &str) -> (u64, u32) {
        // Two hashes with one key are one of twice the length, if what is hashed differs at its start.
        (self.hasher.hash_one(id), self.hasher.hash_one((0_u8, id)) as u32)
    }

    /// To be called once all are there.
    pub(super) fn sort(&mut self) {
        self.rows.sort_unstable();
    }

    /// The row that has this id.
    pub(super) fn find(&self, id: &str) -> Option<usize> {
        let (hash, more) = self.hash(id);
        // Hashes are spread evenly, so that one tells about where it is; a search from the middle would be mostly waiting for
        // memory.
        let guess = ((u128::from(hash) * self.rows.len() as u128) >> 64) as usize;
        let (mut start, mut end, mut step) = (guess, guess, 16);
        while start > 0 && self.rows.get(start).is_none_or(|(first, ..)| *first >= hash) {
            start = start.saturating_sub(step);
            step *= 2;
        }
        step = 16;
        while self.rows.get(end).is_some_and(|(last, ..)| *last <= hash) {
            end += step;
            step *= 2;
        }
        let near = self.rows.get(start..end.min(self.rows.len()))?;
        let at = near.binary_search_by_key(&(hash, more), |(hash, more, _)| (*hash, *more)).ok()?;
        near.get(at).map(|(.., row)| *row as usize)
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_leads_to_its_row() {
        let mut index = Index::default();
        ["a", "ab", "déjà"].iter().for_each(|id| index.add(id));
        index.sort();
        assert_eq!(
            (index.find("a"), index.find("ab"), index.find("déjà"), index.find("b")),
            (Some(0), Some(1), Some(2), None)
        );
        assert_eq!(index.len(), 3);
    }

    proptest::proptest! {
        #[test]
        fn every_id_of_many_is_found_and_no_other(count in 0_usize..3_000) {
            let mut index = Index::default();
            (0..count).for_each(|row| index.add(&format!("q-{row}")));
            index.sort();
            for row in 0..count {
                proptest::prop_assert_eq!(index.find(&format!("q-{row}")), Some(row));
            }
            proptest::prop_assert_eq!(index.find("p"), None);
        }
    }
}
