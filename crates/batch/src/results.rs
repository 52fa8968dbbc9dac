//! What became of the requests of a job.

use bytes::Bytes;
use futures_core::Stream;
use futures_util::{StreamExt as _, stream};
use mistral_models::{BatchJob, BatchJobId, BatchJobStatus, BatchResult, FileId, GetBatchJob};
use mistral_transport::{Call, Download, Error, ErrorKind, Result, Transport};

use crate::Jobs;
use crate::lines::{Line, Lines};

/// What became of one request, or a line that does not say.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// A result, good or bad.
    Result(BatchResult),
    /// A line that is not a result; the others are not affected.
    Unreadable(UnreadableLine),
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

/// The inline results of the job if it carries any, otherwise those of its output file, then those of its error file.
///
/// A job that came with its results inline may name the files that hold the same ones.
pub(crate) fn results(jobs: Jobs, job: &BatchJob) -> impl Stream<Item = Result<Outcome>> + Send + use<> {
    let inline = inline(job);
    let files: Vec<FileId> = job.output_file.iter().chain(&job.error_file).cloned().collect();
    let transport = jobs.transport().clone();
    let found = if !inline.is_empty() {
        stream::iter(inline).boxed()
    } else if !files.is_empty() {
        stream::iter(files).flat_map(move |file| in_file(transport.clone(), file)).boxed()
    } else if job.status == BatchJobStatus::Success && job.total_requests > 0 {
        let id = job.id.clone();
        stream::once(asked(jobs, id))
            .flat_map(|outcomes| stream::iter(outcomes.unwrap_or_else(|error| vec![Err(error)])))
            .boxed()
    } else {
        stream::empty().boxed()
    };
    let mut failed = false;
    // After an error the rest would look like all there is.
    found.take_while(move |item| {
        let go_on = !failed;
        failed = item.is_err();
        std::future::ready(go_on)
    })
}

fn inline(job: &BatchJob) -> Vec<Result<Outcome>> {
    let outputs = job.outputs.iter().flatten().zip(1..);
    outputs.map(|(output, line)| Ok(outcome(None, line, Bytes::copy_from_slice(output.get().as_bytes())))).collect()
}

/// The results of a job that came without any, asked for inline.
async fn asked(jobs: Jobs, id: BatchJobId) -> Result<Vec<Result<Outcome>>> {
    let job = jobs.get_with(&id, &GetBatchJob::default().inline(true)).await?;
    let outcomes = inline(&job);
    if outcomes.is_empty() {
        let message = format!("the job ended {} with {} requests, but has no results", job.status, job.total_requests);
        return Err(Error::new(ErrorKind::Integrity, message).during("batch.jobs.results"));
    }
    Ok(outcomes)
}

fn in_file(transport: Transport, file: FileId) -> impl Stream<Item = Result<Outcome>> + Send {
    stream::once(open(transport, file.clone())).flat_map(move |opened| match opened {
        Ok(lines) => {
            let file = file.clone();
            lines.map(move |line| line.map(|line| read(&file, line))).boxed()
        }
        Err(error) => stream::iter([Err(error)]).boxed(),
    })
}

async fn open(transport: Transport, file: FileId) -> Result<Lines<Download>> {
    let path = ["v1", "files", file.as_str(), "content"];
    let call = Call::get("files.download", &path).checked(file.check()).bytes();
    transport.download(call).await.map(Lines::new)
}

fn read(file: &FileId, line: Line) -> Outcome {
    match line {
        Line::Whole { number, bytes } => outcome(Some(file), number, bytes),
        Line::TooLong { number, length } => Outcome::Unreadable(UnreadableLine {
            file: Some(file.clone()),
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
