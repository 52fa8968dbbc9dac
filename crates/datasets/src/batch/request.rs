use std::borrow::Cow;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::members::Members;
use super::{Code, Flaw};
use crate::syntax;

/// A request of a batch: one line of its input, borrowed.
///
/// ```
/// use mistral_datasets::batch::Request;
///
/// let line = br#"{"custom_id": "q-1", "body": {"model": "mistral-small-latest", "n": 1e2, "max_tokens": 9}}"#;
/// let request = Request::parse(line)?;
/// assert_eq!(request.custom_id.as_deref(), Some("q-1"));
/// assert_eq!(request.body, r#"{"model": "mistral-small-latest", "n": 1e2, "max_tokens": 9}"#);
/// assert_eq!((request.model.as_deref(), request.max_tokens), (Some("mistral-small-latest"), Some(9)));
/// # Ok::<(), mistral_datasets::batch::Flaw>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request<'a> {
    /// The id the result comes back with; `None` if it is absent or `null`. Any other is neither empty nor blank.
    pub custom_id: Option<Cow<'a, str>>,
    /// The JSON text of the body, an object, byte for byte as it stands in the line.
    pub body: &'a str,
    /// The model the body names, if it names one.
    pub model: Option<Cow<'a, str>>,
    /// The limit of the output that the body sets, in tokens.
    pub max_tokens: Option<u64>,
    /// The text of an id that is `null`, which is as good as none where ids are given.
    pub(super) null_id: Option<&'a str>,
}

impl<'a> Request<'a> {
    /// Takes a line apart, without its end.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with it. A `custom_id` may be missing or `null` here: whether it is needed is for the
    /// [`Checker`](super::Checker) to say.
    pub fn parse(line: &'a [u8]) -> Result<Self, Flaw> {
        let text = std::str::from_utf8(line).map_err(|error| {
            let at = error.valid_up_to();
            let valid = String::from_utf8_lossy(line.get(..at).unwrap_or_default());
            let byte = line.get(at).copied().unwrap_or_default();
            let column = Some(valid.chars().count() as u64 + 1);
            Flaw { column, ..Flaw::new(Code::NotUtf8, format!("the byte 0x{byte:02x} is not UTF-8")) }
        })?;
        if !text.trim_start().starts_with('{') {
            serde_json::from_str::<IgnoredAny>(text).map_err(|error| syntax_flaw(text, &error))?;
            let what = format!("the line is {} instead of an object", kind(text));
            return Err(Flaw::new(Code::NotAnObject, what));
        }
        let fields: Fields<'_> = serde_json::from_str(text).map_err(|error| match error.is_data() {
            // Values are taken as they are, so that nothing else can be wrong with them.
            true => Flaw::new(Code::KeyTwice, syntax::reason(&error)),
            false => syntax_flaw(text, &error),
        })?;
        fields.check(text)
    }
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

/// What matters of a body, as it is written.
#[derive(Default)]
struct Body<'a> {
    model: Option<&'a str>,
    stream: Option<&'a str>,
    max_tokens: Option<&'a str>,
}

impl<'a> Body<'a> {
    fn read(body: &'a str) -> Result<Self, Flaw> {
        let mut read = Self::default();
        for (key, value) in Members::of(body) {
            let place = match &*key {
                "model" => &mut read.model,
                "stream" => &mut read.stream,
                "max_tokens" => &mut read.max_tokens,
                _ => continue,
            };
            if place.replace(value).is_some() {
                return Err(Flaw::new(Code::BodyKeyTwice, format!("body has {key} twice")));
            }
        }
        Ok(read)
    }
}

impl<'a> Fields<'a> {
    fn check(self, line: &'a str) -> Result<Request<'a>, Flaw> {
        if let Some(value) = self.method.or(self.url) {
            let flaw = Flaw::new(Code::OtherVendor, "method and url do not belong here");
            return Err(flaw.at(value.get(), line));
        }
        let null_id = self.custom_id.map(RawValue::get).filter(|id| *id == "null");
        let custom_id = match self.custom_id.map(RawValue::get).filter(|_| null_id.is_none()) {
            Some(id) => Some(custom_id(id).map_err(|flaw| flaw.at(id, line))?),
            None => None,
        };
        let body = self.body.ok_or_else(|| Flaw::new(Code::BodyMissing, "body is missing"))?.get();
        if !body.starts_with('{') {
            return Err(Flaw::new(Code::BodyType, format!("body is {}", kind(body))).at(body, line));
        }
        let read = Body::read(body).map_err(|flaw| flaw.at(body, line))?;
        if let Some(stream) = read.stream.filter(|stream| *stream == "true") {
            return Err(Flaw::new(Code::Streams, "body.stream is true").at(stream, line));
        }
        let model = read.model.and_then(|model| serde_json::from_str(model).ok());
        let max_tokens = read.max_tokens.and_then(|tokens| tokens.parse().ok());
        Ok(Request { custom_id, body, model: model.map(|Text(model)| model), max_tokens, null_id })
    }
}

fn custom_id(json: &str) -> Result<Cow<'_, str>, Flaw> {
    if !json.starts_with('"') {
        return Err(Flaw::new(Code::CustomIdType, format!("custom_id is {}", kind(json))));
    }
    // A text by its first character, and checked JSON: without escapes it is what stands between the quotes, and with them
    // it can still have a lone surrogate.
    let id = match json.strip_prefix('"').and_then(|id| id.strip_suffix('"')).filter(|id| !id.contains('\\')) {
        Some(id) => Cow::Borrowed(id),
        None => {
            let what = "custom_id is not Unicode: it has half a surrogate pair";
            let Text(id) = serde_json::from_str(json).map_err(|_| Flaw::new(Code::CustomIdNotUnicode, what))?;
            id
        }
    };
    if id.trim().is_empty() {
        return Err(Flaw::new(Code::CustomIdEmpty, "custom_id is empty"));
    }
    Ok(id)
}

/// The value of a key that is there, `null` included: serde's own reading makes it look absent.
fn present<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'a RawValue>, D::Error> {
    <&'a RawValue>::deserialize(deserializer).map(Some)
}

/// A text, borrowed unless it has escapes in it.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

fn syntax_flaw(text: &str, error: &serde_json::Error) -> Flaw {
    let (what, column) = syntax::explain(text, error);
    Flaw { column: Some(column), ..Flaw::new(Code::InvalidJson, what) }
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

/// The `custom_id` of a line that was checked before, which is not read as JSON again; `None` if it is absent or `null`, and
/// for most lines that are no requests.
///
/// ```
/// let line = br#"{"custom_id": "q-1", "body": {"max_tokens": 9}}"#;
/// assert_eq!(mistral_datasets::batch::checked_id(line).as_deref(), Some("q-1"));
/// ```
pub fn checked_id(line: &[u8]) -> Option<Cow<'_, str>> {
    let (_, id) = Members::of(std::str::from_utf8(line).ok()?).find(|(key, _)| key == "custom_id")?;
    custom_id(id).ok()
}

/// The id given to a row that has none, where that was asked for. Rows are counted from 1, over all files.
///
/// ```
/// assert_eq!(mistral_datasets::batch::generated_id(17), "row-17");
/// ```
pub fn generated_id(row: u64) -> String {
    format!("row-{row}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flaw(line: &str) -> (String, Option<u64>) {
        let Flaw { what, column, .. } = Request::parse(line.as_bytes()).unwrap_err();
        (what, column)
    }

    #[test]
    fn a_good_line_gives_its_id_its_body_and_its_model() {
        let line = r#"{"custom_id": "a\u00e9", "body": {"model": "m",  "stream": false}, "extra": [1]}"#;
        let read = Request::parse(line.as_bytes()).unwrap();
        assert_eq!((read.custom_id.as_deref(), read.model.as_deref()), (Some("aé"), Some("m")));
        assert_eq!(read.body, r#"{"model": "m",  "stream": false}"#);
        let read = Request::parse(br#" {"body":{"n":1e999,"max_tokens":null},"custom_id":"x"} "#).unwrap();
        assert_eq!((read.custom_id.as_deref(), read.model, read.max_tokens), (Some("x"), None, None));
        assert!(matches!(read.custom_id, Some(Cow::Borrowed(_))));
        for line in [r#"{"body": {}}"#, r#"{"body": {}, "custom_id": null}"#] {
            assert_eq!(Request::parse(line.as_bytes()).unwrap().custom_id, None);
        }
    }

    #[test]
    fn the_id_of_a_checked_line_is_the_one_the_check_found() {
        for line in [
            r#"{"custom_id": "a\u00e9\\", "body": {}}"#,
            r#" {"body":{"custom_id":"in"}, "custom\u005fid" :"x"} "#,
            r#"{"body": {"custom_id": "in"}}"#,
            r#"{"custom_id": null, "body": {}}"#,
        ] {
            assert_eq!(checked_id(line.as_bytes()), Request::parse(line.as_bytes()).unwrap().custom_id, "{line}");
        }
        for line in [&b""[..], b"\xff", b"[]", br#"{"custom_id"#, br#"{"custom_id": 7}"#] {
            assert_eq!(checked_id(line), None);
        }
    }

    #[test]
    fn every_flaw_is_named_and_has_a_place() {
        let cases = [
            (r#"{"custom_id": 7, "body": {}}"#, "custom_id is a number", Some(15)),
            (r#"{"custom_id": "", "body": {}}"#, "custom_id is empty", Some(15)),
            (r#"{"custom_id": " ", "body": {}}"#, "custom_id is empty", Some(15)),
            (r#"{"custom_id": "\ud800", "body": {}}"#, "custom_id is not Unicode", Some(15)),
            (r#"{"custom_id": "a"}"#, "body is missing", None),
            (r#"{"custom_id": "é", "body": "x"}"#, "body is a string", Some(28)),
            (r#"{"custom_id": "a", "body": null}"#, "body is null", Some(28)),
            (r#"{"custom_id": "a", "body": {"stream": true}}"#, "body.stream is true", Some(39)),
            (r#"{"custom_id": "a", "body": {"model": "a", "model": "b"}}"#, "body has model twice", Some(28)),
            (r#"{"custom_id": "a", "body": {"model": "a", "mod\u0065l": "b"}}"#, "body has model twice", Some(28)),
            (r#"{"custom_id": "a", "body": {}, "body": {}}"#, "duplicate field `body`", None),
            (r#"{"custom_id": "a", "method": "POST", "url": "/v1", "body": {}}"#, "method and url", Some(30)),
            (r#"["a", {}]"#, "the line is an array", None),
            ("7", "the line is a number", None),
        ];
        for (line, expected, column) in cases {
            let (found, at) = flaw(line);
            assert!(found.starts_with(expected), "{line}: {found}");
            assert_eq!(at, column, "{line}");
        }
    }

    #[test]
    fn the_place_in_broken_json_is_counted_in_characters() {
        assert_eq!(flaw(r#"{"é": tru}"#), ("not JSON: expected true, false or null, near \"}\"".into(), Some(10)));
        assert_eq!(flaw(r#"{"a": 1,}"#), ("not JSON: trailing comma, near \"}\"".into(), Some(9)));
        assert_eq!(flaw(r#"{"a": 1"#).0, "not JSON: EOF while parsing an object, where the line ends");
        assert_eq!(flaw("hello").1, Some(1));
        let not_utf8 = Request::parse(b"{\"\xc3\xa9\xff\"}").unwrap_err();
        assert_eq!((not_utf8.code, not_utf8.column), (Code::NotUtf8, Some(4)));
    }

    #[test]
    fn deep_nesting_is_no_danger() {
        let line = format!(r#"{{"custom_id":"a","body":{{"x":{}{}}}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert!(Request::parse(line.as_bytes()).is_ok());
        let (open, _) = line.split_at(line.len() - 50_000);
        assert!(flaw(open).0.starts_with("not JSON: EOF while parsing a list"));
    }
}
