use std::collections::BTreeMap;

use mistral_models::{AgentId, BatchEndpoint, CreateBatchJob, FileId, ModelId};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::line::{Fault, Line};
use crate::error::{ApiError, Complaints, invalid};

/// What the creation of a job asks for, checked. Requests stay as they were written.
pub(super) struct Parameters<'a> {
    pub(super) endpoint: BatchEndpoint,
    pub(super) input_files: Vec<FileId>,
    pub(super) requests: Option<Vec<&'a RawValue>>,
    pub(super) model: Option<ModelId>,
    pub(super) agent_id: Option<AgentId>,
    pub(super) metadata: Option<Map<String, Value>>,
    pub(super) timeout_hours: u64,
}

impl<'a> Parameters<'a> {
    /// Reads the body of a creation. A null is as good as an absent key; unknown keys are ignored.
    ///
    /// Two rules no document states: there must be either files or inline requests, and not both.
    pub(super) fn parse(body: &'a [u8]) -> Result<Self, ApiError> {
        let fields: BTreeMap<String, &RawValue> = serde_json::from_slice(body).map_err(|error| {
            invalid(json!(["body", error.column()]), format!("Not a JSON object: {error}"), "json_invalid")
        })?;
        let mut body = Fields { fields, complaints: Complaints::default() };
        let endpoint = body.endpoint();
        let input_files = body.input_files();
        let requests = body.requests();
        let model = body.read("model", "Input should be a valid string", "string_type");
        let agent_id = body.read("agent_id", "Input should be a valid string", "string_type");
        let metadata = body.metadata();
        let timeout_hours = body.timeout_hours();
        let complaints = &mut body.complaints;
        match (input_files.is_empty(), &requests) {
            (true, None) => {
                complaints.add(json!(["body", "input_files"]), "Field required: input_files or requests", "missing");
            }
            (false, Some(_)) => {
                let message = "Input should have either input_files or requests, not both";
                complaints.add(json!(["body", "requests"]), message, "value_error");
            }
            _ => {}
        }
        body.complaints.check()?;
        Ok(Self { endpoint, input_files, requests, model, agent_id, metadata, timeout_hours })
    }
}

struct Fields<'a> {
    fields: BTreeMap<String, &'a RawValue>,
    complaints: Complaints,
}

impl<'a> Fields<'a> {
    /// Reads one field; `None` if it is absent, null, or not as it should be, which is noted.
    fn read<T: Deserialize<'a>>(&mut self, name: &str, rule: &str, kind: &str) -> Option<T> {
        let raw = self.fields.get(name).filter(|raw| raw.get() != "null")?;
        match serde_json::from_str(raw.get()) {
            Ok(value) => Some(value),
            Err(_) => {
                self.complaints.add(json!(["body", name]), rule, kind);
                None
            }
        }
    }

    fn endpoint(&mut self) -> BatchEndpoint {
        if self.fields.get("endpoint").is_none_or(|raw| raw.get() == "null") {
            self.complaints.missing(json!(["body", "endpoint"]));
        }
        let endpoint = self.read("endpoint", "Input should be a valid string", "string_type");
        let endpoint = endpoint.unwrap_or(BatchEndpoint::ChatCompletions);
        if !endpoint.is_known() {
            let known: Vec<_> = BatchEndpoint::KNOWN.iter().map(|endpoint| format!("'{endpoint}'")).collect();
            self.complaints.add(json!(["body", "endpoint"]), format!("Input should be {}", known.join(", ")), "enum");
        }
        endpoint
    }

    fn input_files(&mut self) -> Vec<FileId> {
        let files: Option<Vec<String>> = self.read("input_files", "Input should be a list of file ids", "list_type");
        let files: Vec<_> =
            files.unwrap_or_default().into_iter().map(|id| FileId::from(id.to_ascii_lowercase())).collect();
        for (at, _) in files.iter().enumerate().filter(|(_, id)| id.check().is_err()) {
            self.complaints.add(json!(["body", "input_files", at]), "Input should be a valid UUID", "uuid_parsing");
        }
        files
    }

    fn requests(&mut self) -> Option<Vec<&'a RawValue>> {
        let requests: Vec<&RawValue> = self.read("requests", "Input should be a valid list", "list_type")?;
        let most = CreateBatchJob::MAX_INLINE_REQUESTS;
        if requests.len() > most {
            let message = format!("List should have at most {most} items, not {}", requests.len());
            self.complaints.add(json!(["body", "requests"]), message, "too_long");
            return None;
        }
        for (at, request) in requests.iter().enumerate() {
            let at = |key: &str| json!(["body", "requests", at, key]);
            match Line::parse(request.get().as_bytes()) {
                Ok(_) => {}
                Err(Fault::NoBody) => self.complaints.missing(at("body")),
                Err(Fault::BodyNotAnObject) => {
                    self.complaints.add(at("body"), "Input should be a valid dictionary", "dict_type");
                }
                Err(Fault::IdNotAString) => {
                    self.complaints.add(at("custom_id"), "Input should be a valid string", "string_type");
                }
                Err(Fault::NotAnObject | Fault::NotJson) => {
                    self.complaints.add(at("body"), "Input should be an object with a body", "model_type");
                }
            }
        }
        Some(requests)
    }

    fn metadata(&mut self) -> Option<Map<String, Value>> {
        let metadata: Map<String, Value> = self.read("metadata", "Input should be a valid dictionary", "dict_type")?;
        for (key, value) in &metadata {
            let location = || json!(["body", "metadata", key]);
            if !(1..=32).contains(&key.chars().count()) {
                self.complaints.add(location(), "Key should have 1 to 32 characters", "string_length");
            }
            match value.as_str().map(|value| value.chars().count()) {
                Some(1..=512) => {}
                Some(_) => self.complaints.add(location(), "Value should have 1 to 512 characters", "string_length"),
                None => self.complaints.add(location(), "Input should be a valid string", "string_type"),
            }
        }
        Some(metadata)
    }

    fn timeout_hours(&mut self) -> u64 {
        let hours: i64 = self.read("timeout_hours", "Input should be a valid integer", "int_type").unwrap_or(24);
        if !(1..=168).contains(&hours) {
            self.complaints.add(json!(["body", "timeout_hours"]), "Input should be 1 to 168 hours", "out_of_range");
        }
        u64::try_from(hours).unwrap_or(24)
    }
}
