use std::borrow::Cow;

use mistral_datasets::Fingerprinter;

/// Finds a row by its id: 96 bits of fingerprints, sorted; 16 bytes a row, and half a byte to know where to look.
///
/// Among a million rows, chance does not make two of them the same.
#[derive(Debug, Default)]
pub(super) struct Index {
    fingerprints: Fingerprinter,
    /// The hash in two numbers, and the row.
    rows: Vec<(u64, u32, u32)>,
    /// Where the rows of each stretch of hashes begin, and where those of the last end. A search from the middle would be
    /// mostly waiting for memory.
    starts: Vec<u32>,
}

/// How many rows a stretch of hashes has, about.
const STRETCH: usize = 8;

impl Index {
    /// Room for so many rows.
    pub(super) fn with_capacity(rows: usize) -> Self {
        let starts = Vec::with_capacity(rows / STRETCH + 2);
        Self { fingerprints: Fingerprinter::default(), rows: Vec::with_capacity(rows), starts }
    }

    /// Adds the next row.
    pub(super) fn add(&mut self, id: &str) {
        // A part has a million rows at the most.
        let row = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        let (hash, more) = self.hash(id);
        self.rows.push((hash, more, row));
    }

    fn hash(&self, id: &str) -> (u64, u32) {
        let [hash, more] = self.fingerprints.of(id);
        (hash, more as u32)
    }

    /// To be called once all are there.
    pub(super) fn sort(&mut self) {
        self.rows.sort_unstable();
        let stretches = self.rows.len() / STRETCH + 1;
        self.starts.clear();
        for (at, (hash, ..)) in self.rows.iter().enumerate() {
            let begun = stretch(*hash, stretches) + 1;
            self.starts.resize(begun.max(self.starts.len()), at as u32);
        }
        self.starts.resize(stretches + 1, self.rows.len() as u32);
    }

    /// The rows that have these ids, in place of what `rows` held.
    ///
    /// They are looked for together: each alone would be mostly waiting for memory.
    pub(super) fn find<'a>(&self, ids: impl Iterator<Item = Option<Cow<'a, str>>>, rows: &mut Vec<Option<usize>>) {
        let sought: Vec<_> = ids.map(|id| id.map(|id| self.near(&id))).collect();
        // One number of each is asked for, so that all of them are on their way before the first is needed.
        let begin = |near: &Near<'_>| near.rows.first().map_or(0, |(hash, ..)| *hash);
        std::hint::black_box(sought.iter().flatten().fold(0, |all, near| all ^ begin(near)));
        rows.clear();
        rows.extend(sought.into_iter().map(|near| near?.find()));
    }

    fn near(&self, id: &str) -> Near<'_> {
        let hash = self.hash(id);
        let at = stretch(hash.0, self.starts.len().saturating_sub(1));
        let rows = match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(start), Some(end)) => self.rows.get(*start as usize..*end as usize).unwrap_or_default(),
            _ => &[],
        };
        Near { hash, rows }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }
}

/// Where a row is looked for.
struct Near<'a> {
    hash: (u64, u32),
    rows: &'a [(u64, u32, u32)],
}

impl Near<'_> {
    fn find(&self) -> Option<usize> {
        let mut rows = self.rows.iter();
        rows.find(|(hash, more, _)| (*hash, *more) == self.hash).map(|(.., row)| *row as usize)
    }
}

/// Which of so many stretches a hash is in: they rise together.
fn stretch(hash: u64, stretches: usize) -> usize {
    ((u128::from(hash) * stretches as u128) >> u64::BITS) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(index: &Index, ids: &[&str]) -> Vec<Option<usize>> {
        let mut rows = vec![None];
        index.find(ids.iter().map(|id| (!id.is_empty()).then_some((*id).into())), &mut rows);
        rows
    }

    #[test]
    fn an_id_leads_to_its_row() {
        let mut index = Index::default();
        assert_eq!(found(&index, &["a"]), [None]);
        ["a", "ab", "déjà"].iter().for_each(|id| index.add(id));
        index.sort();
        assert_eq!(found(&index, &["a", "ab", "", "déjà", "b"]), [Some(0), Some(1), None, Some(2), None]);
        assert_eq!(index.len(), 3);
    }

    proptest::proptest! {
        #[test]
        fn every_id_of_many_is_found_and_no_other(count in 0_usize..3_000) {
            let mut index = Index::default();
            let ids: Vec<_> = (0..count).map(|row| format!("q-{row}")).collect();
            ids.iter().for_each(|id| index.add(id));
            index.sort();
            let mut ids: Vec<_> = ids.iter().map(String::as_str).collect();
            ids.push("p");
            let expected: Vec<_> = (0..count).map(Some).chain([None]).collect();
            proptest::prop_assert_eq!(found(&index, &ids), expected);
        }
    }
}
