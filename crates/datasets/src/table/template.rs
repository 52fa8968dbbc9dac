use std::io;

use serde::de::IgnoredAny;
use serde_json::Value;

use super::TableError;
use super::placeholder::{self, Piece};
use crate::syntax;

/// Makes the body of a request out of a row: a JSON object with placeholders.
///
/// `{{column}}` stands for the value of a column. Within a string the value is put in as text; a string that is
/// `"{{column}}"` and nothing else becomes the value with its type: a number, a list, `null`. Where no column is meant,
/// write `\u007b\u007b`, which is `{{` in JSON too.
///
/// Of CSV every value is a text, also where it looks like a number.
///
/// ```
/// use mistral_datasets::table::Template;
///
/// let template = Template::parse(r#"{"input": ["{{title}}: {{text}}"], "output_dimension": "{{size}}"}"#)?;
/// assert_eq!(template.columns().collect::<Vec<_>>(), ["title", "text", "size"]);
/// # Ok::<(), mistral_datasets::table::TableError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
}

impl Template {
    /// Reads a template: one JSON object, on one line or on many.
    ///
    /// # Errors
    ///
    /// If it is not JSON or no object, or a placeholder is not closed or names nothing.
    pub fn parse(json: &str) -> Result<Self, TableError> {
        if let Err(error) = serde_json::from_str::<IgnoredAny>(json) {
            let line = json.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
            let (what, column) = syntax::explain(line, &error);
            let what = if error.line() > 1 { format!("{what}, on line {}", error.line()) } else { what };
            return Err(TableError::Template { what, column: Some(column) });
        }
        if !json.trim_start().starts_with('{') {
            let what = "no JSON object; expected the body of a request".to_owned();
            return Err(TableError::Template { what, column: None });
        }
        let mut pieces = Vec::new();
        let mut rest = json;
        while let Some((before, behind)) = rest.split_once('"') {
            outside(before, &mut pieces);
            let end = end_of_string(behind);
            let (written, after) = behind.split_at_checked(end).unwrap_or((behind, ""));
            rest = after.strip_prefix('"').unwrap_or(after);
            placeholder::string(written, !rest.trim_start().starts_with(':'), &mut pieces)?;
        }
        outside(rest, &mut pieces);
        Ok(Self { pieces })
    }

    /// A question to a chat model: the column is the user's only message.
    pub fn chat(column: &str) -> Self {
        Self::around(r#"{"messages":[{"role":"user","content":""#, column, r#""}]}"#)
    }

    /// A text to be embedded, moderated or classified: the column is the input.
    pub fn input(column: &str) -> Self {
        Self::around(r#"{"input":""#, column, r#""}"#)
    }

    fn around(before: &str, column: &str, after: &str) -> Self {
        let [before, after] = [before, after].map(|text| Piece::Literal(text.to_owned()));
        Self { pieces: vec![before, Piece::Text(column.to_owned()), after] }
    }

    /// The columns it needs, in the order of their places; one that is used twice comes twice.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Literal(_) => None,
            Piece::Value(name) | Piece::Text(name) => Some(name.as_str()),
        })
    }

    /// Writes the body for a row, on one line. `values` are those of [`columns`](Self::columns), in that order.
    pub(super) fn write<'v>(
        &self,
        mut values: impl Iterator<Item = Option<&'v Value>>,
        body: &mut Vec<u8>,
    ) -> io::Result<()> {
        let mut next = || values.next().flatten().unwrap_or(&Value::Null);
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => body.extend_from_slice(text.as_bytes()),
                Piece::Value(_) => serde_json::to_writer(&mut *body, next())?,
                Piece::Text(_) => match next() {
                    Value::Null => {}
                    Value::String(text) => escape(text, body)?,
                    other => escape(&other.to_string(), body)?,
                },
            }
        }
        Ok(())
    }
}

/// Adds what stands between strings, without the spaces and line breaks that JSON does not need.
fn outside(text: &str, pieces: &mut Vec<Piece>) {
    for part in text.split_ascii_whitespace() {
        placeholder::literal(pieces, part);
    }
}

/// Where a string ends, from behind its first quote, in a text that is known to be JSON.
fn end_of_string(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().position(|byte| {
        let is_end = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        is_end
    });
    end.unwrap_or(text.len())
}

/// Writes a text as it stands between the quotes of a JSON string.
fn escape(text: &str, body: &mut Vec<u8>) -> io::Result<()> {
    let start = body.len();
    serde_json::to_writer(&mut *body, text)?;
    body.pop();
    body.remove(start);
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn body(template: &str, values: &[Value]) -> String {
        let template = Template::parse(template).unwrap();
        let mut body = Vec::new();
        template.write(values.iter().map(Some), &mut body).unwrap();
        String::from_utf8(body).unwrap()
    }

    #[test]
    fn a_value_keeps_its_type_alone_and_is_text_among_text() {
        let template = r#"{ "a": "{{ x }}", "b": "<{{x}}>" }"#;
        for (value, typed, text) in [
            (json!("q\"\n"), r#""q\"\n""#, r#"<q\"\n>"#),
            (json!(7.5), "7.5", "<7.5>"),
            (json!(null), "null", "<>"),
            (json!(["é", {}]), r#"["é",{}]"#, r##"<[\"é\",{}]>"##),
        ] {
            let expected = format!(r#"{{"a":{typed},"b":"{text}"}}"#);
            assert_eq!(body(template, &[value.clone(), value]), expected);
        }
    }

    #[test]
    fn keys_names_with_escapes_and_several_in_a_string() {
        assert_eq!(body(r#"{"{{x}}": 1}"#, &[json!("k")]), r#"{"k":1}"#);
        assert_eq!(body(r#"{"a": "{{x}}{{y}} \" {{x}}"}"#, &[json!(1), json!(2), json!(1)]), r#"{"a":"12 \" 1"}"#);
        let columns: Vec<_> =
            Template::parse(r#"{"a": "{{\"q\u00e9\"}}"}"#).unwrap().columns().map(str::to_owned).collect();
        assert_eq!(columns, ["\"qé\""]);
    }

    #[test]
    fn spaces_are_dropped_between_strings_alone() {
        assert_eq!(body("{\n  \"a b\" : [ 1 ,\r\n\t true ]\n}\n", &[]), r#"{"a b":[1,true]}"#);
        assert_eq!(body(r#"{"a": "\u007b\u007bno column}} \\"}"#, &[]), r#"{"a":"\u007b\u007bno column}} \\"}"#);
    }

    #[test]
    fn what_cannot_be_used_is_told() {
        let error = |template: &str| Template::parse(template).unwrap_err().to_string();
        assert_eq!(error("{\"a\": 1,}"), "the template, column 9: not JSON: key must be a string, near \"}\"");
        assert!(error("{\"a\":\n nope}").contains("on line 2"), "{}", error("{\"a\":\n nope}"));
        assert!(error("[1]").starts_with("the template: no JSON object"));
        assert!(error(r#"{"a": "{{x"}"#).starts_with("the template: {{ is not closed in \"{{x\""));
        assert!(error(r#"{"a": "{{ }}"}"#).starts_with("the template: {{ }} names no column"));
    }

    #[test]
    fn the_common_cases_need_no_json() {
        let mut written = Vec::new();
        let values = [json!("a\"b")];
        Template::chat("any {{name}}").write(values.iter().map(Some), &mut written).unwrap();
        assert_eq!(written, br#"{"messages":[{"role":"user","content":"a\"b"}]}"#);
        assert_eq!(Template::input("{{").columns().collect::<Vec<_>>(), ["{{"]);
    }

    proptest! {
        #[test]
        fn whatever_the_values_the_body_is_json_and_holds_them(text: String, number: i64) {
            let written = body(r#"{"t": "{{t}}", "in": ["a{{t}}b"], "n": "{{n}}"}"#, &[json!(text), json!(text), json!(number)]);
            prop_assert!(!written.contains('\n'));
            let read: Value = serde_json::from_str(&written).unwrap();
            prop_assert_eq!(read, json!({"t": text, "in": [format!("a{text}b")], "n": number}));
        }

        #[test]
        fn no_template_upsets_it(text in r#"\{"a":"[a{}"\\:, ]{0,20}"?\}"#) {
            let _ = Template::parse(&text);
        }
    }
}
