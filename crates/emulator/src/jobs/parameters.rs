use mistral_models::{AgentId, BatchEndpoint, CreateBatchJob, FileId, ModelId};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::line::{Fault, Line};
use crate::error::ApiError;
use crate::fields::Fields;

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
    /// Reads the body of a creation.
    ///
    /// Two rules no document states: there must be either files or inline requests, and not both.
    pub(super) fn parse(body: &'a [u8]) -> Result<Self, ApiError> {
        let mut body = Fields::parse(body)?;
        let endpoint = endpoint(&mut body);
        let input_files = input_files(&mut body);
        let requests = requests(&mut body);
        let model = body.text("model").map(ModelId::from);
        let agent_id = body.text("agent_id").map(AgentId::from);
        let metadata = metadata(&mut body);
        let timeout_hours = timeout_hours(&mut body);
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

fn endpoint(body: &mut Fields<'_>) -> BatchEndpoint {
    body.require("endpoint");
    let endpoint = body.text("endpoint").map_or(BatchEndpoint::ChatCompletions, BatchEndpoint::from);
    if !endpoint.is_known() {
        let known: Vec<_> = BatchEndpoint::KNOWN.iter().map(|endpoint| format!("'{endpoint}'")).collect();
        body.complaints.add(json!(["body", "endpoint"]), format!("Input should be {}", known.join(", ")), "enum");
    }
    endpoint
}

fn input_files(body: &mut Fields<'_>) -> Vec<FileId> {
    let files: Option<Vec<String>> = body.read("input_files", "Input should be a list of file ids", "list_type");
    let files: Vec<_> = files.unwrap_or_default().into_iter().map(|id| FileId::from(id.to_ascii_lowercase())).collect();
    for (at, _) in files.iter().enumerate().filter(|(_, id)| id.check().is_err()) {
        body.complaints.add(json!(["body", "input_files", at]), "Input should be a valid UUID", "uuid_parsing");
    }
    files
}

fn requests<'a>(body: &mut Fields<'a>) -> Option<Vec<&'a RawValue>> {
    let requests: Vec<&RawValue> = body.read("requests", "Input should be a valid list", "list_type")?;
    let most = CreateBatchJob::MAX_INLINE_REQUESTS;
    if requests.len() > most {
        let message = format!("List should have at most {most} items, not {}", requests.len());
        body.complaints.add(json!(["body", "requests"]), message, "too_long");
        return None;
    }
    for (at, request) in requests.iter().enumerate() {
        let at = |key: &str| json!(["body", "requests", at, key]);
        match Line::parse(request.get().as_bytes()) {
            Ok(_) => {}
            Err(Fault::NoBody) => body.complaints.missing(at("body")),
            Err(Fault::BodyNotAnObject) => {
                body.complaints.add(at("body"), "Input should be a valid dictionary", "dict_type");
            }
            Err(Fault::IdNotAString) => {
                body.complaints.add(at("custom_id"), "Input should be a valid string", "string_type");
            }
            Err(Fault::NotAnObject | Fault::NotJson) => {
                body.complaints.add(at("body"), "Input should be an object with a body", "model_type");
            }
        }
    }
    Some(requests)
}

fn metadata(body: &mut Fields<'_>) -> Option<Map<String, Value>> {
    let metadata: Map<String, Value> = body.read("metadata", "Input should be a valid dictionary", "dict_type")?;
    for (key, value) in &metadata {
        let location = || json!(["body", "metadata", key]);
        if !(1..=32).contains(&key.chars().count()) {
            body.complaints.add(location(), "Key should have 1 to 32 characters", "string_length");
        }
        match value.as_str().map(|value| value.chars().count()) {
            Some(1..=512) => {}
            Some(_) => body.complaints.add(location(), "Value should have 1 to 512 characters", "string_length"),
            None => body.complaints.add(location(), "Input should be a valid string", "string_type"),
        }
    }
    Some(metadata)
}

fn timeout_hours(body: &mut Fields<'_>) -> u64 {
    let hours: i64 = body.read("timeout_hours", "Input should be a valid integer", "int_type").unwrap_or(24);
    if !(1..=168).contains(&hours) {
        body.complaints.add(json!(["body", "timeout_hours"]), "Input should be 1 to 168 hours", "out_of_range");
    }
    u64::try_from(hours).unwrap_or(24)
}
