use crate::change::ChangeCode;
use crate::edit::{Array, Object, Value};
use crate::rewrite::{Changes, Unusable};

/// Removes calls that are none, and content that says nothing beside calls.
pub(super) fn without_empty(message: &mut Object<'_>, path: &str, changes: &mut Changes) {
    if message.get("tool_calls").is_some_and(Value::is_empty) {
        message.remove("tool_calls");
        changes.add(ChangeCode::EmptyCalls, format!("{path}.tool_calls"), "tool_calls that were empty were removed");
    }
    if message.has("tool_calls") && message.get("content").is_some_and(Value::is_empty) {
        message.remove("content");
        changes.add(ChangeCode::EmptyContent, format!("{path}.content"), "empty content beside tool_calls was removed");
    }
}

/// Drops what follows the last answer of the assistant: nothing is learnt from it, and the file would be refused for it.
pub(super) fn drop_trailing(messages: &mut Array<'_>, path: &str, changes: &mut Changes) -> Result<(), Unusable> {
    let role = |message: &mut Value<'_>| message.object().and_then(|message| message.text("role").map(String::from));
    let answers = |message: &mut Value<'_>| role(message).is_some_and(|role| role == "assistant");
    let Some(last) = messages.items_mut().iter_mut().rposition(answers) else {
        return Err(Unusable::new(path, "no message of the assistant, so there is nothing to learn"));
    };
    for (at, message) in messages.items_mut().iter_mut().enumerate().skip(last + 1) {
        let path = format!("{path}[{at}]");
        // Without a role, it cannot be told whether something is lost that was meant as an answer.
        let Some(role) = role(message) else { return Err(Unusable::new(path, "a message without a role")) };
        let a = if role.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
        let role =
            if matches!(role.as_str(), "user" | "system" | "tool" | "developer") { role + " " } else { String::new() };
        changes.add(ChangeCode::TrailingTurn, path, format!("{a} {role}message behind the last answer was dropped"));
    }
    if messages.items().len() > last + 1 {
        messages.change().truncate(last + 1);
    }
    Ok(())
}

/// Puts the content of an answer that has calls too into a message of its own, before the calls.
pub(super) fn split_answers(messages: &mut Array<'_>, path: &str, changes: &mut Changes) {
    let both = |message: &mut Value<'_>| {
        message.object().is_some_and(|message| {
            message.text("role").is_some_and(|role| role == "assistant")
                && message.has("tool_calls")
                && message.has("content")
        })
    };
    let found: Vec<usize> =
        messages.items_mut().iter_mut().enumerate().filter_map(|(at, message)| both(message).then_some(at)).collect();
    // From the last on, so that the places before it stay what they are.
    for at in found.into_iter().rev() {
        let Some(message) = messages.change()[at].object() else { continue };
        let mut said = message.clone();
        said.remove("tool_calls");
        message.remove("content");
        messages.change().insert(at, Value::Object(said));
        changes.add(ChangeCode::AnswerSplit, format!("{path}[{at}]"), "an answer with content and calls became two");
    }
}
