//! What the server says when it refuses, in any of its shapes.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::unechoed::Unechoed;

/// The body of an error answer, read leniently.
///
/// Two shapes are documented, and gateways add more of their own:
///
/// * `{"object": "error", "message", "type", "param", "code"}`, where `code` is a string, a number or null and `message`
///   is sometimes an object, a list, or a string that holds JSON again;
/// * `{"detail": [{"loc", "msg", "type"}]}`, or `{"detail": "text"}`;
/// * `{"message"}`, plain text, HTML, nothing at all, or JSON that breaks off.
///
/// [`parse`](Self::parse) takes them all: building an error never fails. `Debug` and [`message`](Self::message) leave out what
/// the server echoes of the request (`input`, `api_key`, `token`), which can be or hold the key of another service.
///
/// ```
/// use mistral_models::ErrorBody;
///
/// let body = ErrorBody::parse(br#"{"detail": [{"loc": ["query", "page"], "msg": "not a number", "type": "int_parsing"}]}"#);
/// assert_eq!(body.message().as_deref(), Some("query.page: not a number"));
/// assert_eq!(ErrorBody::parse(b"upstream down").message().as_deref(), Some("upstream down"));
/// ```
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ErrorBody {
    /// `"error"` in the general shape.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<Value>,
    /// What went wrong: a string as a rule. [`message`](Self::message) makes one text of whatever it is.
    #[serde(rename = "message", skip_serializing_if = "Option::is_none")]
    pub raw_message: Option<Value>,
    /// The class of the error, such as `invalid_request_error` or `rate_limited`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<Value>,
    /// The parameter at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub param: Option<Value>,
    /// A number, or digits in a string. [`code`](Self::code) makes a text of either.
    #[serde(rename = "code", skip_serializing_if = "Option::is_none")]
    pub raw_code: Option<Value>,
    /// The validation shape: a text, or a list of [`Issue`]s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<Value>,
    /// The gateway's name for the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<Value>,
    /// The status again, in newer answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw_status_code: Option<Value>,
    /// Whatever else the body holds; other servers of the same protocol nest all of the above under `error`.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

impl ErrorBody {
    /// The general shape with a message and a type, as the emulator and tests of your own may want to answer.
    pub fn new(message: impl Into<String>, kind: impl Into<String>) -> Self {
        Self {
            object: Some("error".into()),
            raw_message: Some(message.into().into()),
            kind: Some(kind.into().into()),
            ..Self::default()
        }
    }

    /// Reads the bytes of an error answer, whatever they are.
    ///
    /// What is not a JSON object becomes the message: text as it is, an HTML page as its title.
    pub fn parse(body: &[u8]) -> Self {
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => serde_json::from_value(Value::Object(fields)).unwrap_or_default(),
            Ok(value) => Self { raw_message: Some(value), ..Self::default() },
            Err(_) => {
                let text = String::from_utf8_lossy(body);
                let text = text.trim();
                let text = html_title(text).unwrap_or(text);
                Self { raw_message: (!text.is_empty()).then(|| text.into()), ..Self::default() }
            }
        }
    }

    /// What the server said, on one line; `None` if it said nothing.
    pub fn message(&self) -> Option<String> {
        let issues = self.issues();
        if !issues.is_empty() {
            return Some(issues.iter().map(Issue::to_string).collect::<Vec<_>>().join("; "));
        }
        let known = [&self.raw_message, &self.detail].into_iter().flatten().find_map(text);
        known.or_else(|| self.other.get("error").and_then(text)).or_else(|| {
            // Nothing in a known place: better all of it than nothing.
            let all = || Value::Object(self.other.clone().into_iter().collect());
            (!self.other.is_empty()).then(|| Unechoed(&all()).to_json().to_string())
        })
    }

    /// The single complaints of a validation answer, wherever they were put; empty for other answers.
    pub fn issues(&self) -> Vec<Issue> {
        [self.detail.as_ref(), self.raw_message.as_ref(), self.other.get("error")]
            .into_iter()
            .flatten()
            .map(issues)
            .find(|found| !found.is_empty())
            .unwrap_or_default()
    }

    /// The error's code as text, be it a number or a string.
    pub fn code(&self) -> Option<String> {
        self.raw_code.as_ref().and_then(text)
    }

    /// The error's class, such as `rate_limited`.
    pub fn kind(&self) -> Option<&str> {
        self.kind.as_ref().and_then(Value::as_str)
    }

    /// The gateway's name for the request.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_ref().and_then(Value::as_str)
    }
}

impl fmt::Debug for ErrorBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { object, raw_message, kind, param, raw_code, detail, request_id, raw_status_code, other } = self;
        f.debug_struct("ErrorBody")
            .field("object", object)
            .field("raw_message", &raw_message.as_ref().map(Unechoed))
            .field("kind", kind)
            .field("param", param)
            .field("raw_code", raw_code)
            .field("detail", &detail.as_ref().map(Unechoed))
            .field("request_id", request_id)
            .field("raw_status_code", raw_status_code)
            .field("other", &other.iter().map(|(name, value)| (name, Unechoed(value))).collect::<BTreeMap<_, _>>())
            .finish()
    }
}

/// One complaint of a validation answer. `Debug` leaves out its [`input`](Self::input).
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Issue {
    /// Where: `["body", "requests", 0, "body"]`.
    #[serde(default)]
    pub loc: Vec<IssueLocation>,
    /// What is wrong.
    pub msg: String,
    /// The rule that was broken, such as `missing`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The value at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Value>,
    /// More about the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ctx: Option<Value>,
}

/// One step on the way to the value at fault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum IssueLocation {
    /// A place in a list.
    Index(i64),
    /// A key of an object.
    Key(String),
}

impl fmt::Debug for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { loc, msg, kind, input, ctx } = self;
        let input = if input.is_some() { "[hidden]" } else { "None" };
        let mut shown = f.debug_struct("Issue");
        shown.field("loc", loc).field("msg", msg).field("kind", kind);
        shown.field("input", &format_args!("{input}")).field("ctx", ctx).finish()
    }
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.loc.iter().enumerate() {
            let dot = if at == 0 { "" } else { "." };
            match step {
                IssueLocation::Index(index) => write!(f, "[{index}]")?,
                IssueLocation::Key(key) => write!(f, "{dot}{key}")?,
            }
        }
        let colon = if self.loc.is_empty() { "" } else { ": " };
        write!(f, "{colon}{}", self.msg)
    }
}

/// Finds the list of complaints in a `detail` or a `message`, which may itself be an object with a `detail`, or a string
/// that holds JSON.
fn issues(value: &Value) -> Vec<Issue> {
    match value {
        Value::Array(items) => items.iter().filter_map(|item| Issue::deserialize(item).ok()).collect(),
        Value::Object(fields) => fields.get("detail").map(issues).unwrap_or_default(),
        Value::String(text) if text.starts_with(['{', '[']) => {
            serde_json::from_str::<Value>(text).map(|inner| issues(&inner)).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) if text.trim().is_empty() => None,
        Value::Object(fields) => ["message", "detail"]
            .iter()
            .find_map(|key| fields.get(*key).and_then(text))
            .or_else(|| Some(Unechoed(value).to_json().to_string())),
        other => match Unechoed(other).to_json() {
            Value::String(text) => Some(text),
            other => Some(other.to_string()),
        },
    }
}

/// The title of a page: all that a gateway's HTML has to say.
fn html_title(text: &str) -> Option<&str> {
    if !text.starts_with('<') {
        return None;
    }
    let find = |needle: &str| text.to_ascii_lowercase().find(needle);
    let start = find("<title>")? + "<title>".len();
    let title = text.get(start..find("</title>")?)?.trim();
    (!title.is_empty()).then_some(title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_echoed_of_the_request_does_not_show() {
        let complaint = r#"{"loc": ["body"], "msg": "bad", "input": {"api_key": "canary"}}"#;
        for body in [
            format!(r#"{{"detail": [{complaint}]}}"#),
            format!(r#"{{"message": {{"detail": [{complaint}]}}}}"#),
            format!(r#"{{"error": {complaint}}}"#),
            format!(r#"{{"error": {{"detail": [{complaint}]}}}}"#),
            format!(r#"{{"errors": [{complaint}]}}"#),
            format!(r#"{{"detail": [{}]}}"#, complaint.replace("msg", "reason")),
            format!(r#"{{"message": {:?}}}"#, complaint.replace("msg", "reason")),
            r#"{"detail": "bad", "body": {"integrations": [{"api_key": "canary"}], "repositories": [{"token": "canary"}]}}"#
                .to_owned(),
        ] {
            let body = ErrorBody::parse(body.as_bytes());
            let message = body.message().unwrap();
            assert!(!message.contains("canary") && message.contains("bad"), "{message}");
            let shown = format!("{body:?} {:?}", body.issues());
            assert!(!shown.contains("canary") && shown.contains("bad"), "{shown}");
            assert!(serde_json::to_string(&body).unwrap().contains("canary"));
        }
        assert_eq!(message(&format!(r#"{{"detail": [{complaint}]}}"#)).as_deref(), Some("body: bad"));
    }

    fn message(body: &str) -> Option<String> {
        ErrorBody::parse(body.as_bytes()).message()
    }

    #[test]
    fn every_known_shape_gives_a_message() {
        let cases = [
            (r#"{"object":"error","message":"no such model","type":"t","param":null,"code":"1300"}"#, "no such model"),
            (r#"{"message":"Unauthorized","request_id":"5f1e"}"#, "Unauthorized"),
            (r#"{"detail":"Not Found"}"#, "Not Found"),
            (
                r#"{"detail":[{"loc":["body","requests",0,"body"],"msg":"Field required","type":"missing"}]}"#,
                "body.requests[0].body: Field required",
            ),
            (
                r#"{"object":"error","message":{"detail":[{"loc":["body","n"],"msg":"extra","type":"x"}]}}"#,
                "body.n: extra",
            ),
            (r#"{"message":"{\"detail\":[{\"loc\":[],\"msg\":\"nested\"}]}"}"#, "nested"),
            ("plain text", "plain text"),
            ("<html><head><TITLE>413 Too Large</TITLE></head></html>", "413 Too Large"),
            (r#"{"message": "broke o"#, r#"{"message": "broke o"#),
            (r#""just a string""#, "just a string"),
            (r#"{"message":["a",1]}"#, r#"["a",1]"#),
            (r#"{"error":{"message":"no such model","code":404}}"#, "no such model"),
            (r#"{"error":"overloaded"}"#, "overloaded"),
            (r#"{"reason":"unknown place"}"#, r#"{"reason":"unknown place"}"#),
        ];
        for (body, expected) in cases {
            assert_eq!(message(body).as_deref(), Some(expected), "{body}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_make_a_body_and_a_message_of_theirs(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let body = ErrorBody::parse(&bytes);
            let text = String::from_utf8_lossy(&bytes).trim().to_owned();
            proptest::prop_assert_eq!(body.message().is_none() && body.other.is_empty(), text.is_empty() || matches!(text.as_str(), "null" | "{}"));
        }

        #[test]
        fn the_message_surfaces_from_the_general_shape(message in "\\PC{1,40}", code in 0..9_999_u32) {
            proptest::prop_assume!(!message.trim().is_empty() && !message.starts_with(['{', '[']));
            let json = serde_json::json!({"object": "error", "message": message, "type": "t", "code": code.to_string()});
            let body = ErrorBody::parse(json.to_string().as_bytes());
            proptest::prop_assert_eq!(body.message(), Some(message));
            proptest::prop_assert_eq!(body.code(), Some(code.to_string()));
        }
    }

    #[test]
    fn an_empty_body_says_nothing() {
        for body in ["", "  \n", "{}", "null", r#"{"message":""}"#] {
            assert_eq!(message(body), None, "{body}");
        }
    }

    #[test]
    fn a_code_is_text_whatever_its_type() {
        let code = |body: &str| ErrorBody::parse(body.as_bytes()).code();
        assert_eq!(code(r#"{"code":"1300"}"#).as_deref(), Some("1300"));
        assert_eq!(code(r#"{"code":3001}"#).as_deref(), Some("3001"));
        assert_eq!(code(r#"{"code":null}"#), None);
    }
}
