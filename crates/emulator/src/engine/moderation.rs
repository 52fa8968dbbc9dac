use serde_json::{Map, Value, json};

use super::Inference;
use super::input::{Refused, last_words, messages, refuse, required, texts as input_texts};
use crate::ids::number;

/// The categories of the service's moderation models.
const CATEGORIES: [&str; 9] = [
    "sexual",
    "hate_and_discrimination",
    "violence_and_threats",
    "dangerous_and_criminal_content",
    "selfharm",
    "health",
    "financial",
    "law",
    "pii",
];

/// `/v1/moderations`.
pub(super) fn texts(inference: &Inference<'_>) -> Result<Value, Refused> {
    let results = input_texts(inference.body, "input")?.into_iter().map(result).collect();
    Ok(answer(inference, results))
}

/// `/v1/chat/moderations`: one conversation, or a list of them.
pub(super) fn chats(inference: &Inference<'_>) -> Result<Value, Refused> {
    let input = required(inference.body, "input")?;
    let Some(items) = input.as_array().filter(|items| !items.is_empty()) else {
        return refuse(json!("input"), "Input should be a list of messages, or a list of such lists", "list_type");
    };
    let results = if items.iter().all(Value::is_array) {
        let chat = |(at, chat)| Ok(result(&last_words(messages(chat, &json!(["input", at]))?)));
        items.iter().enumerate().map(chat).collect::<Result<_, Refused>>()?
    } else {
        vec![result(&last_words(messages(input, &json!("input"))?))]
    };
    Ok(answer(inference, results))
}

fn answer(inference: &Inference<'_>, results: Vec<Value>) -> Value {
    json!({"id": format!("emulator-mod-{}", inference.id), "model": inference.model, "results": results})
}

/// Nothing is ever flagged; scores below 0.1 are a function of the text.
fn result(text: &str) -> Value {
    let score = |category: &str| (number(&[category.as_bytes(), text.as_bytes()]) % 100_000) as f64 / 1e6;
    let flags: Map<_, _> = CATEGORIES.iter().map(|category| ((*category).to_owned(), json!(false))).collect();
    let scores: Map<_, _> =
        CATEGORIES.iter().map(|category| ((*category).to_owned(), json!(score(category)))).collect();
    json!({"categories": flags, "category_scores": scores})
}
