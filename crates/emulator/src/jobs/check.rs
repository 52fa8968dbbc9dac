//! The reading of a whole input before any of it is worked on.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::sync::Arc;

use mistral_models::BatchError;

use super::input::{InputLine, Lines, Position};
use super::line::Line;
use crate::store::Content;

/// How many faults are told one by one; the rest is counted.
const TOLD: usize = 10;

/// What a reading found.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) requests: u64,
    /// Why the input cannot be worked on; empty if it can.
    pub(super) faults: Vec<BatchError>,
}

/// Reads every line: each must be a request, no two may have the same `custom_id`, and there must be one at least and
/// `most` at most.
///
/// Ids are kept as digests, 24 bytes each, so that a million of them fit in 24 MB.
pub(super) fn check(files: &[Arc<Content>], most: u64) -> io::Result<Checked> {
    let mut lines = Lines::new(files.to_vec(), Position::default());
    let mut faults = Faults::default();
    let mut ids = Vec::new();
    let mut requests = 0;
    while let Some(line) = lines.next()? {
        requests += 1;
        if requests > most {
            faults.add(format!("The input has more than {most} requests"));
            break;
        }
        if line.too_long {
            faults.add(format!("{} is too long", place(&line, files.len())));
            break;
        }
        match Line::parse(&line.bytes) {
            Ok(Line { custom_id: Some(id), .. }) => ids.push(Seen::new(&id, &line)),
            Ok(_) => {}
            Err(fault) => faults.add(fault.describe(&place(&line, files.len()))),
        }
    }
    if requests == 0 {
        faults.add("The input has no requests".to_owned());
    }
    ids.sort_unstable();
    for [first, second] in ids.windows(2).filter_map(|pair| <&[Seen; 2]>::try_from(pair).ok()) {
        if first.digest == second.digest {
            faults.add(format!(
                "{} has the custom_id of {}",
                second.place(files.len()),
                first.place(files.len()).to_lowercase(),
            ));
        }
    }
    Ok(Checked { requests, faults: faults.summary() })
}

/// A `custom_id` and where it stood; ordered by id, then by place.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    digest: (u64, u64),
    file: u32,
    line: u32,
}

impl Seen {
    fn new(id: &str, line: &InputLine) -> Self {
        // 128 bits in two halves: with a million ids, two different ones are as good as never taken for one.
        let half = |salt: u8| {
            let mut hasher = DefaultHasher::new();
            (salt, id).hash(&mut hasher);
            hasher.finish()
        };
        let short = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        Self { digest: (half(0), half(1)), file: short(line.file as u64), line: short(line.number) }
    }

    fn place(&self, files: usize) -> String {
        name(u64::from(self.line), u64::from(self.file), files)
    }
}

fn place(line: &InputLine, files: usize) -> String {
    name(line.number, line.file as u64, files)
}

fn name(line: u64, file: u64, files: usize) -> String {
    if files > 1 { format!("Line {line} of input file {}", file + 1) } else { format!("Line {line}") }
}

#[derive(Default)]
struct Faults {
    told: Vec<BatchError>,
    more: u64,
}

impl Faults {
    fn add(&mut self, message: String) {
        if self.told.len() < TOLD {
            self.told.push(BatchError::new(message, 1));
        } else {
            self.more += 1;
        }
    }

    fn summary(mut self) -> Vec<BatchError> {
        if self.more > 0 {
            self.told.push(BatchError::new("More lines are not valid", self.more));
        }
        self.told
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{ContentWriter, Folder};

    fn faults(texts: &[&str], most: u64) -> Vec<(String, u64)> {
        let folder = Folder::new(None).unwrap();
        let content = |text: &&str| {
            let mut writer = ContentWriter::create(&folder).unwrap();
            writer.write(text.as_bytes()).unwrap();
            Arc::new(writer.finish().unwrap())
        };
        let files: Vec<_> = texts.iter().map(content).collect();
        check(&files, most).unwrap().faults.into_iter().map(|fault| (fault.message, fault.count)).collect()
    }

    #[test]
    fn faults_are_told_by_line() {
        let text =
            "{\"custom_id\":\"a\",\"body\":{}}\n\nnonsense\n{\"custom_id\":\"a\",\"body\":{}}\n{\"custom_id\":\"b\"}\n";
        assert_eq!(
            faults(&[text], 9),
            [
                ("Line 3 is not valid JSON".to_owned(), 1),
                ("Line 5 has no body".to_owned(), 1),
                ("Line 4 has the custom_id of line 1".to_owned(), 1),
            ]
        );
    }

    #[test]
    fn a_duplicate_is_found_across_files() {
        let line = "{\"custom_id\":\"a\",\"body\":{}}";
        assert_eq!(
            faults(&[line, line], 9),
            [("Line 1 of input file 2 has the custom_id of line 1 of input file 1".to_owned(), 1)]
        );
        assert!(faults(&["{\"body\":{}}\n{\"body\":{}}"], 9).is_empty());
    }

    #[test]
    fn many_faults_are_counted_and_not_listed() {
        let told = faults(&["x\n".repeat(25).as_str()], 100);
        assert_eq!(told.len(), 11);
        assert_eq!(told[10], ("More lines are not valid".to_owned(), 15));
    }

    #[test]
    fn too_many_and_no_requests_are_faults() {
        assert_eq!(faults(&["", "\n \n"], 9), [("The input has no requests".to_owned(), 1)]);
        assert_eq!(
            faults(&["{\"body\":{}}\n".repeat(3).as_str()], 2),
            [("The input has more than 2 requests".to_owned(), 1)]
        );
    }
}
