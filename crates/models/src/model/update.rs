use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What is to become of a text: it stays, it goes, or it is replaced.
///
/// On the wire an absent key leaves a text alone, and `null` removes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Change {
    /// Leaves it as it is.
    #[default]
    Keep,
    /// Removes it.
    Clear,
    /// Replaces it.
    Set(String),
}

impl Change {
    fn is_keep(&self) -> bool {
        *self == Self::Keep
    }
}

impl<T: Into<String>> From<T> for Change {
    fn from(text: T) -> Self {
        Self::Set(text.into())
    }
}

impl Serialize for Change {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Keep | Self::Clear => serializer.serialize_none(),
            Self::Set(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for Change {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Clear, Self::Set))
    }
}

/// Changes to what people read of a fine-tuned model. The default changes nothing.
///
/// ```
/// use mistral_models::{Change, UpdateModel};
///
/// let update = UpdateModel::default().name("Tide tables").description(Change::Clear);
/// assert_eq!(serde_json::to_string(&update)?, r#"{"name":"Tide tables","description":null}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UpdateModel {
    /// The name for people.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub name: Change,
    /// What the model is good for.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub description: Change,
}

impl UpdateModel {
    /// The name for people.
    pub fn name(mut self, name: impl Into<Change>) -> Self {
        self.name = name.into();
        self
    }

    /// What the model is good for.
    pub fn description(mut self, description: impl Into<Change>) -> Self {
        self.description = description.into();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_null_and_a_text_are_three_things() {
        for (json, name) in
            [("{}", Change::Keep), (r#"{"name":null}"#, Change::Clear), (r#"{"name":"x"}"#, Change::from("x"))]
        {
            let update: UpdateModel = serde_json::from_str(json).unwrap();
            assert_eq!(update.name, name);
            assert_eq!(serde_json::to_string(&update).unwrap(), json);
        }
    }
}
