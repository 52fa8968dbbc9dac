//! What became of the requests of a job.

use bytes::Bytes;
use futures_core::Stream;
use futures_util::{StreamExt as _, stream};
use mistral_models::{BatchJob, BatchResult, FileId};
use mistral_transport::{Call, Download, Result, Transport};

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
pub(crate) fn results(transport: Transport, job: &BatchJob) -> impl Stream<Item = Result<Outcome>> + Send + use<> {
    let inline = job
        .outputs
        .iter()
        .flatten()
        .zip(1..)
        .map(|(output, line)| Ok(outcome(None, line, Bytes::copy_from_slice(output.get().as_bytes()))));
    let inline: Vec<_> = inline.collect();
    let files = job.output_file.iter().chain(&job.error_file).filter(|_| inline.is_empty());
    let files: Vec<FileId> = files.cloned().collect();
    let files = stream::iter(files).flat_map(move |file| {
        let transport = transport.clone();
        stream::once(open(transport, file.clone())).flat_map(move |opened| match opened {
            Ok(lines) => {
                let file = file.clone();
                lines.map(move |line| line.map(|line| read(&file, line))).boxed()
            }
            Err(error) => stream::iter([Err(error)]).boxed(),
        })
    });
    let mut failed = false;
    // After an error the rest would look like all there is.
    stream::iter(inline).chain(files).take_while(move |item| {
        let go_on = !failed;
        failed = item.is_err();
        std::future::ready(go_on)
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
        Ok(text) => match serde_json::from_str(text) {
            Ok(result) => Outcome::Result(result),
            Err(error) => unreadable(error.to_string()),
        },
        Err(error) => unreadable(format!("not UTF-8 at byte {}", error.valid_up_to())),
    }
}
