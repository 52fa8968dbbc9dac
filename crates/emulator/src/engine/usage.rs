use serde_json::Value;

use crate::json::object;

/// How many tokens a text may be: a quarter of its characters. No tokenizer is asked.
pub(super) fn tokens(text: &str) -> u64 {
    (text.chars().count() as u64).div_ceil(4)
}

/// The `usage` of an answer.
pub(super) fn usage(prompt: u64, completion: u64) -> Value {
    object([
        ("prompt_tokens", prompt.into()),
        ("completion_tokens", completion.into()),
        ("total_tokens", (prompt + completion).into()),
    ])
}

/// Cuts a text to `max_tokens`; the second value says why the text ends.
pub(super) fn cut(text: String, max_tokens: Option<u64>) -> (String, &'static str) {
    let Some(most) = max_tokens.filter(|most| tokens(&text) > *most) else { return (text, "stop") };
    let characters = usize::try_from(most.saturating_mul(4)).unwrap_or(usize::MAX);
    (text.chars().take(characters).collect(), "length")
}
