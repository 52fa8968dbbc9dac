use std::io;
use std::sync::Arc;

use http::Response;
use mistral_models::{CreateBatchJob, RawJson};
use serde::Serialize;
use serde_json::{Map, Value};

use super::input::{Lines, Position};
use super::job::Job;
use crate::Body;
use crate::error::{ApiError, ok};
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

    /// The answer: the job, and the outputs as they stand in their files, because a number need not fit ours.
    pub(super) fn added_to(self, mut view: Value) -> Result<Response<Body>, ApiError> {
        match (self.0, view.as_object_mut()) {
            (Some(contents), Some(job)) => {
                job.remove("outputs");
                Ok(ok(&WithOutputs { job, outputs: read(contents)? }))
            }
            _ => Ok(ok(&view)),
        }
    }
}

#[derive(Serialize)]
struct WithOutputs<'a> {
    #[serde(flatten)]
    job: &'a Map<String, Value>,
    outputs: Vec<RawJson>,
}

fn read(contents: Vec<Arc<Content>>) -> io::Result<Vec<RawJson>> {
    let mut outputs = Vec::new();
    let mut lines = Lines::new(contents, Position::default());
    while let Some(line) = lines.next()? {
        outputs.push(serde_json::from_slice(&line.bytes)?);
    }
    Ok(outputs)
}
