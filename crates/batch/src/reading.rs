//! The reading of a job's results, which is done once more where it brought too little.

use std::collections::VecDeque;
use std::vec;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use mistral_models::{BatchJob, BatchJobId, BatchJobStatus, FileId, GetBatchJob, RawJson};
use mistral_transport::{Call, Download, Error, ErrorKind, Result};

use crate::Jobs;
use crate::lines::{Line, Lines};
use crate::results::{MissingResults, Outcome, ResultLine, read};

/// How often a source is read at the most.
const READINGS: u32 = 2;

/// A job's results as they are read, source by source.
pub(crate) struct Reading {
    jobs: Jobs,
    job: BatchJobId,
    /// How many results there must be.
    expected: u64,
    sources: Vec<Source>,
    /// The sources to be read, by their places.
    due: VecDeque<usize>,
    open: Option<(usize, Open)>,
    ready: VecDeque<ResultLine>,
}

/// Where results are, and what came from there.
struct Source {
    place: Place,
    readings: u32,
    /// The download of the last reading, which pays for the next.
    before: Option<Download>,
    /// Lines given out, and what they were.
    given: u64,
    digest: crc32fast::Hasher,
    /// A line that ends the file or goes on; being unreadable, it may have been cut.
    doubtful: Option<Line>,
}

enum Place {
    /// With the job, as it came or as it comes when asked for.
    Inline(Option<Vec<RawJson>>),
    File(FileId),
}

/// A source while it is read.
struct Open {
    lines: OpenLines,
    /// Lines that came, and what they were as far as they had been given out before.
    passed: u64,
    digest: crc32fast::Hasher,
}

enum OpenLines {
    Inline(vec::IntoIter<RawJson>, u64),
    File(Box<Lines<Download>>),
}

impl Reading {
    pub(crate) fn new(jobs: Jobs, job: &BatchJob) -> Self {
        let files = || job.output_file.iter().chain(&job.error_file).cloned();
        let inline = job.outputs.clone().filter(|outputs| !outputs.is_empty());
        // A job from inline requests need not have files; one that was stopped may have results all the same.
        let asked_for = job.status.is_final() && job.status != BatchJobStatus::Failed;
        let places = if inline.is_some() {
            vec![Place::Inline(inline)]
        } else if files().next().is_some() {
            files().map(Place::File).collect()
        } else if asked_for {
            vec![Place::Inline(None)]
        } else {
            Vec::new()
        };
        let sources: Vec<_> = places.into_iter().map(Source::new).collect();
        let due = (0..sources.len()).collect();
        Self { jobs, job: job.id.clone(), expected: expected(job), sources, due, open: None, ready: VecDeque::new() }
    }

    /// The next line; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Result<ResultLine>> {
        loop {
            if let Some(line) = self.ready.pop_front() {
                return Some(Ok(line));
            }
            let step = match &self.open {
                Some(_) => self.step().await,
                None => match self.due.pop_front() {
                    Some(source) => self.begin(source).await,
                    None if self.again() => Ok(()),
                    None => return self.shortage().map(Err),
                },
            };
            if let Err(error) = step {
                return Some(Err(error));
            }
        }
    }

    async fn begin(&mut self, at: usize) -> Result<()> {
        let source = &mut self.sources[at];
        source.readings += 1;
        source.doubtful = None;
        let before = source.before.take();
        let lines = match &mut source.place {
            Place::Inline(outputs) => {
                let outputs = match outputs.take() {
                    Some(outputs) => outputs,
                    None => {
                        let params = GetBatchJob::default().inline(true);
                        self.jobs.get_with(&self.job, &params).await?.outputs.unwrap_or_default()
                    }
                };
                OpenLines::Inline(outputs.into_iter(), 0)
            }
            Place::File(file) => {
                let download = match before {
                    Some(before) => before.again().await?,
                    None => {
                        let path = ["v1", "files", file.as_str(), "content"];
                        let call = Call::get("files.download", &path).checked(file.check()).bytes();
                        self.jobs.transport().download(call).await?
                    }
                };
                OpenLines::File(Box::new(Lines::new(download)))
            }
        };
        self.open = Some((at, Open { lines, passed: 0, digest: crc32fast::Hasher::new() }));
        Ok(())
    }

    /// Takes one line from the open source.
    async fn step(&mut self) -> Result<()> {
        let Some((at, open)) = &mut self.open else { return Ok(()) };
        let source = &mut self.sources[*at];
        match open.next().await {
            Ok(Some(line)) => {
                open.passed += 1;
                if open.passed > source.given {
                    source.take(line, &mut self.ready);
                    return Ok(());
                }
                note(&mut open.digest, &line);
                if open.passed < source.given || open.digest.clone().finalize() == source.digest.clone().finalize() {
                    return Ok(());
                }
                Err(self.error("they changed between two readings"))
            }
            Ok(None) => {
                if let Some(line) = source.doubtful.take() {
                    match open.was_cut() && source.readings < READINGS {
                        true => source.doubtful = Some(line),
                        false => source.give(line, &mut self.ready),
                    }
                }
                source.before = self.open.take().and_then(|(_, open)| open.into_download());
                Ok(())
            }
            Err(error) => {
                let at = *at;
                source.before = self.open.take().and_then(|(_, open)| open.into_download());
                if !may_go_better(error.kind()) || !source.pays_for_another() {
                    return Err(error);
                }
                self.due.push_front(at);
                Ok(())
            }
        }
    }

    fn found(&self) -> u64 {
        self.sources.iter().map(|source| source.given + u64::from(source.doubtful.is_some())).sum()
    }

    /// Makes those sources due that may have been cut, as far as the retry budget pays for it; what is left of the others
    /// is given out. Whether there is anything to go on with.
    fn again(&mut self) -> bool {
        let short = self.found() < self.expected;
        for (at, source) in self.sources.iter_mut().enumerate() {
            if (short || source.doubtful.is_some()) && source.pays_for_another() {
                // Begun afresh: what came whole and is too little gives the price of another not back.
                source.before = None;
                self.due.push_back(at);
            } else if let Some(line) = source.doubtful.take() {
                source.give(line, &mut self.ready);
            }
        }
        !(self.due.is_empty() && self.ready.is_empty())
    }

    /// What is wrong if results are missing in the end.
    fn shortage(&self) -> Option<Error> {
        let missing = MissingResults { expected: self.expected, found: self.found() };
        let short = missing.found < missing.expected;
        let twice = self.sources.iter().any(|source| source.readings == READINGS);
        let message = if twice { format!("{missing}, read twice") } else { missing.to_string() };
        short.then(|| self.error(message).caused_by(missing))
    }

    fn error(&self, message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
        let error = Error::new(ErrorKind::Integrity, message).during("batch.jobs.results");
        error.about(format_args!("the results of job {}", self.job))
    }
}

impl Source {
    fn new(place: Place) -> Self {
        Self { place, readings: 0, before: None, given: 0, digest: crc32fast::Hasher::new(), doubtful: None }
    }

    /// Whether it may be read once more, and the retry budget pays for that.
    fn pays_for_another(&mut self) -> bool {
        // The second answer with results in it is not a download, and there is one a job at the most.
        self.readings < READINGS && self.before.as_mut().is_none_or(Download::pay_for_another)
    }

    /// Gives out a line, unless it is the last so far and cannot be read.
    fn take(&mut self, line: Line, ready: &mut VecDeque<ResultLine>) {
        if let Some(before) = self.doubtful.take() {
            self.give(before, ready);
        }
        match self.read(line.clone()) {
            Outcome::Unreadable(_) => self.doubtful = Some(line),
            outcome => self.note(&line, outcome, ready),
        }
    }

    fn give(&mut self, line: Line, ready: &mut VecDeque<ResultLine>) {
        let outcome = self.read(line.clone());
        self.note(&line, outcome, ready);
    }

    fn note(&mut self, line: &Line, outcome: Outcome, ready: &mut VecDeque<ResultLine>) {
        self.given += 1;
        note(&mut self.digest, line);
        let bytes = match line {
            Line::Whole { bytes, .. } => bytes.clone(),
            Line::TooLong { .. } => Bytes::new(),
        };
        ready.push_back(ResultLine { outcome, bytes });
    }

    fn read(&self, line: Line) -> Outcome {
        match &self.place {
            Place::Inline(_) => read(None, line),
            Place::File(file) => read(Some(file), line),
        }
    }
}

impl Open {
    async fn next(&mut self) -> Result<Option<Line>> {
        match &mut self.lines {
            OpenLines::File(lines) => lines.try_next().await,
            OpenLines::Inline(outputs, number) => Ok(outputs.next().map(|output| {
                *number += 1;
                Line::Whole { number: *number, bytes: Bytes::copy_from_slice(output.get().as_bytes()) }
            })),
        }
    }

    fn into_download(self) -> Option<Download> {
        match self.lines {
            OpenLines::File(lines) => Some(lines.into_inner()),
            OpenLines::Inline(..) => None,
        }
    }

    /// Whether the last line may lack its end.
    fn was_cut(&self) -> bool {
        match &self.lines {
            OpenLines::File(lines) => lines.ended_open(),
            OpenLines::Inline(..) => false,
        }
    }
}

/// A checksum is enough: where one in four thousand million changes passes, rows are missing or there twice in the end.
fn note(digest: &mut crc32fast::Hasher, line: &Line) {
    match line {
        Line::Whole { bytes, .. } => {
            digest.update(bytes);
            digest.update(b"\n");
        }
        Line::TooLong { length, .. } => digest.update(&length.to_le_bytes()),
    }
}

/// How many results a job must have by its own counts.
///
/// Failed requests need not have a line each where no file is named for them. A success without a single result is never
/// whole.
fn expected(job: &BatchJob) -> u64 {
    let failed = if job.error_file.is_some() { job.failed_requests } else { 0 };
    if job.status == BatchJobStatus::Success {
        let answered = job.total_requests.saturating_sub(job.failed_requests);
        return answered.saturating_add(failed).max(job.total_requests.min(1));
    }
    let succeeded = if job.output_file.is_some() { job.succeeded_requests } else { 0 };
    succeeded.saturating_add(failed)
}

fn may_go_better(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Interrupted | ErrorKind::Stalled | ErrorKind::Integrity)
}
