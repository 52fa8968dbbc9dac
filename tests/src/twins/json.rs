//! JSON compared by value.

use serde_json::{Map, Value};

/// Whether two values are equal when `1` and `1.0` are one number.
pub(super) fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left == right || left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, value)| right.get(name).is_some_and(|other| same(value, other)))
        }
        _ => left == right,
    }
}

/// The value without the keys that are null, but for the objects below the keys in `free`: those are somebody's own.
pub(super) fn without_nulls(value: &Value, free: &[&str]) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| without_nulls(item, free)).collect(),
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(_, value)| !value.is_null());
            let inner = |name: &String, value: &Value| match is_free(name, value, free) {
                true => value.clone(),
                false => without_nulls(value, free),
            };
            kept.map(|(name, value)| (name.clone(), inner(name, value))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

/// Whether the keys below a field are somebody's own. A list of objects is one if each of them is.
pub(super) fn is_free(name: &str, value: &Value, free: &[&str]) -> bool {
    free.contains(&name) && (value.is_object() || name == "outputs")
}

/// The first place at which two values differ, as a JSON path.
pub(super) fn first_difference(left: &Value, right: &Value) -> Option<String> {
    fn look(left: &Value, right: &Value, path: &str) -> Option<String> {
        match (left, right) {
            (Value::Object(one), Value::Object(other)) => {
                let names = one.keys().chain(other.keys().filter(|name| !one.contains_key(*name)));
                names.into_iter().find_map(|name| {
                    let path = format!("{path}.{name}");
                    match (one.get(name), other.get(name)) {
                        (Some(left), Some(right)) => look(left, right, &path),
                        _ => Some(path),
                    }
                })
            }
            (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
                let mut pairs = one.iter().zip(other).enumerate();
                pairs.find_map(|(at, (left, right))| look(left, right, &format!("{path}[{at}]")))
            }
            _ => (!same(left, right)).then(|| path.to_owned()),
        }
    }
    look(left, right, "$")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_compared_by_value_and_the_first_difference_is_named() {
        assert!(same(&json!({"a": [1, 2.0]}), &json!({"a": [1.0, 2]})));
        assert!(!same(&json!({"a": 1}), &json!({"a": 1, "b": null})));
        let path = first_difference(&json!({"a": [1, {"b": 2}]}), &json!({"a": [1, {"b": 3}]}));
        assert_eq!(path.as_deref(), Some("$.a[1].b"));
        assert_eq!(first_difference(&json!([1]), &json!([1.0])), None);
    }

    #[test]
    fn nulls_are_left_out_except_in_what_is_the_callers_own() {
        let value = json!({"a": null, "b": {"c": null}, "body": {"d": null}});
        assert_eq!(without_nulls(&value, &["body"]), json!({"b": {}, "body": {"d": null}}));
    }
}
