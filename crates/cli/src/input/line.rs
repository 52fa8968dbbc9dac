use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::problem::Flaw;

/// What the check needs of one line.
#[derive(Debug, PartialEq)]
pub(super) struct Request<'a> {
    pub(super) custom_id: Cow<'a, str>,
    /// The model the body names.
    pub(super) model: Option<String>,
}

/// Reads one line, without its line end.
///
/// # Errors
///
/// The first thing that is wrong with it, and the column, if one can be named.
pub(super) fn read(line: &[u8]) -> Result<Request<'_>, (Flaw, Option<usize>)> {
    let text = std::str::from_utf8(line).map_err(|error| {
        let valid = String::from_utf8_lossy(&line[..error.valid_up_to()]);
        (Flaw::NotUtf8, Some(valid.chars().count() + 1))
    })?;
    let start = text.trim_start().chars().next();
    if start != Some('{') {
        let found: serde_json::Result<IgnoredAny> = serde_json::from_str(text);
        return Err(match found {
            Ok(_) => (Flaw::NotAnObject(kind(text)), None),
            Err(error) => not_json(text, &error),
        });
    }
    let fields: Fields<'_> = serde_json::from_str(text).map_err(|error| not_json(text, &error))?;
    fields.check().map_err(|flaw| (flaw, None))
}

/// The keys that matter, unparsed. Others are ignored, as the service may learn new ones.
#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    custom_id: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    body: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    method: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    url: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    model: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    stream: Option<&'a RawValue>,
}

impl<'a> Fields<'a> {
    fn check(self) -> Result<Request<'a>, Flaw> {
        if self.method.is_some() || self.url.is_some() {
            return Err(Flaw::OtherFormat);
        }
        let custom_id = self.custom_id.ok_or(Flaw::NoCustomId)?.get();
        if !custom_id.starts_with('"') {
            return Err(Flaw::CustomIdNotText(kind(custom_id)));
        }
        // A text by its first character, and checked JSON: what can still fail is a lone surrogate.
        let custom_id: Id<'a> = serde_json::from_str(custom_id).map_err(|_| Flaw::CustomIdNotUnicode)?;
        if custom_id.0.trim().is_empty() {
            return Err(Flaw::CustomIdEmpty);
        }
        let body = self.body.ok_or(Flaw::NoBody)?.get();
        if !body.starts_with('{') {
            return Err(Flaw::BodyNotAnObject(kind(body)));
        }
        let body: Body<'_> = serde_json::from_str(body).map_err(|error| Flaw::BodyTwofold(reason(&error)))?;
        if body.stream.is_some_and(|stream| stream.get() == "true") {
            return Err(Flaw::Streams);
        }
        let model = body.model.and_then(|model| serde_json::from_str(model.get()).ok());
        Ok(Request { custom_id: custom_id.0, model })
    }
}

/// The value of a key that is there, `null` included: serde's own reading makes it look absent.
fn present<'de: 'a, 'a, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<&'a RawValue>, D::Error> {
    <&'a RawValue>::deserialize(deserializer).map(Some)
}

/// A text, borrowed unless it has escapes in it.
#[derive(Deserialize)]
struct Id<'a>(#[serde(borrow)] Cow<'a, str>);

fn not_json(text: &str, error: &serde_json::Error) -> (Flaw, Option<usize>) {
    // serde_json counts bytes, and points behind the last byte it took.
    let bytes = error.column().saturating_sub(1).min(text.len());
    let before = (0..=bytes).rev().find_map(|at| text.get(..at)).unwrap_or_default();
    let near: String = text[before.len()..].chars().take(20).collect();
    let near = (!near.trim().is_empty() && !error.is_eof()).then_some(near);
    (Flaw::NotJson { reason: reason(error), near }, Some(before.chars().count() + 1))
}

/// The message without its place: the line is always 1, and the column is shown elsewhere.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.split(" at line ").next() {
        Some("expected ident") => "expected true, false or null".to_owned(),
        Some("expected value") => "expected a value".to_owned(),
        Some(reason) => reason.to_owned(),
        None => text,
    }
}

/// What a JSON value is, by its first character.
fn kind(json: &str) -> &'static str {
    match json.trim_start().bytes().next() {
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flaw(line: &str) -> (String, Option<usize>) {
        let (flaw, column) = read(line.as_bytes()).unwrap_err();
        (flaw.to_string(), column)
    }

    #[test]
    fn a_good_line_gives_its_id_and_model() {
        let request = |line: &'static str| read(line.as_bytes()).unwrap();
        let read = request(r#"{"custom_id": "a\u00e9", "body": {"model": "m", "stream": false}, "extra": [1]}"#);
        assert_eq!((read.custom_id.as_ref(), read.model.as_deref()), ("aé", Some("m")));
        let read = request(r#" {"body":{"n":1e999},"custom_id":"x"} "#);
        assert_eq!((read.custom_id.as_ref(), read.model), ("x", None));
    }

    #[test]
    fn every_flaw_is_named() {
        let cases = [
            (r#"{"body": {}}"#, "custom_id is missing"),
            (r#"{"custom_id": null, "body": {}}"#, "custom_id is null"),
            (r#"{"custom_id": 7, "body": {}}"#, "custom_id is a number"),
            (r#"{"custom_id": "", "body": {}}"#, "custom_id is empty"),
            (r#"{"custom_id": " ", "body": {}}"#, "custom_id is empty"),
            (r#"{"custom_id": "\ud800", "body": {}}"#, "custom_id is not Unicode"),
            (r#"{"custom_id": "a"}"#, "body is missing"),
            (r#"{"custom_id": "a", "body": "x"}"#, "body is a string"),
            (r#"{"custom_id": "a", "body": null}"#, "body is null"),
            (r#"{"custom_id": "a", "body": {"stream": true}}"#, "body.stream is true"),
            (r#"{"custom_id": "a", "body": {"model": "a", "model": "b"}}"#, "body: duplicate field `model`"),
            (r#"{"custom_id": "a", "method": "POST", "url": "/v1", "body": {}}"#, "method and url"),
            (r#"["a", {}]"#, "an array"),
            ("7", "a number"),
        ];
        for (line, expected) in cases {
            let (found, column) = flaw(line);
            assert!(found.starts_with(expected), "{line}: {found}");
            assert_eq!(column, None);
        }
    }

    #[test]
    fn the_place_in_broken_json_is_counted_in_characters() {
        assert_eq!(flaw(r#"{"é": tru}"#), ("not JSON: expected true, false or null, near `}`".into(), Some(10)));
        assert_eq!(flaw(r#"{"a": 1,}"#), ("not JSON: trailing comma, near `}`".into(), Some(9)));
        assert_eq!(flaw(r#"{"a": 1"#).0, "not JSON: EOF while parsing an object");
        assert_eq!(flaw("hello"), ("not JSON: expected a value, near `hello`".into(), Some(1)));
        assert_eq!(flaw(r#"{"a":1} {"b":2}"#), ("not JSON: trailing characters, near `{\"b\":2}`".into(), Some(9)));
        assert_eq!(read(b"{\"\xc3\xa9\xff\"}").unwrap_err(), (Flaw::NotUtf8, Some(4)));
    }

    #[test]
    fn deep_nesting_is_no_danger() {
        let line = format!(r#"{{"custom_id":"a","body":{{"x":{}{}}}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(read(line.as_bytes()), Ok(Request { custom_id: "a".into(), model: None }));
        let (open, _) = line.split_at(line.len() - 50_000);
        assert_eq!(flaw(open).0, "not JSON: EOF while parsing a list");
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_upset_it(line in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = read(&line);
        }

        #[test]
        fn no_text_upsets_it(line in r#"[\{\["][a-z":,\{\}\[\]é \\]{0,40}"#) {
            let _ = read(line.as_bytes());
        }
    }
}
