use std::collections::BTreeMap;

use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Body;
use crate::error::ApiError;

/// What a fault changes in an answer.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(try_from = "ChangeForm")]
pub(super) struct Change {
    pub(super) status: Option<StatusCode>,
    /// New values of headers; none leaves the header out.
    headers: Vec<(HeaderName, Vec<HeaderValue>)>,
    body: Option<Value>,
    pub(super) patch: Option<Map<String, Value>>,
}

impl Change {
    /// The changed answer. Without one of the emulator's own, all of it comes from here.
    pub(super) async fn apply(&self, own: Option<Response<Body>>) -> Response<Body> {
        let mut answer = match (own, self.status) {
            (own, Some(status)) if self.body.is_none() && (status.is_client_error() || status.is_server_error()) => {
                drop(own);
                ApiError::new(status, "The fault script says so.", "fault").into_response()
            }
            (own, _) => own.unwrap_or_else(|| Response::new(Body::from(String::new()))),
        };
        if let Some(status) = self.status {
            *answer.status_mut() = status;
        }
        match (&self.body, &self.patch) {
            (Some(Value::String(text)), _) => replace(&mut answer, text.clone(), "text/plain"),
            (Some(value), _) => replace(&mut answer, value.to_string(), "application/json"),
            (None, Some(patch)) => {
                let (parts, body) = answer.into_parts();
                let whole = body.collect().await.map(|whole| whole.to_bytes()).unwrap_or_default();
                let mut value = serde_json::from_slice(&whole).unwrap_or_default();
                lay_over(&mut value, patch);
                answer = Response::from_parts(parts, Body::from(String::new()));
                replace(&mut answer, value.to_string(), "application/json");
            }
            (None, None) => {}
        }
        for (name, values) in &self.headers {
            answer.headers_mut().remove(name);
            for value in values {
                answer.headers_mut().append(name.clone(), value.clone());
            }
        }
        answer
    }

    /// Whether the length of the body is to be kept secret.
    pub(super) fn hides_length(&self) -> bool {
        self.headers.iter().any(|(name, values)| *name == header::CONTENT_LENGTH && values.is_empty())
    }
}

fn replace(answer: &mut Response<Body>, text: String, content_type: &'static str) {
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer.headers_mut().remove(header::CONTENT_LENGTH);
    *answer.body_mut() = Body::from(text);
}

fn lay_over(value: &mut Value, patch: &Map<String, Value>) {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    let Value::Object(fields) = value else { return };
    for (key, new) in patch {
        match new {
            Value::Object(nested) => lay_over(fields.entry(key.clone()).or_insert(Value::Null), nested),
            new => {
                fields.insert(key.clone(), new.clone());
            }
        }
    }
}

/// A change as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeForm {
    status: Option<u16>,
    #[serde(default)]
    headers: BTreeMap<String, Values>,
    body: Option<Value>,
    patch: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "the value of a header is a text, a list of texts, or null")]
enum Values {
    One(String),
    Several(Vec<String>),
    None(()),
}

impl TryFrom<ChangeForm> for Change {
    type Error = String;

    fn try_from(form: ChangeForm) -> Result<Self, String> {
        let status = form.status.map(|status| match StatusCode::from_u16(status) {
            Ok(status) if (200..=599).contains(&status.as_u16()) => Ok(status),
            _ => Err(format!("`status` {status} is not allowed, expected 200 to 599")),
        });
        let mut headers = Vec::new();
        for (name, values) in form.headers {
            let values = match values {
                Values::One(value) => vec![value],
                Values::Several(values) => values,
                Values::None(()) => Vec::new(),
            };
            let values = values.iter().map(HeaderValue::try_from).collect::<Result<_, _>>();
            let values = values.map_err(|_| format!("a value of the header {name:?} holds what no header can"))?;
            let name = HeaderName::try_from(&name).map_err(|_| format!("{name:?} cannot be the name of a header"))?;
            headers.push((name, values));
        }
        if form.body.is_some() && form.patch.is_some() {
            return Err("`body` and `patch` exclude each other".to_owned());
        }
        Ok(Self { status: status.transpose()?, headers, body: form.body, patch: form.patch })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patch_goes_into_nested_objects_and_keeps_null() {
        let mut value = json!({"a": {"b": 1, "c": 2}, "d": 3});
        let patch = json!({"a": {"b": null}, "d": {"e": 4}});
        lay_over(&mut value, patch.as_object().unwrap());
        assert_eq!(value, json!({"a": {"b": null, "c": 2}, "d": {"e": 4}}));
    }
}
