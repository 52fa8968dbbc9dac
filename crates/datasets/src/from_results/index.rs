use std::borrow::Cow;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, BufRead, Read as _, Seek, SeekFrom};

use serde::Deserialize;

use crate::Lines;

/// Where the result of each id is: the hash of the id and the place of the line, 16 bytes together.
///
/// Hashes may be equal, so whoever looks a line up compares the id that is in it.
#[derive(Debug, Default)]
pub(super) struct Index {
    hasher: RandomState,
    entries: Vec<(u64, Place)>,
    pub(super) repeated: u64,
    pub(super) unreadable: u64,
    /// Where each reader stands, as far as is known.
    stands: Vec<u64>,
}

/// The number of a file in the upper 16 bits, the offset of a line in the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place(u64);

const OFFSET_BITS: u32 = 48;

#[derive(Deserialize)]
struct Id<'a> {
    #[serde(borrow)]
    custom_id: Cow<'a, str>,
}

impl Place {
    fn new(file: usize, offset: u64) -> Option<Self> {
        let file = u64::from(u16::try_from(file).ok()?);
        (offset >> OFFSET_BITS == 0).then_some(Self(file << OFFSET_BITS | offset))
    }

    fn file(self) -> usize {
        (self.0 >> OFFSET_BITS) as usize
    }

    fn offset(self) -> u64 {
        self.0 & ((1 << OFFSET_BITS) - 1)
    }
}

fn too_much() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "more than 65536 files of results, or one of more than 256 TiB")
}

impl Index {
    /// Reads the ids of all results.
    pub(super) fn read<R: BufRead + Seek>(results: &mut [R]) -> io::Result<Self> {
        let mut index = Self::default();
        for (file, results) in results.iter_mut().enumerate() {
            results.seek(SeekFrom::Start(0))?;
            let mut lines = Lines::new(&mut *results);
            while let Some(line) = lines.read()? {
                if line.is_blank() {
                    continue;
                }
                match serde_json::from_slice::<Id<'_>>(line.bytes) {
                    Ok(Id { custom_id }) => {
                        let place = Place::new(file, line.offset).ok_or_else(too_much)?;
                        index.entries.push((index.hasher.hash_one(&*custom_id), place));
                    }
                    Err(_) => index.unreadable += 1,
                }
            }
            index.stands.push(u64::MAX);
        }
        index.entries.sort_unstable();
        index.count_repeated(results)?;
        Ok(index)
    }

    pub(super) fn len(&self) -> u64 {
        self.entries.len() as u64
    }

    /// Reads the line of the result with this id into `line`, and says whether there is one. Of several, the first.
    pub(super) fn find<R: BufRead + Seek>(
        &mut self,
        id: &str,
        results: &mut [R],
        line: &mut Vec<u8>,
    ) -> io::Result<bool> {
        let hash = self.hasher.hash_one(id);
        let first = self.entries.partition_point(|(other, _)| *other < hash);
        for at in first..self.entries.len() {
            let (other, place) = self.entries[at];
            if other != hash {
                break;
            }
            self.fetch(place, results, line)?;
            if serde_json::from_slice::<Id<'_>>(line).is_ok_and(|found| found.custom_id == id) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn fetch<R: BufRead + Seek>(&mut self, place: Place, results: &mut [R], line: &mut Vec<u8>) -> io::Result<()> {
        line.clear();
        let (file, offset) = (place.file(), place.offset());
        let Some(results) = results.get_mut(file) else { return Ok(()) };
        // A seek throws the buffer away, and results are often in the order of the requests.
        if self.stands[file] != offset {
            results.seek(SeekFrom::Start(offset))?;
        }
        // Longer lines have no entry.
        let read = results.by_ref().take(Lines::<R>::LIMIT as u64).read_until(b'\n', line)?;
        self.stands[file] = offset + read as u64;
        Ok(())
    }

    /// Equal hashes are equal ids, but for chance, which the lines themselves decide.
    fn count_repeated<R: BufRead + Seek>(&mut self, results: &mut [R]) -> io::Result<()> {
        let (mut line, mut ids) = (Vec::new(), Vec::<String>::new());
        for at in 1..self.entries.len() {
            let (before, this) = (self.entries[at - 1], self.entries[at]);
            if before.0 != this.0 {
                ids.clear();
                continue;
            }
            if ids.is_empty() {
                ids.extend(self.id_at(before.1, results, &mut line)?);
            }
            let id = self.id_at(this.1, results, &mut line)?;
            if id.as_ref().is_some_and(|id| ids.contains(id)) {
                self.repeated += 1;
            } else {
                ids.extend(id);
            }
        }
        Ok(())
    }

    fn id_at<R: BufRead + Seek>(
        &mut self,
        place: Place,
        results: &mut [R],
        line: &mut Vec<u8>,
    ) -> io::Result<Option<String>> {
        self.fetch(place, results, line)?;
        Ok(serde_json::from_slice::<Id<'_>>(line).ok().map(|id| id.custom_id.into_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_has_sixteen_bytes_and_a_place_comes_back() {
        assert_eq!(size_of::<(u64, Place)>(), 16);
        let place = Place::new(65_535, (1 << 48) - 1).unwrap();
        assert_eq!((place.file(), place.offset()), (65_535, (1 << 48) - 1));
        assert!(Place::new(65_536, 0).is_none() && Place::new(0, 1 << 48).is_none());
    }
}
