use std::io::{self, BufRead};

use serde::de::DeserializeSeed as _;

use super::duplicates;
use super::problems::{Problems, Sink};
use super::read::{Context, Json, Message, Role, Sample, SampleHandler, ToolsCache, Weight};
use super::rules::{self, Expected, Targets};
use super::{
    Code, EstimateTokens, Family, Format, LongestSample, Options, Problem, Report, Severity, Statistics, sniff,
};
use crate::fingerprints::Fingerprints;
use crate::{Line, LineEnd, Lines, syntax};

/// Checks a file line by line and counts what is in it, in bounded memory.
///
/// [`check`] does it for a whole reader; this is for those who read the lines themselves, to show progress or to do
/// something else with them in the same pass.
///
/// ```
/// use mistral_datasets::Lines;
/// use mistral_datasets::training::{Checker, Options};
///
/// let mut lines = Lines::new(&b"{\"text\":\"One\"}\n{\"text\":\"\"}\n"[..]);
/// let mut checker = Checker::new(Options::default());
/// while let Some(line) = lines.read()? {
///     checker.line(&line)?;
/// }
/// let report = checker.finish()?;
/// assert_eq!(report.statistics().samples, 2);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Checker {
    options: Options,
    problems: Problems,
    /// Of the line at hand; kept to be filled again.
    found: Problems,
    statistics: Statistics,
    invalid_samples: u64,
    expected: Option<Expected>,
    targets: Targets,
    tools: ToolsCache,
    fingerprints: Fingerprints<2>,
    /// The file is no JSON lines, so that lines are counted and not looked at.
    hopeless: bool,
}

impl Checker {
    /// Bytes a file should have: the lower limit of the open-source trainer's script.
    pub const MIN_BYTES: u64 = 1000;
    /// Samples a file should have: the lower limit of the open-source trainer's script.
    pub const MIN_SAMPLES: u64 = 10;
    /// Bytes a file may have: 512 MB. The documents do not say which megabyte; this is the larger.
    pub const MAX_BYTES: u64 = 512 << 20;

    /// Begins a check.
    pub fn new(options: Options) -> Self {
        let expected = options.format.map(|format| Expected { format, line: None });
        Self {
            options,
            problems: Problems::default(),
            found: Problems::default(),
            statistics: Statistics::default(),
            invalid_samples: 0,
            expected,
            targets: Targets::default(),
            tools: ToolsCache::default(),
            fingerprints: Fingerprints::default(),
            hopeless: false,
        }
    }

    /// Checks the next line.
    ///
    /// # Errors
    ///
    /// If the temporary file cannot be written that fingerprints of samples go to when there are millions of them. What
    /// is wrong with the data is no error but part of the [`Report`].
    pub fn line(&mut self, line: &Line<'_>) -> io::Result<()> {
        let (samples, errors) = (self.statistics.samples, self.problems.line_errors);
        self.look(line)?;
        let is_invalid = self.statistics.samples > samples && self.problems.line_errors > errors;
        self.invalid_samples += u64::from(is_invalid);
        Ok(())
    }

    fn look(&mut self, line: &Line<'_>) -> io::Result<()> {
        self.count(line);
        if self.hopeless || line.is_blank() {
            if !self.hopeless {
                self.add(Code::BlankLine, line, None, || "the line is blank; expected one JSON object".to_owned());
            }
            return Ok(());
        }
        self.statistics.samples += 1;
        if line.is_too_long() {
            self.add(Code::LineTooLong, line, None, || {
                format!("the line has {} bytes; expected {} at most", line.length, Lines::<&[u8]>::LIMIT)
            });
            return Ok(());
        }
        match std::str::from_utf8(line.bytes) {
            Ok(text) => self.text(line, text),
            Err(error) => {
                let valid = String::from_utf8_lossy(&line.bytes[..error.valid_up_to()]);
                let column = valid.chars().count() as u64 + 1;
                let byte = line.bytes.get(error.valid_up_to()).copied().unwrap_or_default();
                self.add(Code::NotUtf8, line, Some(column), || {
                    format!("the byte 0x{byte:02x} is not UTF-8; expected text in UTF-8")
                });
                Ok(())
            }
        }
    }

    /// What can be said of a line without reading it.
    fn count(&mut self, line: &Line<'_>) {
        let end = match line.end {
            LineEnd::Lf => 1,
            LineEnd::CrLf => 2,
            LineEnd::Missing => 0,
        };
        self.statistics.lines = line.number;
        self.statistics.bytes = line.offset + line.length + end;
        if line.number == 1 {
            if line.mark {
                self.add(Code::ByteOrderMark, line, Some(1), || {
                    "the file begins with a byte-order mark; expected an object at once".to_owned()
                });
            }
            if let Some(other) = sniff::bytes(line) {
                self.hopeless = true;
                self.whole(other.code, other.message);
            }
        }
        if line.end == LineEnd::CrLf && self.problems.count(Code::CrLf) == 0 {
            self.add(Code::CrLf, line, None, || "the line ends in CRLF; expected LF alone".to_owned());
        }
    }

    fn text(&mut self, line: &Line<'_>, text: &str) -> io::Result<()> {
        let sink = Sink {
            line: line.number,
            text,
            before: &self.problems,
            kept_per_code: self.options.kept_per_code,
            found: &mut self.found,
        };
        let mut context =
            Context { sink, tokens: &*self.options.tokens, tools: &mut self.tools, room: Context::MOST_ITEMS + 1 };
        let mut json = serde_json::Deserializer::from_str(text);
        let read = Json::new(SampleHandler { context: &mut context }).deserialize(&mut json);
        match read.and_then(|read| json.end().map(|()| read)) {
            Ok((Some(sample), fingerprint)) => {
                let format = rules::check(&sample, &mut self.expected, &mut self.targets, &mut context);
                let size = measure(&sample, format, &mut self.statistics);
                let limit = self.options.context.unwrap_or(u64::MAX);
                if size > limit {
                    context.sink.add(Code::LongSample, &super::path::Path::Root, || {
                        format!("the sample has about {size} tokens; expected {limit} at most")
                    });
                }
                if self.statistics.longest.is_none_or(|longest| size > longest.tokens) {
                    let longest = LongestSample { line: line.number, bytes: line.length, tokens: size };
                    self.statistics.longest = Some(longest);
                }
                self.problems.absorb(&mut self.found);
                if self.options.duplicates {
                    self.fingerprints.push([fingerprint, line.number])?;
                }
            }
            Ok((None, _)) => {
                self.found_instead(text, false);
                self.problems.absorb(&mut self.found);
            }
            Err(error) => {
                // What was noticed before the break says little about what was meant.
                self.found.clear();
                if !self.found_instead(text, error.is_eof()) {
                    let (message, column) = syntax::explain(text, &error);
                    self.add(Code::InvalidJson, line, Some(column), || format!("{message}; expected one JSON object"));
                }
            }
        }
        Ok(())
    }

    /// Whether the first sample shows that the file is laid out in another way, which is reported instead.
    fn found_instead(&mut self, text: &str, cut: bool) -> bool {
        let first = self.statistics.samples == 1;
        let Some(other) = sniff::layout(text, cut).filter(|_| first) else { return false };
        self.hopeless = true;
        self.found.clear();
        self.whole(other.code, other.message);
        true
    }

    fn add(&mut self, code: Code, line: &Line<'_>, column: Option<u64>, message: impl FnOnce() -> String) {
        let count = self.problems.counts.entry(code).or_default();
        if *count < self.options.kept_per_code as u64 {
            let line = Some(line.number);
            self.problems.kept.push(Problem { code, line, column, path: None, message: message() });
        }
        *count += 1;
        self.problems.line_errors += u64::from(code.severity() == Severity::Error);
    }

    /// Adds a problem of the file as a whole.
    fn whole(&mut self, code: Code, message: String) {
        *self.problems.counts.entry(code).or_default() += 1;
        self.problems.kept.push(Problem { code, line: None, column: None, path: None, message });
    }

    /// Checks one sample as if it were the only one: what earlier ones were makes no difference. Gives the first error.
    pub(crate) fn alone(&mut self, text: &str) -> Option<Problem> {
        let (bytes, end) = (text.as_bytes(), LineEnd::Lf);
        let line = Line { number: 1, offset: 0, length: bytes.len() as u64, bytes, end, mark: false };
        self.problems.clear();
        self.statistics = Statistics::default();
        self.expected = self.options.format.map(|format| Expected { format, line: None });
        self.targets = Targets::default();
        self.hopeless = false;
        // Only fingerprints are ever written to a file, and whoever checks samples alone asks for none.
        self.line(&line).ok()?;
        let errors = self.problems.kept.drain(..).filter(|problem| problem.severity() == Severity::Error);
        errors.filter(|problem| problem.line.is_some()).min_by_key(Problem::place)
    }

    /// Ends the check.
    ///
    /// # Errors
    ///
    /// As of [`line`](Self::line).
    pub fn finish(mut self) -> io::Result<Report> {
        let Statistics { bytes, samples, .. } = self.statistics;
        if samples == 0 && !self.hopeless {
            self.whole(Code::NoSamples, "the file has no sample; expected at least one".to_owned());
        } else if !self.options.validation && !self.hopeless {
            if samples < Self::MIN_SAMPLES {
                let s = if samples == 1 { "" } else { "s" };
                let message = format!("the file has {samples} sample{s}; expected {} at least", Self::MIN_SAMPLES);
                self.whole(Code::TooFewSamples, message);
            }
            if bytes < Self::MIN_BYTES {
                let message = format!("the file has {bytes} bytes; expected {} at least", Self::MIN_BYTES);
                self.whole(Code::TooSmall, message);
            }
        }
        if bytes > Self::MAX_BYTES {
            let message = format!("the file has {bytes} bytes; expected {} (512 MB) at most", Self::MAX_BYTES);
            self.whole(Code::TooLarge, message);
        }
        self.targets.finish(&mut self.problems, &mut self.statistics);
        let mut report = Report {
            format: self.expected.map(|expected| expected.format),
            counts: self.problems.counts,
            problems: self.problems.kept,
            statistics: self.statistics,
            invalid_samples: self.invalid_samples,
            kept_per_code: self.options.kept_per_code,
            fingerprints: self.fingerprints,
        };
        duplicates::find(&mut report)?;
        report.sort();
        Ok(report)
    }
}

/// Counts a sample in and gives its tokens.
fn measure(sample: &Sample<'_>, format: Option<Format>, statistics: &mut Statistics) -> u64 {
    let (before, learnt) = (statistics.tokens, format.map(Format::family));
    if let Some(format) = format {
        *statistics.formats.entry(format).or_default() += 1;
    }
    for message in sample.messages.iter().flatten() {
        measure_message(message, learnt == Some(Family::Conversation), statistics);
    }
    let tools = sample.tools.as_deref();
    statistics.tools += tools.map_or(0, |tools| tools.count);
    let texts = [sample.text, sample.system_prompt, tools.map(|tools| tools.text)];
    for text in texts.into_iter().flatten() {
        statistics.characters += text.characters;
        statistics.tokens += text.tokens;
    }
    if learnt == Some(Family::Pretrain) {
        statistics.learnt_tokens += sample.text.map_or(0, |text| text.tokens);
    }
    statistics.tokens - before
}

fn measure_message(message: &Message<'_>, learnt: bool, statistics: &mut Statistics) {
    statistics.messages += 1;
    let roles = &mut statistics.roles;
    match message.role {
        Some(Role::System) => roles.system += 1,
        Some(Role::User) => roles.user += 1,
        Some(Role::Assistant) => roles.assistant += 1,
        Some(Role::Tool) => roles.tool += 1,
        None => {}
    }
    let (mut characters, mut tokens) = (0, EstimateTokens::PER_MESSAGE);
    if let Some(content) = &message.content {
        statistics.images += content.images;
        characters += content.text.characters;
        tokens += content.text.tokens;
    }
    statistics.tool_calls += message.calls.len() as u64;
    for call in &message.calls {
        characters += call.arguments.characters;
        tokens += call.arguments.tokens;
    }
    statistics.characters += characters;
    statistics.tokens += tokens;
    if learnt && message.role == Some(Role::Assistant) && message.weight != Some(Weight::Zero) {
        statistics.learnt_tokens += tokens;
    }
}

/// Checks all lines of `reader`.
///
/// # Errors
///
/// What the reader says, and as of [`Checker::line`].
pub fn check(reader: impl BufRead, options: Options) -> io::Result<Report> {
    let mut lines = Lines::new(reader);
    let mut checker = Checker::new(options);
    while let Some(line) = lines.read()? {
        checker.line(&line)?;
    }
    checker.finish()
}
