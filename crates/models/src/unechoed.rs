use std::fmt;

use serde_json::Value;

/// Shows what a server said without what it echoes of the request: the `input` of a validation answer can hold the key of
/// another service.
pub(crate) struct Unechoed<'a>(pub(crate) &'a Value);

impl fmt::Debug for Unechoed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Object(fields) => {
                let mut shown = f.debug_map();
                for (name, value) in fields {
                    match name.as_str() {
                        "input" => shown.entry(name, &format_args!("[hidden]")),
                        _ => shown.entry(name, &Unechoed(value)),
                    };
                }
                shown.finish()
            }
            Value::Array(items) => f.debug_list().entries(items.iter().map(Unechoed)).finish(),
            other => other.fmt(f),
        }
    }
}
