use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use crate::error::{ApiError, Complaints, invalid};

/// The fields of a JSON body, read one at a time, so that one answer names everything that is wrong.
///
/// A null is as good as an absent key; unknown keys are ignored.
pub(crate) struct Fields<'a> {
    fields: BTreeMap<String, &'a RawValue>,
    pub(crate) complaints: Complaints,
}

impl<'a> Fields<'a> {
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, ApiError> {
        let fields = serde_json::from_slice(body).map_err(|error| {
            invalid(json!(["body", error.column()]), format!("Not a JSON object: {error}"), "json_invalid")
        })?;
        Ok(Self { fields, complaints: Complaints::default() })
    }

    /// Whether the key is there, null or not.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    /// Complains if the field is absent or null.
    pub(crate) fn require(&mut self, name: &str) {
        if self.raw(name).is_none() {
            self.complaints.missing(json!(["body", name]));
        }
    }

    /// Reads one field; `None` if it is absent, null, or not as it should be, which is noted.
    pub(crate) fn read<T: Deserialize<'a>>(&mut self, name: &str, rule: &str, kind: &str) -> Option<T> {
        match serde_json::from_str(self.raw(name)?.get()) {
            Ok(value) => Some(value),
            Err(_) => {
                self.complaints.add(json!(["body", name]), rule, kind);
                None
            }
        }
    }

    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        self.read(name, "Input should be a valid string", "string_type")
    }

    fn raw(&self, name: &str) -> Option<&'a RawValue> {
        self.fields.get(name).copied().filter(|raw| raw.get() != "null")
    }
}
