use std::borrow::Cow;
use std::io::{self, BufRead};

use serde::de::IgnoredAny;

use super::duplicates::Ids;
use super::place::Packed;
use super::problems::Problems;
use super::{
    Code, FileStatistics, Flaw, Format, LongestLine, Options, Place, Report, Request, Statistics, generated_id, sniff,
};
use crate::layout::Layout;
use crate::shorten::shorten;
use crate::{Line, LineEnd, Lines};

/// Checks the input of a batch line by line, over several files, and hands out its requests in the same pass.
///
/// [`check`] does it for a whole reader.
///
/// ```
/// use mistral_datasets::Lines;
/// use mistral_datasets::batch::{Checker, Options};
///
/// let mut checker = Checker::new(Options::default().generate_ids(true));
/// let mut ids = Vec::new();
/// for (name, file) in [("a.jsonl", "{\"custom_id\":\"q\",\"body\":{}}\n"), ("b.jsonl", "{\"body\":{}}\n")] {
///     checker.begin(name);
///     let mut lines = Lines::new(file.as_bytes());
///     while let Some(line) = lines.read()? {
///         if let Some(row) = checker.line(&line)? {
///             ids.push(row.custom_id.into_owned());
///         }
///     }
/// }
/// assert_eq!(ids, ["q", "row-2"]);
/// assert!(checker.finish()?.is_valid());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Checker {
    options: Options,
    /// The names of the files so far, the last of them the one at hand.
    names: Vec<String>,
    file: FileStatistics,
    /// The file is no JSON lines, so that lines are counted and not looked at.
    hopeless: bool,
    problems: Problems,
    statistics: Statistics,
    ids: Ids,
}

/// A row of the input without a problem of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row<'a> {
    /// Its number, counted from 0 over all files. Blank lines are no rows, lines with problems are.
    pub row: u64,
    /// The id of the request or, where it has none, the one that it was given.
    pub custom_id: Cow<'a, str>,
    /// Whether the id was given.
    pub generated: bool,
    /// The request as it stands in the line.
    pub request: Request<'a>,
}

impl Checker {
    /// The most requests the service takes in one job.
    pub const MAX_REQUESTS: u64 = 1_000_000;
    /// The most requests that every document of the service allows in one job: one says this, another ten times as many.
    pub const SURE_REQUESTS: u64 = 100_000;
    /// The most bytes the service takes in one file: 512 MB. The documents do not say which megabyte; this is the larger.
    pub const MAX_BYTES: u64 = 512 << 20;

    /// Begins a check.
    pub fn new(options: Options) -> Self {
        Self {
            problems: Problems::new(options.kept),
            options,
            names: Vec::new(),
            file: FileStatistics::default(),
            hopeless: false,
            statistics: Statistics::default(),
            ids: Ids::default(),
        }
    }

    /// Begins the next file, by the name that messages show.
    pub fn begin(&mut self, name: impl Into<String>) {
        self.end_file();
        let name = name.into();
        self.names.push(name.clone());
        self.file = FileStatistics { name, ..FileStatistics::default() };
        self.hopeless = false;
    }

    fn end_file(&mut self) {
        if self.names.is_empty() {
            return;
        }
        if self.file.rows == 0 && !self.hopeless {
            self.whole(Code::NoRequests, "no requests in the file");
        }
        if self.options.single_job && self.file.bytes > Self::MAX_BYTES {
            self.whole(Code::TooLarge, format!("the file has {} bytes", self.file.bytes));
        }
        self.statistics.files.push(std::mem::take(&mut self.file));
    }

    /// Checks the next line of the file. `None` if it is blank or has a problem, which is noted.
    ///
    /// # Errors
    ///
    /// If the temporary file cannot be written that fingerprints of ids go to when there are many. What is wrong with the
    /// input is no error but part of the [`Report`].
    pub fn line<'l>(&mut self, line: &Line<'l>) -> io::Result<Option<Row<'l>>> {
        if self.names.is_empty() {
            self.begin(self.options.name.clone());
        }
        self.count(line);
        if self.hopeless {
            return Ok(None);
        }
        if line.is_blank() {
            self.statistics.blank_lines += 1;
            self.file.blank_lines += 1;
            return Ok(None);
        }
        let row = self.statistics.rows;
        self.count_row(line);
        match self.read(line, row) {
            Ok(read) => {
                self.ids.push(&read.custom_id, Packed::new(self.names.len() - 1, line.number))?;
                self.count_request(&read, line.number);
                Ok(Some(read))
            }
            Err(flaw) => {
                match self.layout(line) {
                    Some((code, what)) => {
                        self.hopeless = true;
                        self.whole(code, what);
                    }
                    None => self.problems.add(&self.names, Some(line.number), flaw, None),
                }
                Ok(None)
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
        let bytes = line.offset + line.length + end;
        self.statistics.lines += 1;
        self.statistics.bytes += bytes.saturating_sub(self.file.bytes);
        self.file.lines += 1;
        self.file.bytes = bytes;
        if self.file.lines == 1 {
            self.file.mark = line.mark;
            if let Some(format) = sniff(line.bytes) {
                self.hopeless = true;
                self.whole_format(format);
            }
        }
    }

    fn count_row(&mut self, line: &Line<'_>) {
        self.statistics.rows += 1;
        self.file.rows += 1;
        self.statistics.row_bytes += line.length + 1;
        if self.statistics.longest.as_ref().is_none_or(|longest| line.length > longest.bytes) {
            self.statistics.longest = Some(LongestLine { place: self.place(line.number), bytes: line.length });
        }
    }

    fn count_request(&mut self, row: &Row<'_>, line: u64) {
        let request = &row.request;
        self.statistics.requests += 1;
        self.statistics.body_bytes += request.body.len() as u64;
        self.statistics.generated_ids += u64::from(row.generated);
        if let Some(tokens) = request.max_tokens {
            self.statistics.limited += 1;
            self.statistics.max_tokens = self.statistics.max_tokens.saturating_add(tokens);
        }
        match request.model.as_deref() {
            Some(model) => self.statistics.count_model(model),
            None => {
                self.statistics.without_model += 1;
                if self.statistics.first_without_model.is_none() {
                    self.statistics.first_without_model = Some(self.place(line));
                }
            }
        }
    }

    fn place(&self, line: u64) -> Place {
        Place { file: self.file.name.clone(), line }
    }

    fn read<'l>(&self, line: &Line<'l>, row: u64) -> Result<Row<'l>, Flaw> {
        let limit = self.options.max_line_bytes;
        if line.is_too_long() || line.length > limit {
            return Err(Flaw::new(
                Code::LineTooLong,
                format!("the line has {} bytes, over the limit of {limit}", line.length),
            ));
        }
        let request = Request::parse(line.bytes)?;
        let (custom_id, generated) = match (&request.custom_id, request.null_id) {
            (Some(id), _) => (id.clone(), false),
            (None, _) if self.options.generate_ids => (Cow::Owned(generated_id(row + 1)), true),
            (None, Some(null)) => {
                let flaw = Flaw::new(Code::CustomIdType, "custom_id is null");
                // It was found in the line, so that this is text.
                return Err(flaw.at(null, std::str::from_utf8(line.bytes).unwrap_or_default()));
            }
            (None, None) => return Err(Flaw::new(Code::CustomIdMissing, "custom_id is missing")),
        };
        if let (true, Some(expected), Some(model)) = (self.options.strict, &self.options.model, &request.model) {
            if expected != model {
                let what = format!("the model is {:?}, and that of the job {expected:?}", shorten(model));
                return Err(Flaw::new(Code::OtherModel, what));
            }
        }
        Ok(Row { row, custom_id, generated, request })
    }

    /// Whether the first row of a file shows that it is laid out in another way, which is reported instead of each line.
    fn layout(&self, line: &Line<'_>) -> Option<(Code, &'static str)> {
        let text = std::str::from_utf8(line.bytes).ok().filter(|_| self.file.rows == 1)?;
        let cut = serde_json::from_str::<IgnoredAny>(text).is_err_and(|error| error.is_eof());
        Some(match Layout::of(text, cut)? {
            Layout::Array => (Code::JsonArray, "the file is one JSON array"),
            Layout::Spread => (Code::PrettyPrinted, "an object is spread over several lines"),
        })
    }

    /// Adds a problem of the file at hand as a whole.
    fn whole(&mut self, code: Code, what: impl Into<String>) {
        self.problems.add(&self.names, None, Flaw::new(code, what), None);
    }

    fn whole_format(&mut self, format: Format) {
        let flaw = Flaw::new(Code::OtherFormat, format!("the file is {format}"));
        self.problems.add(&self.names, None, flaw, Some(format));
    }

    /// Ends the check, and looks for ids that occur twice.
    ///
    /// # Errors
    ///
    /// As of [`line`](Self::line).
    pub fn finish(mut self) -> io::Result<Report> {
        if self.names.is_empty() {
            self.begin(self.options.name.clone());
        }
        self.end_file();
        self.ids.report(&self.names, &mut self.problems)?;
        self.problems.sort();
        let rows = self.statistics.rows;
        if self.options.single_job && rows > Self::MAX_REQUESTS {
            let names = if self.names.len() == 1 { self.names.as_slice() } else { &[] };
            self.problems.add(names, None, Flaw::new(Code::TooManyRequests, format!("{rows} requests")), None);
            self.problems.sort();
        }
        Ok(Report { counts: self.problems.counts, problems: self.problems.kept, statistics: self.statistics })
    }
}

/// Checks all lines of `reader`.
///
/// # Errors
///
/// What the reader says, and as of [`Checker::line`].
pub fn check(reader: impl BufRead, options: Options) -> io::Result<Report> {
    // Two more, for the line's end.
    let limit = usize::try_from(options.max_line_bytes.saturating_add(2)).unwrap_or(usize::MAX);
    let mut lines = Lines::new(reader).limit(limit);
    let mut checker = Checker::new(options);
    while let Some(line) = lines.read()? {
        checker.line(&line)?;
    }
    checker.finish()
}
