use serde::{Deserialize, Serialize};

use crate::constant::constant;
use crate::{UnixTime, null};

constant!(MetadataObject = "job.metadata");

/// What a job will take, as the service estimates it; filled in by the time the job is validated.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FineTuningJobMetadata {
    /// How long the training will last, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_duration_seconds: Option<u64>,
    /// What it will cost, in [`cost_currency`](Self::cost_currency).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// The currency, such as `EUR`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_currency: Option<String>,
    /// Tokens trained on in one step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train_tokens_per_step: Option<u64>,
    /// Tokens trained on in all steps together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train_tokens: Option<u64>,
    /// Tokens in the training data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_tokens: Option<u64>,
    /// When the training is expected to begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_start_time: Option<UnixTime>,
}

/// The answer to a dry run: what the job would take, without a job.
///
/// The API calls it legacy metadata and has announced that it will go. A job created with `auto_start: false` shows the
/// same estimate in [`FineTuningJob::metadata`](crate::FineTuningJob::metadata) once it is validated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DryRun {
    /// The numbers.
    #[serde(flatten)]
    pub estimate: FineTuningJobMetadata,
    #[serde(default)]
    object: MetadataObject,
    /// Whether the API means to stop answering this; true if the answer does not say.
    #[serde(default = "null::yes", deserialize_with = "null::as_true")]
    pub deprecated: bool,
    /// The estimate in the service's own words.
    pub details: String,
    /// How often the data would be gone through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epochs: Option<f64>,
    /// How many steps it would take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training_steps: Option<u64>,
}

impl DryRun {
    /// An estimate in these words, for tests and servers of your own; every field is public.
    pub fn new(details: impl Into<String>, estimate: FineTuningJobMetadata) -> Self {
        Self {
            estimate,
            object: MetadataObject,
            deprecated: true,
            details: details.into(),
            epochs: None,
            training_steps: None,
        }
    }
}
