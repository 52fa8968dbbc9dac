//! Text of others on a terminal: it may say anything and must do nothing.

use std::borrow::Cow;
use std::fmt::Write;

use mistral_sdk::transport::acts_on_a_terminal;

/// The text with everything escaped that could move the cursor, forge a line, switch colours or turn the reading
/// direction: C0, DEL, C1, line separators and bidirectional marks.
///
/// Only for people's eyes; data files and JSON keep the raw text.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(acts_on_a_terminal) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        match char {
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            char if acts_on_a_terminal(char) => {
                // Writing to a String cannot fail.
                let _ = write!(escaped, "\\u{{{:x}}}", u32::from(char));
            }
            char => escaped.push(char),
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_of_any_language_is_left_alone() {
        for text in ["", "a b", "déjà vu ☕", "日本語", "عربى", "👩‍🚀"] {
            assert!(matches!(escape(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }

    #[test]
    fn what_acts_on_a_terminal_is_shown_and_does_nothing() {
        let cases = [
            ("\u{1b}[31mred", r"\u{1b}[31mred"),
            ("\u{1b}]52;c;ZXZpbA==\u{7}", r"\u{1b}]52;c;ZXZpbA==\u{7}"),
            ("\u{9b}2J", r"\u{9b}2J"),
            ("a\nb\r\tc", r"a\nb\r\tc"),
            ("\u{7f}", r"\u{7f}"),
            ("user\u{202e}txt.exe", r"user\u{202e}txt.exe"),
            ("\u{2066}\u{200f}\u{061c}", r"\u{2066}\u{200f}\u{61c}"),
            ("one\u{2028}two", r"one\u{2028}two"),
        ];
        for (text, shown) in cases {
            assert_eq!(escape(text), shown);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_survives_that_acts(text in ".*") {
            proptest::prop_assert!(!escape(&text).chars().any(acts_on_a_terminal));
        }
    }
}
