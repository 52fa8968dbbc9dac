use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{FineTuningJobStatus, UnixTime, null};

/// Something that happened to a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FineTuningEvent {
    /// What kind of thing, such as `status-updated`.
    pub name: String,
    /// What is to be said of it, such as `{"status": "RUNNING"}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
    /// When it happened.
    pub created_at: UnixTime,
}

impl FineTuningEvent {
    /// The name of an event that tells of a new status.
    pub const STATUS_UPDATED: &'static str = "status-updated";

    /// An event, for tests and servers of your own.
    pub fn new(name: impl Into<String>, data: Option<Value>, created_at: UnixTime) -> Self {
        Self { name: name.into(), data, created_at }
    }

    /// The status the event tells of, if it does.
    pub fn status(&self) -> Option<FineTuningJobStatus> {
        self.data.as_ref()?.get("status")?.as_str().map(FineTuningJobStatus::from)
    }

    /// The mistake the event tells of, in the service's words, if it does.
    pub fn error(&self) -> Option<&str> {
        self.data.as_ref()?.get("error")?.as_str()
    }
}

/// The state of a model in the middle of its training; made about every tenth of the steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Checkpoint {
    /// How well it did.
    #[serde(default, deserialize_with = "null::as_default")]
    pub metrics: Metrics,
    /// After how many steps.
    pub step_number: u64,
    /// When it was made.
    pub created_at: UnixTime,
}

impl Checkpoint {
    /// A checkpoint, for tests and servers of your own.
    pub fn new(step_number: u64, metrics: Metrics, created_at: UnixTime) -> Self {
        Self { metrics, step_number, created_at }
    }
}

/// How well a model does in the middle of its training. What was not measured is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Metrics {
    /// The loss on the training data; smaller is better.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train_loss: Option<f64>,
    /// The loss on the validation data; smaller is better.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_loss: Option<f64>,
    /// The mean of the accuracy per token on the validation data. Values above 1 have been seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_mean_token_accuracy: Option<f64>,
}

impl Metrics {
    /// The loss on the training data.
    pub fn train_loss(mut self, loss: f64) -> Self {
        self.train_loss = Some(loss);
        self
    }

    /// The loss on the validation data.
    pub fn valid_loss(mut self, loss: f64) -> Self {
        self.valid_loss = Some(loss);
        self
    }

    /// The mean of the accuracy per token on the validation data.
    pub fn valid_mean_token_accuracy(mut self, accuracy: f64) -> Self {
        self.valid_mean_token_accuracy = Some(accuracy);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_tells_of_a_status_or_an_error_only_if_it_has_one() {
        let event = |data| FineTuningEvent::new("status-updated", data, UnixTime::from_secs(0));
        let failed = event(Some(serde_json::json!({"status": "FAILED_VALIDATION", "error": "line 3"})));
        assert_eq!(failed.status(), Some(FineTuningJobStatus::FailedValidation));
        assert_eq!(failed.error(), Some("line 3"));
        for data in [None, Some(Value::Null), Some(serde_json::json!([1])), Some(serde_json::json!({"status": 3}))] {
            let event = event(data);
            assert_eq!((event.status(), event.error()), (None, None));
        }
    }
}
