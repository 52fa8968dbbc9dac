use std::collections::BTreeMap;

use mistral_models::{BatchEndpoint, BatchJobId, RawJson};
use serde_json::json;

use super::input::InputLine;
use super::line::Line;
use super::results::RequestName;
use crate::engine::Answer;
use crate::upstream::{UpstreamAnswer, UpstreamRequest};

/// What the requests of a job have in common on their way to a server.
pub(super) struct Outgoing {
    pub(super) job: BatchJobId,
    pub(super) endpoint: BatchEndpoint,
    /// What a body gets that names neither a model nor an agent.
    pub(super) asked: Vec<(&'static str, RawJson)>,
}

/// One request, ready to be sent or refused at once.
pub(super) struct Outbound {
    pub(super) name: RequestName,
    pub(super) custom_id: Option<String>,
    pub(super) request: Result<UpstreamRequest, UpstreamAnswer>,
}

impl Outgoing {
    /// Makes the request of the line at `place`.
    ///
    /// # Errors
    ///
    /// A line that is none any more since the whole input was checked.
    pub(super) fn outbound(&self, place: u64, line: &InputLine) -> std::io::Result<Outbound> {
        let line = Line::parse(&line.bytes).map_err(|fault| fault.since_checked())?;
        let name = RequestName::new(&self.job, place);
        let request = self.body(line.body).map(|body| UpstreamRequest {
            endpoint: self.endpoint.clone(),
            id: name.of_inference(),
            body,
        });
        Ok(Outbound { name, custom_id: line.custom_id, request: request.map_err(|refused| (*refused).into()) })
    }

    /// The body to send: as it stands on the line, but for what the job has to add. Values are never rewritten.
    fn body(&self, text: &str) -> Result<RawJson, Box<Answer>> {
        let unreadable = |error| {
            Box::new(Answer::refused(400, format!("The body cannot be read: {error}"), "invalid_request_error"))
        };
        let mut fields: BTreeMap<String, RawJson> = serde_json::from_str(text).map_err(unreadable)?;
        let value = |key: &str| fields.get(key).map(RawJson::get).filter(|value| *value != "null");
        if value("stream") == Some("true") {
            // A stream of events cannot be a result.
            let location = json!(["body", "stream"]);
            return Err(Box::new(Answer::invalid(location, "Input should be false in a batch", "value_error")));
        }
        if value("model").or(value("agent_id")).is_some() || self.asked.is_empty() {
            return serde_json::from_str(text).map_err(unreadable);
        }
        fields.extend(self.asked.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
        RawJson::new(&fields).map_err(unreadable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> Result<String, u16> {
        let model = RawJson::new("m-1").unwrap();
        let outgoing = Outgoing {
            job: BatchJobId::from("j"),
            endpoint: BatchEndpoint::ChatCompletions,
            asked: vec![("model", model)],
        };
        outgoing.body(text).map(|body| body.get().to_owned()).map_err(|refused| refused.status)
    }

    #[test]
    fn a_body_that_names_a_model_or_an_agent_is_sent_as_it_stands() {
        for text in [r#"{"z": 1e999,  "model":"mine", "a":0.10}"#, r#"{"agent_id": "ag", "n": 1.0}"#] {
            assert_eq!(body(text).unwrap(), text);
        }
    }

    #[test]
    fn any_other_gets_the_jobs_model_and_keeps_its_values() {
        assert_eq!(
            body(r#"{"z": 1e999, "a": {"b":  1.50}}"#).unwrap(),
            r#"{"a":{"b":  1.50},"model":"m-1","z":1e999}"#
        );
        assert_eq!(body(r#"{"model": null}"#).unwrap(), r#"{"model":"m-1"}"#);
        assert_eq!(body("{}").unwrap(), r#"{"model":"m-1"}"#);
    }

    #[test]
    fn a_stream_is_refused_unsent() {
        assert_eq!(body(r#"{"stream": true}"#), Err(422));
        assert!(body(r#"{"stream": false}"#).is_ok());
    }
}
