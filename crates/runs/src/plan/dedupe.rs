use std::io;
use std::path::Path;

use mistral_datasets::Fingerprints;
use mistral_datasets::batch::Request;
use mistral_transport::Result;

use super::cutter::PartCutter;
use crate::answers::{FIRSTS, ORDINALS, TWINS};
use crate::blocking::unwritable;
use crate::part::Part;
use crate::rows::{Entry, ListWriter, Picker, Source, changed, sent};
use crate::{EstimateRequest, Spec};

/// Finds rows with the same body, in bounded memory.
#[derive(Debug, Default)]
pub(super) struct Dedupe {
    /// The digest of each body in two numbers, the row, and its place.
    bodies: Fingerprints<4>,
}

/// The list of the rows that are sent.
const UNIQUE: &str = "unique.rows";

impl Dedupe {
    pub(super) fn add(&mut self, at: Entry, body: &str) -> io::Result<()> {
        let digest = blake3::hash(body.as_bytes());
        let [high, low] = halves(digest.as_bytes());
        self.bodies.push([high, low, at.row, pack(at)])
    }

    /// Lists the rows that are sent and their twins, and cuts the former into parts.
    pub(super) fn finish(mut self, source: &Source, spec: &Spec) -> Result<(Vec<Part>, EstimateRequest)> {
        let failed = |error| unwritable(&source.folder, error);
        let (mut unique, mut firsts) = (Fingerprints::<2>::default(), Fingerprints::<1>::default());
        // Of each twin: its first, itself, its place.
        let mut twins = Fingerprints::<3>::default();
        let mut bodies = self.bodies.sorted().map_err(failed)?;
        let mut first: Option<([u64; 2], u64, bool)> = None;
        while let Some([high, low, row, place]) = bodies.read().map_err(failed)? {
            match &mut first {
                Some((digest, first, has_twin)) if *digest == [high, low] => {
                    if !std::mem::replace(has_twin, true) {
                        firsts.push([*first]).map_err(failed)?;
                    }
                    twins.push([*first, row, place]).map_err(failed)?;
                }
                _ => {
                    first = Some(([high, low], row, false));
                    unique.push([row, place]).map_err(failed)?;
                }
            }
        }
        write_twins(&source.folder, &mut firsts, &mut twins)?;
        let mut cutter = PartCutter::picked(spec.limits, 0, 0, UNIQUE.to_owned());
        let mut size = EstimateRequest::new(spec.job.endpoint.clone());
        let mut list = ListWriter::create(&source.folder.join(UNIQUE))?;
        let (mut picker, mut unique) = (Picker::new(source), unique.sorted().map_err(failed)?);
        while let Some([row, place]) = unique.read().map_err(failed)? {
            let at = unpack(row, place);
            list.add(at)?;
            let row = picker.row(at)?;
            cutter.add(at, 0, 0, &sent(&row, source)?);
            let request = Request::parse(row.bytes).map_err(|_| changed())?;
            size.add(request.body.len() as u64, request.max_tokens);
        }
        list.finish()?;
        Ok((cutter.finish(), size))
    }
}

/// Writes the lists that lead from each twin to the answer of its first.
fn write_twins(folder: &Path, firsts: &mut Fingerprints<1>, twins: &mut Fingerprints<3>) -> Result<()> {
    let failed = |error| unwritable(folder, error);
    let mut list = ListWriter::create(&folder.join(FIRSTS))?;
    let mut by_row = Fingerprints::<3>::default();
    let mut sorted = twins.sorted().map_err(failed)?;
    let mut next = sorted.read().map_err(failed)?;
    let mut firsts = firsts.sorted().map_err(failed)?;
    let mut ordinal = 0;
    while let Some([first]) = firsts.read().map_err(failed)? {
        list.add(Entry { row: first, file: 0, offset: 0 })?;
        while let Some([_, row, place]) = next.filter(|[of, ..]| *of == first) {
            by_row.push([row, ordinal, place]).map_err(failed)?;
            next = sorted.read().map_err(failed)?;
        }
        ordinal += 1;
    }
    list.finish()?;
    let mut ordinals = ListWriter::create(&folder.join(ORDINALS))?;
    let mut list = ListWriter::create(&folder.join(TWINS))?;
    let mut sorted = by_row.sorted().map_err(failed)?;
    while let Some([row, ordinal, place]) = sorted.read().map_err(failed)? {
        list.add(unpack(row, place))?;
        ordinals.add(Entry { row, file: 0, offset: ordinal })?;
    }
    ordinals.finish()?;
    list.finish()
}

fn halves(digest: &[u8; 32]) -> [u64; 2] {
    let mut halves = [[0; 8]; 2];
    halves[0].copy_from_slice(&digest[..8]);
    halves[1].copy_from_slice(&digest[8..16]);
    halves.map(u64::from_le_bytes)
}

/// The file in 16 bits, the offset in 48.
fn pack(at: Entry) -> u64 {
    ((at.file as u64) << 48) | (at.offset & ((1 << 48) - 1))
}

fn unpack(row: u64, place: u64) -> Entry {
    Entry { row, file: usize::try_from(place >> 48).unwrap_or(0), offset: place & ((1 << 48) - 1) }
}
