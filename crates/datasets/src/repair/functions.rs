//! The older words for tools: `functions`, `function_call` and the role `function`.

use crate::change::ChangeCode;
use crate::edit::{Array, Object, Value};
use crate::rewrite::Changes;

/// Puts `functions` under `tools`, and every bare function into a tool.
pub(super) fn tools(sample: &mut Object<'_>, changes: &mut Changes) {
    let named = ["tools", "available_tools"].into_iter().find(|key| sample.has(key));
    if named.is_none() && sample.has("functions") {
        if sample.get("functions").is_some_and(Value::is_empty) {
            sample.remove("functions");
            changes.add(ChangeCode::Functions, "$.functions", "functions that were empty were removed");
            return;
        }
        if let Some(tools) = sample.get_mut("functions").and_then(Value::array).map(|functions| wrapped(functions)) {
            sample.replace("functions", "tools", Value::Array(tools));
            changes.add(ChangeCode::Functions, "$.functions", "functions became tools");
        }
        return;
    }
    let Some(key) = named else { return };
    let Some(tools) = sample.get_mut(key).and_then(Value::array) else { return };
    for (at, tool) in tools.items_mut().iter_mut().enumerate() {
        let bare = tool.object().is_some_and(|tool| tool.has("name") && !tool.has("function") && !tool.has("type"));
        if bare {
            *tool = wrap(tool.clone());
            changes.add(ChangeCode::Functions, format!("$.{key}[{at}]"), "a bare function became a tool");
        }
    }
}

fn wrapped<'a>(functions: &Array<'a>) -> Array<'a> {
    Array::new(functions.items().iter().cloned().map(wrap).collect())
}

/// `{"type": "function", "function": …}`, which both tools and calls are.
fn wrap(function: Value<'_>) -> Value<'_> {
    let mut tool = Object::new();
    tool.set("type", Value::string("function"));
    tool.set("function", function);
    Value::Object(tool)
}

/// Puts the call of a message under `tool_calls`, and gives a function's answer the role of a tool's.
pub(super) fn message(message: &mut Object<'_>, path: &str, changes: &mut Changes) {
    if message.text("role").is_some_and(|role| role == "function") {
        message.set("role", Value::string("tool"));
        changes.add(ChangeCode::FunctionRole, format!("{path}.role"), "the role function became tool");
    }
    let Some(call) = message.get("function_call").cloned() else { return };
    let path = format!("{path}.function_call");
    if call.is_null() {
        message.remove("function_call");
        changes.add(ChangeCode::FunctionCall, path, "a function_call of null was removed");
    } else if call.is_object() && message.get("tool_calls").is_none_or(Value::is_empty) {
        message.remove("tool_calls");
        message.replace("function_call", "tool_calls", Value::Array(Array::new(vec![wrap(call)])));
        changes.add(ChangeCode::FunctionCall, path, "a function_call became tool_calls");
    }
}
