use serde::{Deserialize, Serialize};

use crate::RawJson;

/// One request of a batch: a line of an input file, or an item of an inline batch.
///
/// ```
/// use mistral_models::BatchRequest;
///
/// let request = BatchRequest::new("q-1", &serde_json::json!({"input": "one string"}))?;
/// assert_eq!(serde_json::to_string(&request)?, r#"{"custom_id":"q-1","body":{"input":"one string"}}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BatchRequest {
    /// Comes back with the result; unique within the batch. The API allows none, and then nothing tells the results
    /// apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_id: Option<String>,
    /// The body of a request to the job's endpoint; its `model` may be left out, because the job names one.
    pub body: RawJson,
}

impl BatchRequest {
    /// A request whose result will carry `custom_id`.
    ///
    /// # Errors
    ///
    /// What serde_json says if `body` cannot be written as JSON.
    pub fn new<T: Serialize + ?Sized>(custom_id: impl Into<String>, body: &T) -> Result<Self, serde_json::Error> {
        Ok(Self { custom_id: Some(custom_id.into()), body: RawJson::new(body)? })
    }

    /// A request whose result carries no id of yours.
    ///
    /// # Errors
    ///
    /// What serde_json says if `body` cannot be written as JSON.
    pub fn anonymous<T: Serialize + ?Sized>(body: &T) -> Result<Self, serde_json::Error> {
        Ok(Self { custom_id: None, body: RawJson::new(body)? })
    }
}
