use std::io;
use std::sync::Arc;

use mistral_models::{CreateBatchJob, RawJson};

use super::input::{Lines, Position};
use super::job::Job;
use crate::store::Content;

/// What has to be read from disk to answer a job, decided while the job is locked and read after.
pub(super) struct Outputs(Option<Vec<Arc<Content>>>);

impl Outputs {
    /// Results come along when they are asked for, and unasked when the job was created inline: the official examples
    /// read them without asking.
    ///
    /// A job that has not ended has none. More than 10,000, the most an inline job can have, are not answered inline.
    pub(super) fn of(job: &Job, inline: Option<bool>) -> Self {
        let few = job.succeeded + job.failed <= CreateBatchJob::MAX_INLINE_REQUESTS as u64;
        let wanted = inline.unwrap_or(job.inline) && job.status.is_final() && few;
        Self(wanted.then(|| job.results.clone()))
    }

    pub(super) fn read(self) -> io::Result<Option<Vec<RawJson>>> {
        let Some(contents) = self.0 else { return Ok(None) };
        let mut outputs = Vec::new();
        let mut lines = Lines::new(&contents, Position::default());
        while let Some(line) = lines.next()? {
            outputs.push(serde_json::from_slice(&line.bytes)?);
        }
        Ok(Some(outputs))
    }
}
