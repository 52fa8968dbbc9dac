//! Parameters as the API reads them from a query.

use mistral_models::Invalid;
use serde::Serialize;
use serde_json::Value;

/// Writes parameters as `name=value` pairs.
///
/// A list repeats its name, an empty list sends nothing; an object is exploded, each entry a pair of its own; `null` and
/// absent are the same. This is OpenAPI's `form` style with `explode`, and what the official clients send.
pub(crate) fn encode(params: &impl Serialize) -> Result<String, Invalid> {
    let params = serde_json::to_value(params).map_err(|error| Invalid::new("query", error.to_string()))?;
    let Value::Object(params) = params else {
        return Err(Invalid::new("query", "parameters must be named"));
    };
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in &params {
        match value {
            Value::Array(items) => {
                for item in items {
                    push(&mut query, name, item)?;
                }
            }
            Value::Object(entries) => {
                for (key, value) in entries {
                    if params.contains_key(key) {
                        return Err(Invalid::new(name.clone(), format!("{key:?} is the name of another parameter")));
                    }
                    push(&mut query, key, value)?;
                }
            }
            scalar => push(&mut query, name, scalar)?,
        }
    }
    Ok(query.finish())
}

fn push(query: &mut form_urlencoded::Serializer<'_, String>, name: &str, value: &Value) -> Result<(), Invalid> {
    match value {
        Value::Null => {}
        Value::Bool(value) => {
            query.append_pair(name, if *value { "true" } else { "false" });
        }
        Value::Number(value) => {
            query.append_pair(name, &value.to_string());
        }
        Value::String(value) => {
            query.append_pair(name, value);
        }
        Value::Array(_) | Value::Object(_) => {
            return Err(Invalid::new(name.to_owned(), "a nested value has no agreed form in a query"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_repeat_their_name_and_objects_are_exploded() {
        let query = encode(&json!({
            "page": 0, "mine": false, "status": ["QUEUED", "RUNNING"], "none": null, "empty": [],
            "metadata": {"team": "blue & green", "run": 7, "gone": null},
        }));
        assert_eq!(query.unwrap(), "run=7&team=blue+%26+green&mine=false&page=0&status=QUEUED&status=RUNNING");
    }

    #[test]
    fn reserved_characters_and_other_scripts_are_encoded() {
        let query = encode(&json!({"after": "2025-03-01T12:30:00+02:00", "search": "déjà/vu", "blank": ""}));
        assert_eq!(query.unwrap(), "after=2025-03-01T12%3A30%3A00%2B02%3A00&blank=&search=d%C3%A9j%C3%A0%2Fvu");
    }

    #[test]
    fn an_entry_never_poses_as_a_parameter() {
        assert!(encode(&json!({"page": 1, "metadata": {"page": "9"}})).is_err());
        assert!(encode(&json!({"status": null, "metadata": {"status": "x"}})).is_err());
        assert!(encode(&json!({"metadata": {"metadata": "x"}})).is_err());
    }

    #[test]
    fn nested_values_are_refused() {
        assert!(encode(&json!({"metadata": {"a": [1]}})).is_err());
        assert!(encode(&json!({"status": [["x"]]})).is_err());
    }
}
