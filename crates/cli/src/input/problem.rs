use std::fmt;
use std::path::Path;

use crate::failure::Failure;
use crate::shell::quoted;
use crate::terminal::shorten;

/// What can be wrong with one line.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Flaw {
    NotUtf8,
    NotJson { reason: String, near: Option<String> },
    NotAnObject(&'static str),
    OtherFormat,
    NoCustomId,
    CustomIdNotText(&'static str),
    CustomIdNotUnicode,
    CustomIdEmpty,
    CustomIdAgain { id: String, first: u64 },
    NoBody,
    BodyNotAnObject(&'static str),
    BodyTwofold(String),
    Streams,
    TooLong { bytes: u64, limit: u64 },
}

impl Flaw {
    fn expected(&self) -> &'static str {
        match self {
            Self::NotUtf8 => "text in UTF-8",
            Self::NotJson { .. } | Self::NotAnObject(_) => "one JSON object a line",
            Self::OtherFormat => "custom_id and body alone",
            Self::NoCustomId | Self::CustomIdNotText(_) | Self::CustomIdNotUnicode | Self::CustomIdEmpty => {
                "a string that no other line has"
            }
            Self::CustomIdAgain { .. } => "an id that no other line has",
            Self::NoBody | Self::BodyNotAnObject(_) => "an object, the body of a request to the endpoint",
            Self::BodyTwofold(_) => "every key once",
            Self::Streams => "no stream: a batch answers whole",
            Self::TooLong { .. } => "a shorter line",
        }
    }

    /// What to do about it; one advice for all flaws of a kind. `FILE` stands for the input.
    fn advice(&self) -> &'static str {
        match self {
            Self::NotUtf8 => {
                "Convert the file from the encoding it has, for example: iconv -f WINDOWS-1252 -t UTF-8 FILE > utf-8.jsonl"
            }
            Self::NotJson { .. } | Self::NotAnObject(_) => {
                r#"Write each request as one object on one line: {"custom_id": "q-1", "body": {…}}"#
            }
            Self::OtherFormat => {
                "Lines with method and url are another service's format. Keep the rest: \
                 jq -c '{custom_id, body}' FILE > kept.jsonl; the endpoint is named by --endpoint."
            }
            Self::NoCustomId | Self::CustomIdNotText(_) | Self::CustomIdNotUnicode | Self::CustomIdEmpty => {
                "Give each line a custom_id: results come back in any order and are matched by it."
            }
            Self::CustomIdAgain { .. } => "Rename one of the two: the results of both would carry the same id.",
            Self::NoBody | Self::BodyNotAnObject(_) => {
                r#"Put the request under "body", for chat: {"messages": [{"role": "user", "content": "…"}]}"#
            }
            Self::BodyTwofold(_) => "Remove one of the two keys: which one counts is not defined.",
            Self::Streams => r#"Remove "stream" from the body."#,
            Self::TooLong { .. } => "Split the request, or refer to large content by URL or file id.",
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 => f.write_str("not UTF-8"),
            Self::NotJson { reason, near: None } => write!(f, "not JSON: {reason}"),
            Self::NotJson { reason, near: Some(near) } => write!(f, "not JSON: {reason}, near `{near}`"),
            Self::NotAnObject(found) => write!(f, "{found} instead of an object"),
            Self::OtherFormat => f.write_str("method and url do not belong here"),
            Self::NoCustomId => f.write_str("custom_id is missing"),
            Self::CustomIdNotText(found) => write!(f, "custom_id is {found}"),
            Self::CustomIdNotUnicode => f.write_str("custom_id is not Unicode: it has half a surrogate pair"),
            Self::CustomIdEmpty => f.write_str("custom_id is empty"),
            Self::CustomIdAgain { id, first } => {
                write!(f, "custom_id {:?} is on line {first} already", shorten(id, MAX_ID))
            }
            Self::NoBody => f.write_str("body is missing"),
            Self::BodyNotAnObject(found) => write!(f, "body is {found}"),
            Self::BodyTwofold(reason) => write!(f, "body: {reason}"),
            Self::Streams => f.write_str("body.stream is true"),
            Self::TooLong { bytes, limit } => write!(f, "a line of {bytes} bytes is over the limit of {limit}"),
        }
    }
}

/// Counts every problem of a file and keeps the first few.
#[derive(Debug, Default)]
pub(super) struct Problems {
    count: u64,
    shown: Vec<(u64, Option<usize>, Flaw)>,
    advice: Vec<&'static str>,
}

/// Characters of an id that are shown.
const MAX_ID: usize = 80;
/// How many problems are shown one by one.
const SHOWN: usize = 10;

impl Problems {
    pub(super) fn add(&mut self, line: u64, column: Option<usize>, flaw: Flaw) {
        self.count += 1;
        if !self.advice.contains(&flaw.advice()) {
            self.advice.push(flaw.advice());
        }
        if self.shown.len() < SHOWN {
            self.shown.push((line, column, flaw));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The report: each place as `file:line:column`, what is wrong and what was expected, then what to do.
    pub(super) fn report(&self, path: &Path, lines: u64) -> Failure {
        let (file, path) = (quoted(path), path.display());
        let (count, s) = (self.count, if self.count == 1 { "" } else { "s" });
        let of = if lines == 1 { "1 line".to_owned() } else { format!("{lines} lines") };
        let mut failure = Failure::input(format!("{path}: {count} problem{s} in {of}; nothing was sent"));
        for (line, column, flaw) in &self.shown {
            let column = column.map(|column| format!(":{column}")).unwrap_or_default();
            failure = failure.line(format!("{path}:{line}{column}: {flaw}; expected {}", flaw.expected()));
        }
        let more = self.count - self.shown.len() as u64;
        if more > 0 {
            failure = failure.line(format!("… and {more} more"));
        }
        self.advice.iter().fold(failure, |failure, advice| failure.help(advice.replace("FILE", &file)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_id_is_shown_by_its_beginning() {
        let flaw = Flaw::CustomIdAgain { id: "x".repeat(1_000_000), first: 1 };
        assert_eq!(flaw.to_string(), format!("custom_id \"{}…\" is on line 1 already", "x".repeat(80)));
    }

    #[test]
    fn advice_names_the_file_as_a_shell_takes_it() {
        let mut problems = Problems::default();
        problems.add(1, None, Flaw::NotUtf8);
        problems.add(2, None, Flaw::OtherFormat);
        let report = problems.report(Path::new("my in.jsonl"), 2).to_string();
        assert!(report.contains("iconv -f WINDOWS-1252 -t UTF-8 'my in.jsonl' > utf-8.jsonl"), "{report}");
        assert!(report.contains("jq -c '{custom_id, body}' 'my in.jsonl' > kept.jsonl;"), "{report}");
    }

    #[test]
    fn all_are_counted_and_ten_are_shown() {
        let mut problems = Problems::default();
        for line in 1..=25 {
            problems.add(line, None, Flaw::NoBody);
        }
        let report = problems.report(Path::new("in.jsonl"), 30).to_string();
        assert!(report.starts_with("in.jsonl: 25 problems in 30 lines; nothing was sent\n"), "{report}");
        assert!(report.contains("in.jsonl:10: body is missing") && !report.contains("in.jsonl:11:"), "{report}");
        assert!(report.contains("… and 15 more\nhelp: Put the request"), "{report}");
    }
}
