use std::collections::BTreeMap;
use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::index::Index;
use super::line;
use super::open::{Opened, open};
use super::problem::{Flaw, Problems};
use crate::failure::{Failure, Result};
use crate::shell::quoted;

/// The most requests the service takes in one job. One document says this, another a tenth of it.
const MAX_REQUESTS: u64 = 1_000_000;
/// A longer line is no request anybody meant to send.
const MAX_LINE_BYTES: u64 = 64 * 1024 * 1024;
/// Lines between two chances to be interrupted.
pub(super) const BREATH: u64 = 1024;

/// An input without a fault.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) path: PathBuf,
    pub(crate) index: Index,
    /// Size in bytes when it was checked.
    pub(crate) bytes: u64,
    pub(super) modified: Option<SystemTime>,
    /// Whether it begins with a byte-order mark.
    pub(crate) mark: bool,
    /// How many lines are blank.
    pub(crate) blank: u64,
    /// How many requests name each model; beyond a few hundred models, no more are told apart.
    pub(crate) models: BTreeMap<String, u64>,
    /// The line of the first request that names no model.
    pub(crate) unnamed: Option<u64>,
}

/// Reads the whole file and checks every line.
///
/// # Errors
///
/// The report of all problems. Nothing has been sent or written then.
pub(crate) async fn check(path: &Path) -> Result<Checked> {
    let Opened { mut reader, metadata, mark } = open(path)?;
    let mut checked = Checked {
        path: path.to_owned(),
        index: Index::default(),
        bytes: metadata.len(),
        modified: metadata.modified().ok(),
        mark,
        blank: 0,
        models: BTreeMap::new(),
        unnamed: None,
    };
    let (mut problems, mut text, mut lines, mut rows) = (Problems::default(), Vec::new(), 0, 0);
    loop {
        text.clear();
        let read = read_line(&mut reader, &mut text)
            .map_err(|error| Failure::input(format!("{} cannot be read", path.display())).because(error))?;
        if read == 0 {
            break;
        }
        lines += 1;
        if lines % BREATH == 0 {
            tokio::task::yield_now().await;
        }
        if read > MAX_LINE_BYTES {
            rows += 1;
            problems.add(lines, None, Flaw::TooLong { bytes: read, limit: MAX_LINE_BYTES });
            continue;
        }
        if text.iter().all(u8::is_ascii_whitespace) {
            checked.blank += 1;
            continue;
        }
        rows += 1;
        if rows == 1 {
            refuse_other_shapes(path, &text, &mut reader)?;
        }
        if rows > MAX_REQUESTS {
            continue;
        }
        checked.take(&text, lines, &mut problems);
    }
    if rows == 0 {
        return Err(Failure::input(format!("{}: no requests in the file", path.display()))
            .help(r#"Write one request a line: {"custom_id": "q-1", "body": {…}}"#));
    }
    if rows > MAX_REQUESTS {
        return Err(Failure::input(format!(
            "{}: {rows} requests; the service takes {MAX_REQUESTS} in one job at most",
            path.display()
        ))
        .help(format!(
            "Split it and run the parts: split -l {MAX_REQUESTS} --additional-suffix=.jsonl {}",
            quoted(path)
        )));
    }
    if problems.is_empty() { Ok(checked) } else { Err(problems.report(path, lines)) }
}

impl Checked {
    fn take(&mut self, text: &[u8], line: u64, problems: &mut Problems) {
        let request = match line::read(text) {
            Ok(request) => request,
            Err((flaw, column)) => return problems.add(line, column, flaw),
        };
        if let Err(first) = self.index.insert(&request.custom_id, line) {
            let id = request.custom_id.into_owned();
            return problems.add(line, None, Flaw::CustomIdAgain { id, first });
        }
        match request.model {
            Some(model) if self.models.len() < 500 || self.models.contains_key(&model) => {
                *self.models.entry(model).or_default() += 1;
            }
            Some(_) => {}
            None => self.unnamed = self.unnamed.or(Some(line)),
        }
    }

    /// Requests in the file.
    pub(crate) fn requests(&self) -> usize {
        self.index.len()
    }
}

/// Reads up to and with the next `\n`, and nothing else ends a line: U+2028 may stand inside a text. Keeps no more than
/// the limit of a long line, and counts the rest.
fn read_line(reader: &mut impl BufRead, text: &mut Vec<u8>) -> std::io::Result<u64> {
    let mut read = reader.by_ref().take(MAX_LINE_BYTES + 1).read_until(b'\n', text)? as u64;
    if read > MAX_LINE_BYTES && text.last() != Some(&b'\n') {
        read += reader.skip_until(b'\n')? as u64;
    }
    while text.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
        text.pop();
    }
    Ok(read)
}

/// Two shapes that would make a problem of every line are told by the first: one array, and objects over many lines.
fn refuse_other_shapes(path: &Path, first: &[u8], rest: &mut impl BufRead) -> Result<()> {
    let shown = path.display();
    let broken = serde_json::from_slice::<serde::de::IgnoredAny>(first).err();
    let unfinished = broken.is_some_and(|error| error.is_eof());
    let start = first.iter().find(|byte| !byte.is_ascii_whitespace());
    let more = |rest: &mut dyn BufRead| -> bool {
        // What cannot be read here is reported when the next line is read.
        rest.fill_buf().is_ok_and(|rest| !rest.iter().all(u8::is_ascii_whitespace))
    };
    match start {
        Some(b'[') if unfinished || !more(rest) => {
            Err(Failure::input(format!("{shown}: one JSON array; expected one JSON object a line"))
                .help(format!("Write its items one a line: jq -c '.[]' {} > requests.jsonl", quoted(path))))
        }
        Some(b'{') if unfinished && more(rest) => Err(Failure::input(format!(
            "{shown}: JSON objects spread over many lines; expected one JSON object a line"
        ))
        .help(format!("Write each object on one line: jq -c . {} > requests.jsonl", quoted(path)))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn checked(text: &[u8]) -> std::result::Result<Checked, String> {
        let file = tempfile::Builder::new().suffix(".jsonl").tempfile().unwrap();
        std::fs::write(file.path(), text).unwrap();
        check(file.path()).await.map_err(|failure| {
            assert_eq!(failure.code(), crate::exit_code::ExitCode::InvalidInput);
            failure.to_string().replace(&file.path().display().to_string(), "in.jsonl")
        })
    }

    #[tokio::test]
    async fn blank_lines_carriage_returns_a_mark_and_a_missing_last_newline_are_fine() {
        let text =
            "\u{feff}{\"custom_id\":\"a\",\"body\":{}}\r\n\r\n  \n{\"custom_id\":\"b\",\"body\":{\"model\":\"m\"}}";
        let checked = checked(text.as_bytes()).await.unwrap();
        assert!(checked.mark);
        assert_eq!((checked.requests(), checked.blank, checked.unnamed), (2, 2, Some(1)));
        assert_eq!((checked.index.id(1), checked.index.line(1)), ("b", 4));
        assert_eq!(checked.models, BTreeMap::from([("m".to_owned(), 1)]));
    }

    #[tokio::test]
    async fn only_a_newline_ends_a_line() {
        let text = "{\"custom_id\":\"a\u{2028}b\u{85}c\",\"body\":{}}\n";
        assert_eq!(checked(text.as_bytes()).await.unwrap().requests(), 1);
    }

    #[tokio::test]
    async fn every_problem_is_found_in_one_pass() {
        let text =
            "{\"custom_id\":\"a\",\"body\":{}}\nnope\n{\"custom_id\":\"a\",\"body\":{}}\n{\"custom_id\":\"b\"}\n";
        let report = checked(text.as_bytes()).await.unwrap_err();
        assert!(report.starts_with("in.jsonl: 3 problems in 4 lines; nothing was sent\n"), "{report}");
        for place in ["in.jsonl:2:2: not JSON", "in.jsonl:3: custom_id \"a\" is on line 1 already", "in.jsonl:4: body"]
        {
            assert!(report.contains(place), "{report}");
        }
    }

    #[tokio::test]
    async fn whole_file_shapes_are_told_at_once() {
        let array = checked(b"[\n  {\"custom_id\":\"a\",\"body\":{}}\n]").await.unwrap_err();
        assert!(array.starts_with("in.jsonl: one JSON array"), "{array}");
        let array = checked(b"[{\"custom_id\":\"a\",\"body\":{}}]\n").await.unwrap_err();
        assert!(array.starts_with("in.jsonl: one JSON array"), "{array}");
        let pretty = checked(b"{\n  \"custom_id\": \"a\",\n  \"body\": {}\n}\n").await.unwrap_err();
        assert!(pretty.starts_with("in.jsonl: JSON objects spread over many lines"), "{pretty}");
        let arrays = checked(b"[1]\n[2]\n").await.unwrap_err();
        assert!(arrays.contains("in.jsonl:2: an array instead of an object"), "{arrays}");
        let cut = checked(b"{\"custom_id\":").await.unwrap_err();
        assert!(cut.contains("in.jsonl:1:13: not JSON: EOF"), "{cut}");
    }

    #[tokio::test]
    async fn a_file_without_requests_is_refused() {
        for text in ["", "\n\n", " \r\n", "\u{feff}"] {
            assert!(checked(text.as_bytes()).await.unwrap_err().contains("no requests"), "{text:?}");
        }
    }

    #[tokio::test]
    async fn an_endless_line_is_measured_and_not_kept() {
        let mut text = vec![b'x'; MAX_LINE_BYTES as usize + 10];
        text.extend(b"\n{\"custom_id\":\"a\",\"body\":{}}\n");
        let report = checked(&text).await.unwrap_err();
        assert!(report.contains("in.jsonl:1: a line of 67108875 bytes is over the limit of 67108864"), "{report}");
        assert!(report.contains("1 problem in 2 lines"), "{report}");
    }
}
