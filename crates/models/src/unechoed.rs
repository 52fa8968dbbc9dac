use std::fmt;

use serde_json::Value;

/// Shows what a server said without what it echoes of the request: the `input` of a validation answer, and the key or token
/// of another service wherever it stands.
pub(crate) struct Unechoed<'a>(pub(crate) &'a Value);

impl fmt::Debug for Unechoed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Object(fields) => {
                let mut shown = f.debug_map();
                for (name, value) in fields {
                    if is_echo(name) {
                        shown.entry(name, &format_args!("[hidden]"));
                    } else {
                        shown.entry(name, &Unechoed(value));
                    }
                }
                shown.finish()
            }
            Value::Array(items) => f.debug_list().entries(items.iter().map(Unechoed)).finish(),
            _ => self.to_json().fmt(f),
        }
    }
}

impl Unechoed<'_> {
    /// The same as JSON.
    pub(crate) fn to_json(&self) -> Value {
        match self.0 {
            Value::Object(fields) => {
                let shown = |(name, value): (&String, &Value)| {
                    (name.clone(), if is_echo(name) { "[hidden]".into() } else { Unechoed(value).to_json() })
                };
                Value::Object(fields.iter().map(shown).collect())
            }
            Value::Array(items) => items.iter().map(|item| Unechoed(item).to_json()).collect(),
            Value::String(text) => without_echo(text).unwrap_or_else(|| text.clone()).into(),
            other => other.clone(),
        }
    }
}

/// The text without its echo, if it is JSON that holds one.
fn without_echo(text: &str) -> Option<String> {
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let json: Value = serde_json::from_str(text).ok()?;
    let shown = Unechoed(&json).to_json();
    (shown != json).then(|| shown.to_string())
}

fn is_echo(name: &str) -> bool {
    matches!(name, "input" | "api_key" | "token")
}
