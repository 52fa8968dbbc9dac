use crate::Limits;
use crate::digest::LinesDigest;
use crate::part::{Part, Selection, Stretch};
use crate::rows::Entry;

/// Cuts rows into parts as they come by.
#[derive(Debug)]
pub(super) struct PartCutter {
    limits: Limits,
    round: u32,
    /// The number of the next part.
    number: usize,
    parts: Vec<Part>,
    open: Option<OpenPart>,
    /// The list the rows are in, and how many are, if they are picked.
    list: Option<(String, u64)>,
}

#[derive(Debug)]
struct OpenPart {
    rows: u64,
    bytes: u64,
    digest: LinesDigest,
    selection: Selection,
}

impl PartCutter {
    /// Parts of rows that follow one another in the input.
    pub(super) fn along(limits: Limits) -> Self {
        Self { limits, round: 0, number: 0, parts: Vec::new(), open: None, list: None }
    }

    /// Parts of rows in a list, the first of which is to have `number`.
    pub(super) fn picked(limits: Limits, round: u32, number: usize, list: String) -> Self {
        Self { limits, round, number, parts: Vec::new(), open: None, list: Some((list, 0)) }
    }

    /// Adds the next row: where it is, the number of its line and where that ends, and what is sent.
    pub(super) fn add(&mut self, at: Entry, line: u64, end: u64, sent: &[u8]) {
        let size = sent.len() as u64 + 1;
        let full =
            |open: &OpenPart| open.rows >= self.limits.rows_of_a_part() || open.bytes + size > self.limits.part_bytes;
        if self.open.as_ref().is_some_and(full) {
            self.close();
        }
        let open = self.open.get_or_insert_with(|| OpenPart {
            rows: 0,
            bytes: 0,
            digest: LinesDigest::default(),
            selection: match &self.list {
                Some((list, first)) => Selection::Picked { list: list.clone(), first: *first },
                None => Selection::Stretches(Vec::new()),
            },
        });
        open.rows += 1;
        open.bytes += size;
        open.digest.add(sent);
        if let Some((_, count)) = &mut self.list {
            *count += 1;
        }
        if let Selection::Stretches(stretches) = &mut open.selection {
            match stretches.last_mut().filter(|last| last.file == at.file) {
                Some(last) => last.end = end,
                None => stretches.push(Stretch { file: at.file, start: at.offset, end, row: at.row, line }),
            }
        }
    }

    fn close(&mut self) {
        let Some(OpenPart { rows, bytes, digest, selection }) = self.open.take() else { return };
        let inline = rows <= self.limits.inline_rows && bytes <= self.limits.inline_bytes;
        let digest = digest.finish();
        self.parts.push(Part { number: self.number, round: self.round, rows, bytes, digest, inline, selection });
        self.number += 1;
    }

    /// All parts. One that is small among others is a file as they are.
    pub(super) fn finish(mut self) -> Vec<Part> {
        self.close();
        self.parts
    }
}
