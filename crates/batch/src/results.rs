//! What became of the requests of a job.

use std::fmt;

use bytes::Bytes;
use futures_core::Stream;
use futures_util::stream;
use mistral_models::{BatchJob, BatchResult, FileId};
use mistral_transport::Result;

use crate::Jobs;
use crate::lines::Line;
use crate::reading::Reading;

/// What became of one request, or a line that does not say.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// A result, good or bad.
    Result(BatchResult),
    /// A line that is not a result; the others are not affected.
    Unreadable(UnreadableLine),
}

/// A line of results as it came, and what it says.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ResultLine {
    /// What became of the request.
    pub outcome: Outcome,
    /// The line, byte for byte and without its end, with whatever this version does not know. A result that came inline may have
    /// line ends between its tokens. Empty if it is too long to be kept.
    pub bytes: Bytes,
}

impl ResultLine {
    /// A line that says this.
    pub fn new(outcome: Outcome, bytes: impl Into<Bytes>) -> Self {
        Self { outcome, bytes: bytes.into() }
    }
}

/// A line of results that cannot be read.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct UnreadableLine {
    /// The file it stands in; `None` for inline results.
    pub file: Option<FileId>,
    /// Its number in the file, or its place among the inline results, counted from 1.
    pub line: u64,
    /// Its bytes as they came; empty if it is too long to be kept.
    pub bytes: Bytes,
    /// Why it cannot be read.
    pub reason: String,
}

impl UnreadableLine {
    /// A line, counted from 1, that cannot be read for this reason; of no file.
    pub fn new(line: u64, bytes: impl Into<Bytes>, reason: impl Into<String>) -> Self {
        Self { file: None, line, bytes: bytes.into(), reason: reason.into() }
    }
}

/// Why a job's results are not whole: the cause of an [`Integrity`](mistral_transport::ErrorKind::Integrity) error at the
/// end of [`Jobs::results`].
///
/// All results that are there were given before it. Which requests are without one is known to whoever has their ids.
///
/// ```
/// use std::error::Error as _;
/// use mistral_batch::MissingResults;
/// use mistral_transport::Error;
///
/// fn missing(error: &Error) -> Option<u64> {
///     let cause = error.source()?.downcast_ref::<MissingResults>()?;
///     Some(cause.expected - cause.found)
/// }
/// # let _ = missing;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissingResults {
    /// How many results there must be by the job's own counts.
    pub expected: u64,
    /// How many lines were there, readable or not.
    pub found: u64,
}

impl fmt::Display for MissingResults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { expected, found } = self;
        write!(f, "the job counts {expected} results, but {found} are there")
    }
}

impl std::error::Error for MissingResults {}

/// The inline results of the job if it carries any, otherwise those of its output file, then those of its error file.
///
/// A job that came with its results inline may name the files that hold the same ones.
pub(crate) fn results(jobs: Jobs, job: &BatchJob) -> impl Stream<Item = Result<ResultLine>> + Send + use<> {
    // After an error the rest would look like all there is.
    stream::unfold(Some(Reading::new(jobs, job)), |reading| async move {
        let mut reading = reading?;
        let next = reading.next().await?;
        let reading = next.is_ok().then_some(reading);
        Some((next, reading))
    })
}

/// Reads a line of `file`, or an inline result.
pub(crate) fn read(file: Option<&FileId>, line: Line) -> Outcome {
    match line {
        Line::Whole { number, bytes } => outcome(file, number, bytes),
        Line::TooLong { number, length } => Outcome::Unreadable(UnreadableLine {
            file: file.cloned(),
            line: number,
            bytes: Bytes::new(),
            reason: format!("{length} bytes are more than a line may have"),
        }),
    }
}

fn outcome(file: Option<&FileId>, line: u64, bytes: Bytes) -> Outcome {
    let unreadable = |reason: String| {
        Outcome::Unreadable(UnreadableLine { file: file.cloned(), line, bytes: bytes.clone(), reason })
    };
    // Checked once here, the text is not checked again string by string.
    match std::str::from_utf8(&bytes) {
        // A list would be read too, field by field.
        Ok(text) if !text.trim_ascii_start().starts_with('{') => unreadable("not a JSON object".to_owned()),
        Ok(text) => match serde_json::from_str(text) {
            Ok(result) => Outcome::Result(result),
            Err(error) => unreadable(error.to_string()),
        },
        Err(error) => unreadable(format!("not UTF-8 at byte {}", error.valid_up_to())),
    }
}
