use serde::{Deserialize, Serialize};

use crate::{ErrorBody, RawJson};

/// One result of a batch: a line of an output or error file, or an item of a job's inline outputs.
///
/// Results come in any order; match them to requests by [`custom_id`](Self::custom_id), never by position.
///
/// ```
/// use mistral_models::BatchResult;
///
/// let line = r#"{"id":"batch-1","custom_id":"q-1","response":{"status_code":200,"body":{"ok":true}},"error":null}"#;
/// let result: BatchResult = serde_json::from_str(line)?;
/// assert!(result.is_success());
/// assert_eq!(result.body().map(|body| body.get()), Some(r#"{"ok":true}"#));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BatchResult {
    /// The service's name for the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The request's own id; absent on a line that could not be attributed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_id: Option<String>,
    /// The endpoint's answer.
    #[serde(default)]
    pub response: Option<BatchResponse>,
    /// What went wrong, in no fixed shape: a string or an object.
    #[serde(default)]
    pub error: Option<RawJson>,
}

/// The endpoint's answer to one request of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BatchResponse {
    /// The HTTP status; 0 or absent if there was none.
    #[serde(default)]
    pub status_code: Option<u16>,
    /// The body, unparsed.
    #[serde(default)]
    pub body: Option<RawJson>,
}

impl BatchResult {
    /// The answer of an endpoint to the request `custom_id`.
    pub fn new(custom_id: impl Into<String>, status_code: u16, body: RawJson) -> Self {
        Self {
            id: None,
            custom_id: Some(custom_id.into()),
            response: Some(BatchResponse { status_code: Some(status_code), body: Some(body) }),
            error: None,
        }
    }

    /// The HTTP status, if the endpoint answered with one.
    pub fn status_code(&self) -> Option<u16> {
        self.response.as_ref()?.status_code.filter(|status| *status != 0)
    }

    /// The body of the endpoint's answer, good or bad.
    pub fn body(&self) -> Option<&RawJson> {
        self.response.as_ref()?.body.as_ref()
    }

    /// Whether the request succeeded: a status of 200 to 299 and no error. Anything less certain is a failure.
    pub fn is_success(&self) -> bool {
        self.error.is_none() && self.status_code().is_some_and(|status| (200..300).contains(&status))
    }

    /// Why the request failed, on one line; `None` if it succeeded.
    pub fn failure(&self) -> Option<String> {
        if self.is_success() {
            return None;
        }
        let said = |json: &RawJson| ErrorBody::parse(json.get().as_bytes()).message();
        let message = self.error.as_ref().and_then(said).or_else(|| self.body().and_then(said));
        Some(match (self.status_code(), message) {
            (Some(status), Some(message)) => format!("{status}: {message}"),
            (Some(status), None) => format!("{status} without a message"),
            (None, Some(message)) => message,
            (None, None) => "no status and no message".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(line: &str) -> BatchResult {
        serde_json::from_str(line).unwrap()
    }

    #[test]
    fn every_kind_of_failure_is_named() {
        let cases = [
            (
                r#"{"response":{"status_code":400,"body":{"message":"no such model"}},"error":null}"#,
                "400: no such model",
            ),
            (
                r#"{"response":{"status_code":422,"body":{"detail":[{"loc":["body"],"msg":"missing"}]}}}"#,
                "422: body: missing",
            ),
            (r#"{"response":{"status_code":429,"body":null},"error":"rate limited"}"#, "429: rate limited"),
            (r#"{"response":null,"error":{"message":"lost","code":500}}"#, "lost"),
            (r#"{"response":{"status_code":200,"body":{}},"error":"late"}"#, "200: late"),
            (r#"{"response":{"status_code":0}}"#, "no status and no message"),
            ("{}", "no status and no message"),
        ];
        for (line, expected) in cases {
            assert_eq!(result(line).failure().as_deref(), Some(expected), "{line}");
        }
    }

    #[test]
    fn only_a_good_status_without_error_is_success() {
        assert!(result(r#"{"response":{"status_code":200,"body":{}},"error":null}"#).is_success());
        assert!(!result(r#"{"response":{"body":{}}}"#).is_success());
        assert!(!result(r#"{"response":{"status_code":302,"body":{}}}"#).is_success());
    }

    #[test]
    fn a_body_stays_as_it_came() {
        let line = r#"{"response":{"status_code":200,"body":{"n": 1e999, "b":1, "a":2}},"error":null}"#;
        assert_eq!(result(line).body().unwrap().get(), r#"{"n": 1e999, "b":1, "a":2}"#);
    }
}
