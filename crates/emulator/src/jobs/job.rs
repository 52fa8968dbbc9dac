use std::sync::Arc;
use std::time::Duration;

use mistral_models::{AgentId, BatchEndpoint, BatchError, BatchJob, BatchJobId, BatchJobStatus, FileId, ModelId};
use serde_json::{Map, Value};

use super::run::Run;
use crate::auth::Owner;
use crate::clock::unix_time;
use crate::json::with_nulls;
use crate::store::Content;

/// A batch job: what was asked for, and how far it has come.
pub(crate) struct Job {
    pub(super) id: BatchJobId,
    pub(super) owner: Owner,
    pub(super) endpoint: BatchEndpoint,
    pub(super) model: Option<ModelId>,
    pub(super) agent_id: Option<AgentId>,
    pub(super) metadata: Option<Map<String, Value>>,
    /// The files by name; empty if the requests came inline.
    pub(super) input_files: Vec<FileId>,
    /// What is in them. Held until the job has ended, so that deleting a file does not stop a job.
    pub(super) input: Vec<Arc<Content>>,
    pub(super) inline: bool,
    pub(super) created: Duration,
    pub(super) timeout: Duration,
    pub(super) cancel_requested: Option<Duration>,

    pub(super) status: BatchJobStatus,
    pub(super) started: Option<Duration>,
    pub(super) ended: Option<Duration>,
    /// Counted when the input is read; until then what the files say.
    pub(super) total: Option<u64>,
    pub(super) succeeded: u64,
    pub(super) failed: u64,
    pub(super) errors: Vec<BatchError>,
    pub(super) run: Option<Run>,
    pub(super) output_file: Option<FileId>,
    pub(super) error_file: Option<FileId>,
    /// What was written, for answering it inline.
    pub(super) results: Vec<Arc<Content>>,
}

impl Job {
    /// How many requests are waiting or at work.
    pub(super) fn pending(&self) -> u64 {
        if self.status.is_final() {
            return 0;
        }
        let total = self.total.unwrap_or_else(|| self.input.iter().map(|content| content.lines()).sum());
        total.saturating_sub(self.succeeded + self.failed)
    }

    /// The job as the service writes it, without outputs.
    pub(super) fn view(&self) -> Value {
        let mut job = BatchJob::new(self.id.clone(), self.endpoint.clone(), unix_time(self.created));
        job.input_files.clone_from(&self.input_files);
        job.metadata.clone_from(&self.metadata);
        job.model.clone_from(&self.model);
        job.agent_id.clone_from(&self.agent_id);
        job.output_file.clone_from(&self.output_file);
        job.error_file.clone_from(&self.error_file);
        job.errors.clone_from(&self.errors);
        job.status = self.status.clone();
        job.total_requests = self.total.unwrap_or(0);
        job.completed_requests = self.succeeded + self.failed;
        job.succeeded_requests = self.succeeded;
        job.failed_requests = self.failed;
        job.started_at = self.started.map(unix_time);
        job.completed_at = self.ended.map(unix_time);
        with_nulls(
            &job,
            &["metadata", "model", "agent_id", "output_file", "error_file", "outputs", "started_at", "completed_at"],
        )
    }
}
