use std::io::{self, BufRead, Write};

use crate::change::{Change, ChangeCode, Rewrite};
use crate::edit::NoObject;
use crate::training::{Checker, Options};
use crate::{Line, LineEnd, Lines};

/// The changes of one sample, until it is known whether the sample is kept.
#[derive(Debug, Default)]
pub(crate) struct Changes(Vec<(ChangeCode, Option<String>, String)>);

impl Changes {
    pub(crate) fn add(&mut self, code: ChangeCode, path: impl Into<String>, message: impl Into<String>) {
        self.0.push((code, Some(path.into()), message.into()));
    }
}

/// Why a sample cannot be used, whatever is repaired.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unusable {
    pub(crate) path: Option<String>,
    pub(crate) message: String,
}

impl Unusable {
    pub(crate) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: Some(path.into()), message: message.into() }
    }

    pub(crate) fn line(message: impl Into<String>) -> Self {
        Self { path: None, message: message.into() }
    }
}

impl From<NoObject> for Unusable {
    fn from(found: NoObject) -> Self {
        match found {
            NoObject::NotJson(reason, column) => Self::line(format!("not JSON: {reason} at column {column}")),
            NoObject::NotAnObject => Self::line("not a JSON object"),
            NoObject::KeyTwice(key) => Self::new("$", format!("the key {} is there twice", shown(&key))),
        }
    }
}

/// A text of the input inside a message.
pub(crate) fn shown(text: &str) -> String {
    format!("{:?}", brief(text))
}

/// The beginning of a text that others chose the length of.
pub(crate) fn brief(text: &str) -> String {
    const MOST: usize = 60;
    text.char_indices().nth(MOST).map_or_else(|| text.to_owned(), |(end, _)| format!("{}…", &text[..end]))
}

/// What becomes of one sample.
#[derive(Debug, Default)]
pub(crate) struct Rewritten {
    /// Its new text; `None` if it stays as it is.
    pub(crate) text: Option<String>,
    /// Why it cannot be used all the same.
    pub(crate) unusable: Option<Unusable>,
    pub(crate) changes: Changes,
}

impl From<Unusable> for Rewritten {
    fn from(unusable: Unusable) -> Self {
        Self { unusable: Some(unusable), ..Self::default() }
    }
}

/// Writes every sample of a file in another form, and tells of every change.
pub(crate) struct Rewriter<W, F> {
    output: W,
    report: F,
    drop_unusable: bool,
    tally: Rewrite,
}

impl<W: Write, F: FnMut(&Change) -> io::Result<()>> Rewriter<W, F> {
    pub(crate) fn new(output: W, report: F, drop_unusable: bool) -> Self {
        Self { output, report, drop_unusable, tally: Rewrite::default() }
    }

    /// Gives every sample to `sample`, and takes care of what stands around samples.
    pub(crate) fn run(mut self, input: impl BufRead, mut sample: impl FnMut(&str) -> Rewritten) -> io::Result<Rewrite> {
        let mut lines = Lines::new(input);
        while let Some(line) = lines.read()? {
            let (line, marked) = bare(line);
            if marked {
                self.tell(line.number, ChangeCode::ByteOrderMark, None, "a byte-order mark was removed")?;
            }
            if line.is_blank() {
                self.tell(line.number, ChangeCode::BlankLine, None, "a blank line was removed")?;
                continue;
            }
            self.tally.samples += 1;
            let rewritten = match text_of(&line) {
                Ok(text) => sample(text),
                Err(unusable) => unusable.into(),
            };
            self.take(&line, rewritten)?;
        }
        self.output.flush()?;
        Ok(self.tally)
    }

    fn take(&mut self, line: &Line<'_>, rewritten: Rewritten) -> io::Result<()> {
        let Rewritten { text, unusable, changes } = rewritten;
        // The bytes of a line that is too long are not there to be written.
        let drop = self.drop_unusable || line.is_too_long();
        if let (Some(Unusable { path, message }), true) = (&unusable, drop) {
            self.tally.dropped += 1;
            return self.tell(line.number, ChangeCode::SampleDropped, path.clone(), message);
        }
        for (code, path, message) in changes.0 {
            self.tell(line.number, code, path, &message)?;
        }
        if line.end == LineEnd::CrLf {
            self.tell(line.number, ChangeCode::CarriageReturn, None, "a line end of \\r\\n became \\n")?;
        }
        if let Some(Unusable { path, message }) = unusable {
            self.tally.unusable += 1;
            self.tell(line.number, ChangeCode::SampleUnusable, path, &message)?;
        }
        if text.is_none() && line.end != LineEnd::CrLf {
            self.tally.unchanged += 1;
        } else {
            self.tally.changed += 1;
        }
        self.output.write_all(text.as_ref().map_or(line.bytes, |text| text.as_bytes()))?;
        if line.end == LineEnd::Missing { Ok(()) } else { self.output.write_all(b"\n") }
    }

    fn tell(&mut self, line: u64, code: ChangeCode, path: Option<String>, message: &str) -> io::Result<()> {
        *self.tally.changes.entry(code).or_default() += 1;
        (self.report)(&Change { line, code, path, message: message.to_owned() })
    }
}

/// The line without byte-order marks before it, which files put together have in the middle too, and without more than one
/// `\r` behind it: what is removed now must not be there to be removed the next time.
fn bare(mut line: Line<'_>) -> (Line<'_>, bool) {
    let mut marked = line.mark;
    if line.is_too_long() {
        return (line, marked);
    }
    while let Some(rest) = line.bytes.strip_prefix("\u{feff}".as_bytes()) {
        (line.bytes, marked) = (rest, true);
    }
    while let (LineEnd::CrLf, Some(rest)) = (line.end, line.bytes.strip_suffix(b"\r")) {
        line.bytes = rest;
    }
    line.length = line.bytes.len() as u64;
    (line, marked)
}

fn text_of<'a>(line: &Line<'a>) -> Result<&'a str, Unusable> {
    if line.is_too_long() {
        return Err(Unusable::line(format!("a line of {} bytes is no sample", line.length)));
    }
    std::str::from_utf8(line.bytes)
        .map_err(|error| Unusable::line(format!("not UTF-8 from byte {} of the line on", error.valid_up_to() + 1)))
}

/// The check of samples one by one. Made once for a file: what it knows of tools is used again.
#[derive(Debug)]
pub(crate) struct Inspector(Checker);

impl Inspector {
    pub(crate) fn new() -> Self {
        Self(Checker::new(Options::default().duplicates(false).kept_per_code(1)))
    }

    /// The first error in a sample on its own.
    pub(crate) fn error_in(&mut self, text: &str) -> Option<Unusable> {
        let error = self.0.alone(text)?;
        Some(Unusable { message: format!("{}: {}", error.code, error.message), path: error.path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_inspected_as_if_it_were_the_only_one() {
        let mut inspector = Inspector::new();
        let samples = [
            (r#"{"messages":[{"role":"user","content":"a"}]}"#, Some("T310")),
            (r#"{"messages":[{"role":"user","content":"a"}]}"#, Some("T310")),
            (r#"{"text":"of another format"}"#, None),
            (r#"{"text":"a","labels":{"mood":"good"}}"#, None),
            (r#"{"text":"a","labels":{"topic":"other targets"}}"#, None),
            ("nope", Some("T108")),
            (r#"{"text":"a"}"#, None),
        ];
        for (sample, code) in samples {
            let error = inspector.error_in(sample).map(|error| error.message);
            assert_eq!(error.as_deref().and_then(|message| message.split(':').next()), code, "{sample}: {error:?}");
        }
    }
}
