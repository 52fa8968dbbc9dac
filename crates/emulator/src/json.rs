use serde::Serialize;
use serde_json::{Map, Value};

/// An object of these fields. Unlike `json!` it takes the values in, and copies none: a batch makes millions of them.
pub(crate) fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Object(fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>())
}

/// `value` as the service writes it: with an explicit `null` for each of `keys` that is absent.
///
/// The models leave absent keys out; the service sends them as null, and a client should meet here what it meets there.
pub(crate) fn with_nulls<T: Serialize>(value: &T, keys: &[&str]) -> Value {
    let mut value = serde_json::to_value(value).unwrap_or_default();
    if let Value::Object(fields) = &mut value {
        for key in keys {
            fields.entry(*key).or_insert(Value::Null);
        }
    }
    value
}
