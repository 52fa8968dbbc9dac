use std::collections::BinaryHeap;
use std::io;

use super::place::Packed;
use super::problems::{Problems, problem};
use super::{Code, Flaw};
use crate::fingerprints::{Fingerprinter, Fingerprints};

/// The fingerprint of every `custom_id`, and the line it is on.
#[derive(Debug)]
pub(super) struct Ids {
    fingerprints: Fingerprinter,
    /// Two numbers for the id and one for the place.
    seen: Fingerprints<3>,
}

/// How many are kept in memory: those of the largest job the service takes. A vector that grows has this much room then.
const KEPT: usize = 1 << 20;

impl Default for Ids {
    fn default() -> Self {
        Self { fingerprints: Fingerprinter::default(), seen: Fingerprints::holding(KEPT) }
    }
}

impl Ids {
    pub(super) fn push(&mut self, id: &str, place: Packed) -> io::Result<()> {
        let [high, low] = self.fingerprints.of(id);
        self.seen.push([high, low, place.0])
    }

    /// Reports ids that are on an earlier line already.
    pub(super) fn report(mut self, files: &[String], problems: &mut Problems) -> io::Result<()> {
        let (mut first, mut count) = (None, 0);
        // The first few by place, though they come in no order.
        let mut kept = BinaryHeap::new();
        let mut sorted = self.seen.sorted()?;
        while let Some([high, low, place]) = sorted.read()? {
            match first {
                Some((known, original)) if known == [high, low] => {
                    count += 1;
                    kept.push((Packed(place), original));
                    if kept.len() > problems.limit {
                        kept.pop();
                    }
                }
                _ => first = Some(([high, low], Packed(place))),
            }
        }
        problems.count(Code::DuplicateCustomId, count);
        for (place, original) in kept {
            let of = match files.get(original.file()) {
                Some(file) if original.file() != place.file() => format!("{file}:{}", original.line()),
                _ => format!("line {}", original.line()),
            };
            let flaw = Flaw::new(Code::DuplicateCustomId, format!("the custom_id is that of {of}"));
            problems.kept.push(problem(files, place.file(), Some(place.line()), flaw, None));
        }
        Ok(())
    }
}
