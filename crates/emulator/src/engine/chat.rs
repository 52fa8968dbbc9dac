use serde_json::{Value, json};

use super::Inference;
use super::input::{Body, Refused, excerpt, last_words, messages, not_streaming, refuse, required, text_of};
use super::schema::instance;
use super::usage::{cut, tokens, usage};
use crate::json::object;

/// `/v1/chat/completions`.
pub(super) fn answer(inference: &Inference<'_>) -> Result<Value, Refused> {
    let body = inference.body;
    not_streaming(body)?;
    let messages = messages(required(body, "messages")?, &json!("messages"))?;
    let choices = choices(body)?;
    let said = excerpt(&last_words(messages));
    let (message, finish_reason) = match forced_tool(body) {
        Some(tool) => (call(inference, tool, &said), "tool_calls"),
        None => {
            let (text, finish_reason) = text(body, &said);
            let message = object([("role", "assistant".into()), ("content", text.into()), ("tool_calls", Value::Null)]);
            (message, finish_reason)
        }
    };
    let prompt: u64 = messages.iter().map(|message| tokens(&text_of(message))).sum();
    let length =
        tokens(&text_of(&message)) + message["tool_calls"].as_array().map_or(0, |calls| 8 * calls.len() as u64);
    let choice = |(index, message): (u64, Value)| {
        object([("index", index.into()), ("message", message), ("finish_reason", finish_reason.into())])
    };
    let messages = std::iter::repeat_n(message, usize::try_from(choices).unwrap_or(1));
    Ok(object([
        ("id", format!("emulator-cmpl-{}", inference.id).into()),
        ("object", "chat.completion".into()),
        ("created", json!(inference.created)),
        ("model", inference.model.into()),
        ("usage", usage(prompt, length * choices)),
        ("choices", (0..).zip(messages).map(choice).collect()),
    ]))
}

/// The text of an answer: words, or JSON if JSON was asked for.
fn text(body: &Body, said: &str) -> (String, &'static str) {
    let words = format!("[emulator] No model was asked. Your last message was: {said}");
    let format = body.get("response_format");
    match format.and_then(|format| format.get("type")).and_then(Value::as_str) {
        Some("json_object") => (json!({"emulator": words}).to_string(), "stop"),
        Some("json_schema") => {
            let schema = format.and_then(|format| format.pointer("/json_schema/schema")).unwrap_or(&Value::Null);
            (instance(schema, &words).to_string(), "stop")
        }
        _ => cut(words, body.get("max_tokens").and_then(Value::as_u64)),
    }
}

fn choices(body: &Body) -> Result<u64, Refused> {
    match body.get("n") {
        None | Some(Value::Null) => Ok(1),
        Some(n) => match n.as_u64() {
            Some(n @ 1..=128) => Ok(n),
            _ => refuse(json!("n"), "Input should be 1 to 128", "out_of_range"),
        },
    }
}

/// The tool that has to be called: the one named, or the first if any will do. A tool that only may be called is not.
fn forced_tool(body: &Body) -> Option<&Value> {
    let tools = body.get("tools")?.as_array()?;
    match body.get("tool_choice")? {
        Value::String(choice) if choice == "any" || choice == "required" => tools.first(),
        choice => {
            let name = choice.pointer("/function/name")?;
            tools.iter().find(|tool| tool.pointer("/function/name") == Some(name))
        }
    }
}

/// An assistant's message that calls a tool with arguments of the right shape.
fn call(inference: &Inference<'_>, tool: &Value, said: &str) -> Value {
    let schema = tool.pointer("/function/parameters").unwrap_or(&Value::Null);
    let arguments = instance(schema, &format!("[emulator] {said}"));
    let name = tool.pointer("/function/name").and_then(Value::as_str).unwrap_or_default();
    // The service's ids of calls have nine characters.
    let id: String = inference.id.chars().take(9).collect();
    json!({
        "role": "assistant",
        "content": "",
        "tool_calls": [{
            "id": id, "type": "function", "index": 0,
            "function": {"name": name, "arguments": arguments.to_string()},
        }],
    })
}
