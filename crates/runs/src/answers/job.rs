use std::io::Write;
use std::path::Path;
use std::pin::pin;

use futures_core::Stream;
use futures_util::StreamExt as _;
use mistral_batch::{Outcome, ResultLine};
use mistral_models::{BatchEndpoint, CreateBatchJob};
use mistral_transport::Result;
use serde::{Deserialize, Serialize};

use super::cursor::Cursor;
use super::{Cause, Causes};
use crate::blocking::{blocking, unwritable};
use crate::cut_off::is_cut_off;
use crate::join::{self, join, missing_results};
use crate::rows::Source;
use crate::{Class, Input, Limits, Spec, Tally, Usage, plan};

/// What came of the requests of one job that no run has made, such as one of another program.
///
/// ```no_run
/// use mistral_batch::Jobs;
/// use mistral_models::BatchJob;
/// use mistral_runs::{Input, JobReport};
///
/// # async fn demo(jobs: Jobs, job: BatchJob) -> mistral_transport::Result<()> {
/// let mut answers = Vec::new();
/// let results = jobs.result_lines(&job);
/// let why = "the job does not mention this request";
/// let report = JobReport::in_order_of(Input::file("questions.jsonl"), results, why, &mut answers).await?;
/// println!("{} answered, {} failed", report.tally.succeeded, report.tally.failed);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct JobReport {
    /// What became of the requests.
    pub tally: Tally,
    /// Failures by cause, the most frequent first; a hundred at the most.
    pub causes: Vec<Cause>,
    /// Requests that failed of further causes.
    pub other_causes: u64,
    /// What the answers say they used.
    pub usage: Usage,
    /// What is wrong with the results as a whole, in words.
    pub remarks: Vec<String>,
}

/// Bytes that are read before they are written.
const CHUNK: usize = 256 << 10;

impl JobReport {
    /// Writes the results in the order of the input the job was made from, as JSON lines, one for each request. A request
    /// without a result gets a line that says `why_missing`.
    ///
    /// `out` is written to by whoever awaits this: a file or standard output, not a pipe that nobody reads for long.
    ///
    /// # Errors
    ///
    /// [`BadInput`](mistral_transport::ErrorKind::BadInput) for an input with problems
    /// ([`InvalidInput`](crate::InvalidInput) is the cause then), whatever ends the results early, and
    /// [`LocalIo`](mistral_transport::ErrorKind::LocalIo) for what cannot be read or written. Results that are missing for good
    /// are no error.
    pub async fn in_order_of(
        input: Input,
        results: impl Stream<Item = Result<ResultLine>>,
        why_missing: impl Into<String>,
        out: &mut (impl Write + ?Sized),
    ) -> Result<Self> {
        let folder = blocking(|| tempfile::tempdir().map_err(|error| unwritable(&std::env::temp_dir(), error))).await?;
        let (files, names): (Vec<_>, Vec<_>) =
            input.into_files(folder.path()).await?.into_iter().map(|file| (file.path, file.name)).unzip();
        let source = Source { files: files.into(), folder: folder.path().into(), generate_ids: false };
        let of = source.clone();
        let parts = blocking(move || plan::read(&of, &names, &whole())).await?.parts;
        let (mut report, mut causes) = (Self::default(), Causes::default());
        if let Some(part) = parts.first() {
            let joined = join(&source, part, results, why_missing.into(), None).await?;
            (report.tally, report.usage, report.remarks) = (joined.tally, joined.usage, joined.remarks);
        }
        let folder = source.folder.clone();
        let mut cursor = Some(blocking(move || Cursor::new(&folder, parts)).await?);
        while let Some(mut reading) = cursor.take() {
            let (lines, ahead);
            (reading, causes, lines, ahead) = blocking(move || {
                let (mut lines, mut causes) = (Vec::with_capacity(CHUNK), causes);
                while let Some(head) = reading.head.as_ref().filter(|_| lines.len() < CHUNK) {
                    let class = head.class.unwrap_or(Class::Missing);
                    if class != Class::Succeeded {
                        causes.count(class, head.row, &head.line);
                    }
                    lines.extend_from_slice(&head.line);
                    reading.advance()?;
                }
                let ahead = reading.head.is_some();
                Ok((reading, causes, lines, ahead))
            })
            .await?;
            out.write_all(&lines).map_err(failed)?;
            cursor = ahead.then_some(reading);
        }
        (report.causes, report.other_causes) = causes.sorted();
        Ok(report)
    }

    /// Writes the results as they come, as JSON lines. What has no result is not known then; `out` is as for
    /// [`in_order_of`](Self::in_order_of).
    ///
    /// # Errors
    ///
    /// Whatever ends the results early, and [`LocalIo`](mistral_transport::ErrorKind::LocalIo) if `out` cannot be written.
    pub async fn as_they_come(
        results: impl Stream<Item = Result<ResultLine>>,
        out: &mut (impl Write + ?Sized),
    ) -> Result<Self> {
        let (mut report, mut causes, mut line) = (Self::default(), Causes::default(), Vec::new());
        let (mut results, mut row) = (pin!(results), 0);
        while let Some(found) = results.next().await {
            let (outcome, bytes) = match found {
                Ok(found) => (Ok(found.outcome), found.bytes),
                Err(error) => (Err(error), Default::default()),
            };
            match outcome {
                Ok(Outcome::Result(result)) => {
                    let body = result.body().map(|body| body.get()).unwrap_or_default();
                    let class = Class::of(&result, is_cut_off(body));
                    report.usage += Usage::read(body).unwrap_or_default();
                    report.tally.count(class);
                    join::copy(&bytes, &mut line);
                    if class != Class::Succeeded {
                        causes.count(class, row, &line);
                    }
                    out.write_all(&line).map_err(failed)?;
                    row += 1;
                }
                Ok(Outcome::Unreadable(unreadable)) => {
                    report.tally.unreadable_lines += 1;
                    if report.remarks.is_empty() {
                        report.remarks.push(join::told(&unreadable));
                    }
                }
                Err(error) => match missing_results(&error) {
                    Some(missing) => report.remarks.push(missing.to_string()),
                    None => return Err(error),
                },
            }
        }
        (report.causes, report.other_causes) = causes.sorted();
        Ok(report)
    }
}

/// A run in one part, whatever the input names as models.
fn whole() -> Spec {
    let mut limits = Limits::default().inline_rows(0);
    (limits.part_rows, limits.part_bytes, limits.pending) = (u64::MAX, u64::MAX, u64::MAX);
    Spec::new(CreateBatchJob::new(BatchEndpoint::ChatCompletions).model("any")).limits(limits)
}

fn failed(error: std::io::Error) -> mistral_transport::Error {
    unwritable(Path::new("the output"), error)
}
