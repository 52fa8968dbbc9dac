/// Text of others as a page shows it: no markup, no invisible characters that act, no control characters.
///
/// Fit for content and for attributes in double quotes.
pub(super) fn escape(text: &str) -> String {
    let text = crate::terminal::escape(text);
    let mut escaped = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            char => escaped.push(char),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_becomes_markup_and_nothing_acts() {
        let text = "<script>alert('x')</script> \"a\" & b\u{0}\u{202e}\n";
        let shown = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &quot;a&quot; &amp; b\\u{0}\\u{202e}\\n";
        assert_eq!(escape(text), shown);
        assert_eq!(escape("déjà 日本語"), "déjà 日本語");
    }
}
