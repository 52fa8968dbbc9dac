use serde_json::{Value, json};

use super::Inference;
use super::input::{Refused, excerpt, not_streaming, refuse, required};
use super::usage::{cut, tokens, usage};

/// `/v1/fim/completions`.
pub(super) fn answer(inference: &Inference<'_>) -> Result<Value, Refused> {
    let body = inference.body;
    not_streaming(body)?;
    let Some(prompt) = required(body, "prompt")?.as_str() else {
        return refuse(json!("prompt"), "Input should be a valid string", "string_type");
    };
    let suffix = body.get("suffix").and_then(Value::as_str).unwrap_or_default();
    let words = format!("[emulator] No model was asked. The code before this was: {}", excerpt(prompt));
    let (text, finish_reason) = cut(words, body.get("max_tokens").and_then(Value::as_u64));
    Ok(json!({
        "id": format!("emulator-fim-{}", inference.id),
        "object": "chat.completion",
        "created": inference.created,
        "model": inference.model,
        "usage": usage(tokens(prompt) + tokens(suffix), tokens(&text)),
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": text, "tool_calls": null},
            "finish_reason": finish_reason,
        }],
    }))
}
