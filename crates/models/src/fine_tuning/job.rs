use serde::{Deserialize, Serialize};

use crate::constant::constant;
use crate::open_enum::open_enum;
use crate::{FileId, FineTuningJobId, ModelId, UnixTime, null};

use super::training_file;
use super::{
    Checkpoint, ClassifierTarget, FineTuningEvent, FineTuningJobMetadata, Hyperparameters, JobIntegration,
    JobRepository,
};

constant!(JobObject = "job");

open_enum! {
    /// What a fine-tuning job makes. Jobs from before there were classifiers say `FT`, which stays an unknown value.
    FineTuningJobType {
        /// A model that continues texts and conversations.
        Completion = "completion",
        /// A model that labels texts and conversations.
        Classifier = "classifier",
    }
}

open_enum! {
    /// Where a fine-tuning job stands.
    FineTuningJobStatus {
        /// Waiting for its turn.
        Queued = "QUEUED",
        /// Begun.
        Started = "STARTED",
        /// Its data is being looked at.
        Validating = "VALIDATING",
        /// Its data is good and its cost estimated. Without `auto_start` it waits here to be started.
        Validated = "VALIDATED",
        /// Training.
        Running = "RUNNING",
        /// Its data cannot be trained on.
        FailedValidation = "FAILED_VALIDATION",
        /// Something went wrong.
        Failed = "FAILED",
        /// Finished: the model is there.
        Success = "SUCCESS",
        /// Cancelled.
        Cancelled = "CANCELLED",
        /// About to be cancelled.
        CancellationRequested = "CANCELLATION_REQUESTED",
    }
}

impl FineTuningJobStatus {
    /// Whether the job has reached its end.
    ///
    /// A status this version does not know counts as still moving: waiting too long is stopped by the wait's own limit.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::FailedValidation | Self::Failed | Self::Success | Self::Cancelled)
    }
}

/// A fine-tuning job.
///
/// One type for the items of a list and for a job with its details: [`events`](Self::events),
/// [`checkpoints`](Self::checkpoints) and [`classifier_targets`](Self::classifier_targets) are empty where the answer has
/// none.
///
/// ```
/// use mistral_models::FineTuningJob;
///
/// let job: FineTuningJob = serde_json::from_str(
///     r#"{"id": "3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11", "model": "ministral-8b-latest", "status": "RUNNING", "created_at": 1,
///         "modified_at": 2, "checkpoints": [{"step_number": 10, "metrics": {"train_loss": 1.25}, "created_at": 2}]}"#,
/// )?;
/// assert!(!job.status.is_final());
/// assert_eq!(job.checkpoints[0].metrics.train_loss, Some(1.25));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FineTuningJob {
    /// Names the job in every other call.
    pub id: FineTuningJobId,
    #[serde(default)]
    object: JobObject,
    /// What it makes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_type: Option<FineTuningJobType>,
    /// Whether it goes on by itself once it is validated; false if the answer does not say.
    #[serde(default, deserialize_with = "null::as_default")]
    pub auto_start: bool,
    /// The model it starts from.
    pub model: ModelId,
    /// Where it stands.
    pub status: FineTuningJobStatus,
    /// When it was created.
    pub created_at: UnixTime,
    /// When it was changed last.
    pub modified_at: UnixTime,
    /// The files it trains on; ids alone, the weights are not answered.
    #[serde(default, deserialize_with = "training_file::ids")]
    pub training_files: Vec<FileId>,
    /// The files it is measured on.
    #[serde(default, deserialize_with = "null::as_default")]
    pub validation_files: Vec<FileId>,
    /// How it trains.
    #[serde(default, deserialize_with = "null::as_default")]
    pub hyperparameters: Hyperparameters,
    /// The model it made; `None` until there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fine_tuned_model: Option<ModelId>,
    /// What the creator wanted in the name of the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suffix: Option<String>,
    /// Where it reports to.
    #[serde(default, deserialize_with = "null::as_default")]
    pub integrations: Vec<JobIntegration>,
    /// How many tokens it has trained on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trained_tokens: Option<u64>,
    /// What it is expected to take; `None` until that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<FineTuningJobMetadata>,
    /// The repositories it trains on.
    #[serde(default, deserialize_with = "null::as_default")]
    pub repositories: Vec<JobRepository>,
    /// What happened to it, newest first; only with its details.
    #[serde(default, deserialize_with = "null::as_default")]
    pub events: Vec<FineTuningEvent>,
    /// Its checkpoints, newest first; only with its details.
    #[serde(default, deserialize_with = "null::as_default")]
    pub checkpoints: Vec<Checkpoint>,
    /// What the classifier decides; only with the details of a classifier.
    #[serde(default, deserialize_with = "null::as_default")]
    pub classifier_targets: Vec<ClassifierTarget>,
}

impl FineTuningJob {
    /// A job as it would be answered, for tests and servers of your own: queued and without data; every field is public.
    pub fn new(
        id: impl Into<FineTuningJobId>,
        job_type: impl Into<FineTuningJobType>,
        model: impl Into<ModelId>,
        created_at: UnixTime,
    ) -> Self {
        Self {
            id: id.into(),
            object: JobObject,
            job_type: Some(job_type.into()),
            auto_start: false,
            model: model.into(),
            status: FineTuningJobStatus::Queued,
            created_at,
            modified_at: created_at,
            training_files: Vec::new(),
            validation_files: Vec::new(),
            hyperparameters: Hyperparameters::default(),
            fine_tuned_model: None,
            suffix: None,
            integrations: Vec::new(),
            trained_tokens: None,
            metadata: None,
            repositories: Vec::new(),
            events: Vec::new(),
            checkpoints: Vec::new(),
            classifier_targets: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_four_final_statuses_are_final() {
        let last: Vec<_> =
            FineTuningJobStatus::KNOWN.iter().filter(|status| status.is_final()).map(|s| s.as_str()).collect();
        assert_eq!(last, ["FAILED_VALIDATION", "FAILED", "SUCCESS", "CANCELLED"]);
        assert!(!FineTuningJobStatus::from("PAUSED").is_final());
    }

    #[test]
    fn a_job_of_the_first_generation_keeps_its_type() {
        let job: FineTuningJob = serde_json::from_str(
            r#"{"id": "j", "job_type": "FT", "auto_start": true, "model": "m", "status": "QUEUED", "created_at": 1,
                "modified_at": 1, "training_files": [{"file_id": "f", "weight": 1}, "g"], "hyperparameters": {}}"#,
        )
        .unwrap();
        assert_eq!(job.job_type, Some(FineTuningJobType::Unknown("FT".into())));
        assert_eq!(job.training_files, [FileId::from("f"), FileId::from("g")]);
    }
}
