use serde::Serialize;
use serde_json::Value;

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
