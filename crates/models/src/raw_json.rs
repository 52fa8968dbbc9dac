use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// A JSON value kept as the text it arrived in.
///
/// Request and result bodies belong to other endpoints than the ones modelled here. Left unparsed they cost half as
/// much to read, and reach their destination byte for byte: no number is rounded, no key reordered. Only a line end between
/// tokens is written as a blank, so that the value fits on one line of a batch file.
///
/// ```
/// use mistral_models::RawJson;
///
/// let body: RawJson = serde_json::from_str(r#"{"seed": 1e999}"#)?;
/// assert_eq!(body.get(), r#"{"seed": 1e999}"#);
///
/// let made = RawJson::new(&serde_json::json!({"input": "a"}))?;
/// assert_eq!(made.decode::<serde_json::Value>()?["input"], "a");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone)]
pub struct RawJson(Box<RawValue>);

impl RawJson {
    /// Writes `value` as JSON.
    ///
    /// # Errors
    ///
    /// What serde_json says if the value cannot be JSON, such as a map with keys that are not strings.
    pub fn new<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        serde_json::value::to_raw_value(value).map(Self)
    }

    /// The JSON text.
    pub fn get(&self) -> &str {
        self.0.get()
    }

    /// Reads the text as a `T`.
    ///
    /// # Errors
    ///
    /// What serde_json says if the text is not a `T`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.get())
    }
}

impl PartialEq for RawJson {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Eq for RawJson {}

impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.get())
    }
}

impl From<Box<RawValue>> for RawJson {
    fn from(value: Box<RawValue>) -> Self {
        Self(value)
    }
}

impl Serialize for RawJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Between tokens a line end is only white space, but in a file of lines it would end the line.
        if self.get().bytes().any(|byte| matches!(byte, b'\n' | b'\r')) {
            if let Ok(line) = RawValue::from_string(self.get().replace(['\n', '\r'], " ")) {
                return line.serialize(serializer);
            }
        }
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RawJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_written_on_one_line() {
        let pretty: RawJson = serde_json::from_str("{\n  \"a\": \"b\\nc\",\r\n  \"d\": 1e999\n}").unwrap();
        assert_eq!(serde_json::to_string(&pretty).unwrap(), "{   \"a\": \"b\\nc\",    \"d\": 1e999 }");
    }
}
