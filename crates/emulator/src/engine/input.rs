//! Reading what an endpoint was asked, and refusing what it would refuse.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::Answer;

/// A refusal, boxed because it is rare and large.
pub(super) type Refused = Box<Answer>;

pub(super) type Body = Map<String, Value>;

/// Refuses the value at `location`, inside the body.
pub(super) fn refuse<T>(location: Value, message: &str, kind: &str) -> Result<T, Refused> {
    let mut path = vec![json!("body")];
    match location {
        Value::Array(steps) => path.extend(steps),
        step => path.push(step),
    }
    Err(Box::new(Answer::invalid(Value::Array(path), message, kind)))
}

/// The value of a key that must be there and not null.
pub(super) fn required<'a>(body: &'a Body, key: &str) -> Result<&'a Value, Refused> {
    match body.get(key) {
        None | Some(Value::Null) => refuse(json!(key), "Field required", "missing"),
        Some(value) => Ok(value),
    }
}

/// Batches cannot stream.
pub(super) fn not_streaming(body: &Body) -> Result<(), Refused> {
    match body.get("stream") {
        Some(Value::Bool(true)) => refuse(json!("stream"), "Input should be false in a batch", "value_error"),
        _ => Ok(()),
    }
}

/// One text, or a list of at least one.
pub(super) fn texts<'a>(body: &'a Body, key: &str) -> Result<Vec<&'a str>, Refused> {
    let texts: Option<Vec<_>> = match required(body, key)? {
        Value::String(text) => Some(vec![text.as_str()]),
        Value::Array(items) => items.iter().map(Value::as_str).collect(),
        _ => None,
    };
    match texts {
        Some(texts) if texts.is_empty() => refuse(json!(key), "List should have at least 1 item", "too_short"),
        Some(texts) => Ok(texts),
        None => refuse(json!(key), "Input should be a string or a list of strings", "string_type"),
    }
}

/// Checks a list of messages: at least one, each an object with a role.
pub(super) fn messages<'a>(value: &'a Value, location: &Value) -> Result<&'a [Value], Refused> {
    let Some(messages) = value.as_array() else {
        return refuse(location.clone(), "Input should be a valid list", "list_type");
    };
    if messages.is_empty() {
        return refuse(location.clone(), "List should have at least 1 item", "too_short");
    }
    for (at, message) in messages.iter().enumerate() {
        let role = message.get("role").and_then(Value::as_str);
        if !matches!(role, Some("system" | "developer" | "user" | "assistant" | "tool")) {
            let message = "Input should be a message with role 'system', 'user', 'assistant' or 'tool'";
            return refuse(json!([location, at, "role"]), message, "union_tag_invalid");
        }
    }
    Ok(messages)
}

/// The text of a message: a string, or the text parts of a list.
pub(super) fn text_of(message: &Value) -> Cow<'_, str> {
    match message.get("content") {
        Some(Value::String(text)) => text.into(),
        Some(Value::Array(parts)) => {
            let texts: Vec<_> = parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str)).collect();
            texts.join(" ").into()
        }
        _ => Cow::default(),
    }
}

/// The last thing a user said, or else the last thing anybody did.
pub(super) fn last_words(messages: &[Value]) -> Cow<'_, str> {
    let by_user = |message: &&Value| message.get("role").and_then(Value::as_str) == Some("user");
    messages.iter().rev().find(by_user).or(messages.last()).map(text_of).unwrap_or_default()
}

/// The beginning of a text, for repeating it.
pub(super) fn excerpt(text: &str) -> String {
    const SHOWN: usize = 200;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or(text)),
        None => text.to_owned(),
    }
}
