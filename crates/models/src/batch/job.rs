use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::constant::constant;
use crate::open_enum::open_enum;
use crate::{AgentId, BatchEndpoint, BatchJobId, FileId, ModelId, RawJson, UnixTime, null};

constant!(BatchObject = "batch");

open_enum! {
    /// Where a batch job stands.
    BatchJobStatus {
        /// Waiting for its turn.
        Queued = "QUEUED",
        /// Being worked on.
        Running = "RUNNING",
        /// Finished; single requests may have failed all the same.
        Success = "SUCCESS",
        /// Could not be worked on.
        Failed = "FAILED",
        /// Ran out of its `timeout_hours`; results so far are kept.
        TimeoutExceeded = "TIMEOUT_EXCEEDED",
        /// About to be cancelled.
        CancellationRequested = "CANCELLATION_REQUESTED",
        /// Cancelled; results so far are kept.
        Cancelled = "CANCELLED",
    }
}

impl BatchJobStatus {
    /// Whether the job has reached its end.
    ///
    /// A status this version does not know counts as still moving: stopping to wait for a job that goes on loses its
    /// results, while waiting too long is stopped by the wait's own limit.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Success | Self::Failed | Self::TimeoutExceeded | Self::Cancelled)
    }
}

/// A batch job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchJob {
    /// Names the job in every other call.
    pub id: BatchJobId,
    #[serde(default)]
    object: BatchObject,
    /// The files its requests came from; empty if they came inline.
    #[serde(default, deserialize_with = "null::as_default")]
    pub input_files: Vec<FileId>,
    /// What the creator noted; strings when it was created, anything in the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
    /// The endpoint every request goes to.
    pub endpoint: BatchEndpoint,
    /// The model every request goes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelId>,
    /// The agent in place of the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// The results; `None` until there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_file: Option<FileId>,
    /// The requests that failed; `None` if there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_file: Option<FileId>,
    /// What went wrong, summed up by message.
    #[serde(default, deserialize_with = "null::as_default")]
    pub errors: Vec<BatchError>,
    /// The results themselves, when asked for inline; each reads like a line of the output file
    /// ([`BatchResult`](crate::BatchResult)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outputs: Option<Vec<RawJson>>,
    /// Where the job stands.
    pub status: BatchJobStatus,
    /// When it was created.
    pub created_at: UnixTime,
    /// How many requests it has; 0 until the input has been read.
    #[serde(default, deserialize_with = "null::as_default")]
    pub total_requests: u64,
    /// How many are done, well or not.
    #[serde(default, deserialize_with = "null::as_default")]
    pub completed_requests: u64,
    /// How many went well.
    #[serde(default, deserialize_with = "null::as_default")]
    pub succeeded_requests: u64,
    /// How many failed.
    #[serde(default, deserialize_with = "null::as_default")]
    pub failed_requests: u64,
    /// When work on it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<UnixTime>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<UnixTime>,
}

impl BatchJob {
    /// A job as it would be answered, for tests and servers of your own: queued and empty; every field is public.
    pub fn new(id: impl Into<BatchJobId>, endpoint: impl Into<BatchEndpoint>, created_at: UnixTime) -> Self {
        Self {
            id: id.into(),
            object: BatchObject,
            input_files: Vec::new(),
            metadata: None,
            endpoint: endpoint.into(),
            model: None,
            agent_id: None,
            output_file: None,
            error_file: None,
            errors: Vec::new(),
            outputs: None,
            status: BatchJobStatus::Queued,
            created_at,
            total_requests: 0,
            completed_requests: 0,
            succeeded_requests: 0,
            failed_requests: 0,
            started_at: None,
            completed_at: None,
        }
    }

    /// How many requests are done, well or not, whichever count is ahead.
    pub fn done_requests(&self) -> u64 {
        self.completed_requests.max(self.succeeded_requests.saturating_add(self.failed_requests))
    }
}

/// One kind of failure in a batch job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BatchError {
    /// What went wrong.
    pub message: String,
    /// How many requests it happened to; 1 if the answer does not say.
    #[serde(default = "one", deserialize_with = "null::as_one")]
    pub count: u64,
}

impl BatchError {
    /// A failure that happened to `count` requests.
    pub fn new(message: impl Into<String>, count: u64) -> Self {
        Self { message: message.into(), count }
    }
}

fn one() -> u64 {
    1
}

/// What to answer about one job.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GetBatchJob {
    /// Whether the results come along in [`BatchJob::outputs`]; `None` does not ask.
    pub inline: Option<bool>,
}

impl GetBatchJob {
    /// Whether the results come along in [`BatchJob::outputs`].
    pub fn inline(mut self, inline: bool) -> Self {
        self.inline = Some(inline);
        self
    }
}

/// The answer to a job's deletion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeletedBatchJob {
    /// The job that was asked about.
    pub id: BatchJobId,
    #[serde(default)]
    object: BatchObject,
    /// Whether it is gone; true if the answer does not say.
    #[serde(default = "null::yes", deserialize_with = "null::as_true")]
    pub deleted: bool,
}

impl DeletedBatchJob {
    /// The answer that `id` is gone.
    pub fn new(id: impl Into<BatchJobId>) -> Self {
        Self { id: id.into(), object: BatchObject, deleted: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_four_final_statuses_are_final() {
        let last: Vec<_> =
            BatchJobStatus::KNOWN.iter().filter(|status| status.is_final()).map(|s| s.as_str()).collect();
        assert_eq!(last, ["SUCCESS", "FAILED", "TIMEOUT_EXCEEDED", "CANCELLED"]);
        assert!(!BatchJobStatus::from("PAUSED").is_final());
    }
}
