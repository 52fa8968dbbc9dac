use crate::shorten::shorten;

/// What is wrong with a line that is not JSON, and the column, in characters counted from 1.
pub(crate) fn explain(line: &str, error: &serde_json::Error) -> (String, u64) {
    // serde_json counts bytes, and points behind the last byte it took.
    let bytes = error.column().saturating_sub(1).min(line.len());
    let before = (0..=bytes).rev().find_map(|at| line.get(..at)).unwrap_or_default();
    let column = before.chars().count() as u64 + 1;
    let reason = reason(error);
    let message = if error.is_eof() {
        format!("not JSON: {reason}, where the line ends")
    } else {
        let near = shorten(line[before.len()..].trim_start());
        format!("not JSON: {reason}, near {near:?}")
    };
    (message, column)
}

/// The parser's words without its place, which is shown in another way.
pub(crate) fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.split(" at line ").next() {
        Some("expected ident") => "expected true, false or null".to_owned(),
        Some("recursion limit exceeded") => "nested deeper than 128 levels".to_owned(),
        Some(reason) => reason.to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn explained(line: &str) -> (String, u64) {
        explain(line, &serde_json::from_str::<Value>(line).unwrap_err())
    }

    #[test]
    fn the_place_is_counted_in_characters() {
        let (message, column) = explained(r#"{"é": tru}"#);
        assert_eq!(message, "not JSON: expected true, false or null, near \"}\"");
        assert_eq!(column, 10);
        assert_eq!(explained(r#"{"a": 1,}"#).1, 9);
        assert_eq!(explained("{\"a\": 1"), ("not JSON: EOF while parsing an object, where the line ends".into(), 7));
        assert_eq!(explained(&"[".repeat(200)).0.split(',').next(), Some("not JSON: nested deeper than 128 levels"));
    }
}
