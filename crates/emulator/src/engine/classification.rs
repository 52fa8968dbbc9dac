use serde_json::{Value, json};

use super::Inference;
use super::input::{Refused, last_words, messages, refuse, required, texts as input_texts};
use crate::ids::number;

/// `/v1/classifications`.
pub(super) fn texts(inference: &Inference<'_>) -> Result<Value, Refused> {
    let results = input_texts(inference.body, "input")?.into_iter().map(result).collect();
    Ok(answer(inference, results))
}

/// `/v1/chat/classifications`: one conversation, or a list of them.
pub(super) fn chats(inference: &Inference<'_>) -> Result<Value, Refused> {
    let input = required(inference.body, "input")?;
    let chats = input.as_array().map_or(std::slice::from_ref(input), Vec::as_slice);
    if chats.is_empty() {
        return refuse(json!("input"), "List should have at least 1 item", "too_short");
    }
    let chat = |(at, chat): (usize, &Value)| match chat.get("messages") {
        Some(list) => Ok(result(&last_words(messages(list, &json!(["input", at, "messages"]))?))),
        None => refuse(json!(["input", at, "messages"]), "Field required", "missing"),
    };
    Ok(answer(inference, chats.iter().enumerate().map(chat).collect::<Result<_, _>>()?))
}

fn answer(inference: &Inference<'_>, results: Vec<Value>) -> Value {
    json!({"id": format!("emulator-class-{}", inference.id), "model": inference.model, "results": results})
}

/// One target with two labels, whose scores are a function of the text and sum to 1.
fn result(text: &str) -> Value {
    let first = (number(&[text.as_bytes()]) % 1_001) as f64;
    json!({"emulator": {"scores": {"first": first / 1e3, "second": (1e3 - first) / 1e3}}})
}
