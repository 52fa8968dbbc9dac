use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde::Deserialize;

/// Whether an answer stops where its length was used up: its `finish_reason` is `length` or `model_length`.
pub(crate) fn is_cut_off(body: &str) -> bool {
    #[derive(Deserialize)]
    struct Answer<'a> {
        #[serde(borrow)]
        choices: Vec<Choice<'a>>,
    }
    #[derive(Deserialize)]
    struct Choice<'a> {
        #[serde(default)]
        finish_reason: Option<&'a str>,
    }
    static WORD: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("length\""));
    // Most answers do not have the word, and need not be read for it.
    WORD.find(body.as_bytes()).is_some()
        && serde_json::from_str::<Answer<'_>>(body).is_ok_and(|answer| {
            answer.choices.iter().any(|choice| matches!(choice.finish_reason, Some("length" | "model_length")))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_finish_reason_counts() {
        let answer =
            |reason: &str| format!(r#"{{"choices":[{{"finish_reason":{reason},"message":{{"content":"length"}}}}]}}"#);
        assert!(is_cut_off(&answer(r#""length""#)) && is_cut_off(&answer(r#""model_length""#)));
        assert!(!is_cut_off(&answer(r#""stop""#)) && !is_cut_off(&answer("null")) && !is_cut_off(""));
        assert!(!is_cut_off(r#"{"data":[{"length":1}]}"#));
    }
}
