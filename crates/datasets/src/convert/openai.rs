use super::content;
use crate::change::ChangeCode;
use crate::edit::{Object, Value};
use crate::rewrite::{Changes, Unusable, brief};

/// Changes what a repair would not: the words and fields that only the other service knows.
pub(super) fn convert(sample: &mut Object<'_>, changes: &mut Changes) -> Result<(), Unusable> {
    if !sample.has("messages") {
        return Err(Unusable::line(match () {
            () if sample.has("preferred_output") => "preference data, which this service does not learn from",
            () if sample.has("completion") => "a prompt and a completion, which is the format before chat",
            () if sample.has("custom_id") => "a request or a result of a batch job, not a sample",
            () => "no messages",
        }));
    }
    keep_only(sample, &["messages", "tools", "functions"], "$", changes);
    let Some(messages) = sample.get_mut("messages").and_then(Value::array) else {
        return Err(Unusable::new("$.messages", "not a list of messages"));
    };
    for (at, found) in messages.items_mut().iter_mut().enumerate() {
        let path = format!("$.messages[{at}]");
        let Some(found) = found.object() else {
            return Err(Unusable::new(path, "not an object with a role and content"));
        };
        message(found, &path, changes)?;
    }
    Ok(())
}

fn message(message: &mut Object<'_>, path: &str, changes: &mut Changes) -> Result<(), Unusable> {
    if message.text("role").is_some_and(|role| role == "developer") {
        message.set("role", Value::string("system"));
        changes.add(ChangeCode::DeveloperRole, format!("{path}.role"), "the role developer became system");
    }
    let role = message.text("role").unwrap_or_default().into_owned();
    if role == "assistant" {
        refusal(message, path, changes);
    }
    let known: &[&str] = match role.as_str() {
        "assistant" => &["role", "content", "tool_calls", "function_call", "weight", "prefix"],
        "tool" | "function" => &["role", "content", "tool_call_id", "name"],
        _ => &["role", "content"],
    };
    keep_only(message, known, path, changes);
    content::convert(message, path, changes)
}

/// To refuse is an answer too.
fn refusal(message: &mut Object<'_>, path: &str, changes: &mut Changes) {
    let Some(refusal) = message.get("refusal").filter(|refusal| refusal.text().is_some_and(|text| !text.is_empty()))
    else {
        return;
    };
    if message.get("content").is_none_or(Value::is_empty) {
        let refusal = refusal.clone();
        message.remove("content");
        message.replace("refusal", "content", refusal);
        changes.add(ChangeCode::Refusal, format!("{path}.refusal"), "a refusal became content");
    }
}

/// Removes members that are not known here, and those that are `null`.
pub(super) fn keep_only(object: &mut Object<'_>, known: &[&str], path: &str, changes: &mut Changes) {
    // What the repair handles, with a message of its own.
    let later = |key: &str| matches!(key, "content" | "function_call" | "tool_calls" | "functions");
    let unknown = |key: &&str| !known.contains(key);
    let dropped: Vec<String> = object
        .keys()
        .filter(|key| unknown(key) || object.get(key).is_some_and(Value::is_null) && !later(key))
        .map(String::from)
        .collect();
    for key in dropped {
        let Some(value) = object.remove(&key) else { continue };
        let path = format!("{path}.{key}");
        if value.is_null() {
            changes.add(ChangeCode::NullDropped, path, format!("{key} was null and was removed"));
        } else {
            changes.add(
                ChangeCode::FieldDropped,
                path,
                format!("{key} has no counterpart: {}", brief(&value.to_json())),
            );
        }
    }
}
