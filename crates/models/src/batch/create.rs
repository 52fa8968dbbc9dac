use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{AgentId, BatchEndpoint, BatchRequest, FileId, Invalid, ModelId};

/// A batch job to be created: one endpoint, one model, and requests from files or inline.
///
/// ```
/// use mistral_models::{BatchEndpoint, BatchRequest, CreateBatchJob};
///
/// let job = CreateBatchJob::new(BatchEndpoint::Embeddings)
///     .model("mistral-embed")
///     .request(BatchRequest::new("first", &serde_json::json!({"input": "one string"}))?)
///     .metadata("team", "blue");
/// job.check()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreateBatchJob {
    /// The endpoint every request goes to.
    pub endpoint: BatchEndpoint,
    /// Uploaded JSONL files with the requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_files: Option<Vec<FileId>>,
    /// The requests themselves, at most 10,000, in place of files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<Vec<BatchRequest>>,
    /// The model every request goes to; `model` inside a request's body is then optional.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelId>,
    /// An agent of the deprecated agents API, in place of a model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// Notes to find the job by: keys of 1 to 32 characters, values of 1 to 512.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BTreeMap<String, String>>,
    /// Hours until the service gives up, 1 to 168. 24 unless set, which is sent as the official clients do; `None` sends
    /// nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_hours: Option<u32>,
}

impl CreateBatchJob {
    /// The most requests the API takes inline.
    pub const MAX_INLINE_REQUESTS: usize = 10_000;

    /// A job for `endpoint`, with no requests yet.
    pub fn new(endpoint: impl Into<BatchEndpoint>) -> Self {
        Self {
            endpoint: endpoint.into(),
            input_files: None,
            requests: None,
            model: None,
            agent_id: None,
            metadata: None,
            timeout_hours: Some(24),
        }
    }

    /// Requests from this uploaded file too; call it again for more.
    pub fn input_file(mut self, id: impl Into<FileId>) -> Self {
        self.input_files.get_or_insert_default().push(id.into());
        self
    }

    /// This request too, inline.
    pub fn request(mut self, request: BatchRequest) -> Self {
        self.requests.get_or_insert_default().push(request);
        self
    }

    /// These requests too, inline.
    pub fn requests(mut self, requests: impl IntoIterator<Item = BatchRequest>) -> Self {
        self.requests.get_or_insert_default().extend(requests);
        self
    }

    /// The model every request goes to.
    pub fn model(mut self, model: impl Into<ModelId>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// An agent of the deprecated agents API, in place of a model.
    pub fn agent_id(mut self, agent: impl Into<AgentId>) -> Self {
        self.agent_id = Some(agent.into());
        self
    }

    /// One note to find the job by; call it again for more.
    pub fn metadata(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.get_or_insert_default().insert(key.into(), value.into());
        self
    }

    /// Hours until the service gives up, 1 to 168.
    pub fn timeout_hours(mut self, hours: u32) -> Self {
        self.timeout_hours = Some(hours);
        self
    }

    /// Tells before sending what the API would refuse.
    ///
    /// What no document says is left to the service: both files and inline requests, neither model nor agent.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for a timeout outside 1 to 168 hours, more than [10,000](Self::MAX_INLINE_REQUESTS) inline requests,
    /// or metadata whose key is not 1 to 32 or whose value is not 1 to 512 characters long.
    pub fn check(&self) -> Result<(), Invalid> {
        if let Some(hours) = self.timeout_hours.filter(|hours| !(1..=168).contains(hours)) {
            return Err(Invalid::new("timeout_hours", format!("{hours} is out of range; expected 1 to 168 hours")));
        }
        if let Some(count) = self.requests.as_ref().map(Vec::len).filter(|count| *count > Self::MAX_INLINE_REQUESTS) {
            return Err(Invalid::new(
                "requests",
                format!("{count} inline requests are more than {}; upload a file instead", Self::MAX_INLINE_REQUESTS),
            ));
        }
        self.metadata.iter().flatten().try_for_each(|(key, value)| check_metadata(key, value))
    }
}

fn check_metadata(key: &str, value: &str) -> Result<(), Invalid> {
    let key_length = key.chars().count();
    if !(1..=32).contains(&key_length) {
        return Err(Invalid::new("metadata", format!("key {key:?} has {key_length} characters; expected 1 to 32")));
    }
    let value_length = value.chars().count();
    if !(1..=512).contains(&value_length) {
        return Err(Invalid::new(
            "metadata",
            format!("the value of {key:?} has {value_length} characters; expected 1 to 512"),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> CreateBatchJob {
        CreateBatchJob::new(BatchEndpoint::Ocr)
    }

    fn refused(job: &CreateBatchJob) -> String {
        job.check().unwrap_err().to_string()
    }

    #[test]
    fn a_timeout_is_1_to_168_hours() {
        assert_eq!(job().check(), Ok(()));
        assert_eq!(job().timeout_hours(168).check(), Ok(()));
        assert_eq!(refused(&job().timeout_hours(0)), "timeout_hours: 0 is out of range; expected 1 to 168 hours");
        assert_eq!(refused(&job().timeout_hours(169)), "timeout_hours: 169 is out of range; expected 1 to 168 hours");
    }

    #[test]
    fn metadata_is_bounded_in_characters_not_bytes() {
        assert_eq!(job().metadata("é".repeat(32), "é".repeat(512)).check(), Ok(()));
        assert!(refused(&job().metadata("k".repeat(33), "v")).contains("33 characters; expected 1 to 32"));
        assert!(refused(&job().metadata("", "v")).contains("expected 1 to 32"));
        assert!(refused(&job().metadata("k", "v".repeat(513))).contains("\"k\" has 513 characters; expected 1 to 512"));
        assert!(refused(&job().metadata("k", "")).contains("expected 1 to 512"));
    }

    #[test]
    fn more_than_ten_thousand_inline_requests_are_pointed_to_a_file() {
        let request = BatchRequest::new("a", &serde_json::json!({})).unwrap();
        assert_eq!(job().requests(vec![request.clone(); 10_000]).check(), Ok(()));
        assert!(refused(&job().requests(vec![request; 10_001])).contains("upload a file"));
    }
}
