use mistral_models::DateTime;
use serde_json::{Value, json};

use super::Inference;
use super::input::{Refused, excerpt, last_words, not_streaming, refuse, required};
use super::usage::{tokens, usage};

/// `/v1/conversations`.
pub(super) fn answer(inference: &Inference<'_>) -> Result<Value, Refused> {
    not_streaming(inference.body)?;
    let said = match required(inference.body, "inputs")? {
        Value::String(text) => text.into(),
        Value::Array(entries) if !entries.is_empty() => last_words(entries),
        _ => return refuse(json!("inputs"), "Input should be a string or a list of entries", "string_type"),
    };
    let text = format!("[emulator] No model was asked. You said: {}", excerpt(&said));
    let mut usage = usage(tokens(&said), tokens(&text));
    usage["connector_tokens"] = Value::Null;
    usage["connectors"] = Value::Null;
    let moment = DateTime::from(inference.created);
    Ok(json!({
        "object": "conversation.response",
        "conversation_id": format!("emulator-conv-{}", inference.id),
        "usage": usage,
        "outputs": [{
            "object": "entry",
            "type": "message.output",
            "id": format!("emulator-msg-{}", inference.id),
            "role": "assistant",
            "content": text,
            "model": inference.model,
            "agent_id": inference.body.get("agent_id"),
            "created_at": moment,
            "completed_at": moment,
        }],
    }))
}
