use serde_json::{Value, json};

use super::Inference;
use super::input::{Refused, excerpt, not_streaming, refuse};
use super::usage::{tokens, usage};

/// `/v1/audio/transcriptions`. The recording is never fetched; it counts as one second long.
pub(super) fn answer(inference: &Inference<'_>) -> Result<Value, Refused> {
    let body = inference.body;
    not_streaming(body)?;
    let Some(source) = ["file_url", "file_id"].iter().find_map(|key| body.get(*key).and_then(Value::as_str)) else {
        return refuse(json!("file_url"), "Field required: file_url or file_id", "missing");
    };
    let text = format!("[emulator] No recording was heard: {}", excerpt(source));
    let mut usage = usage(1, tokens(&text));
    usage["prompt_audio_seconds"] = json!(1);
    Ok(json!({
        "model": inference.model,
        "text": text,
        "language": body.get("language"),
        "segments": [],
        "finish_reason": null,
        "usage": usage,
    }))
}
