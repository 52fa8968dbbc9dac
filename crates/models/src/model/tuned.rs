use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{ModelCapabilities, ModelObject, capabilities, context_length_or_default, default_context_length};
use crate::constant::constant;
use crate::{ClassifierTarget, FineTuningJobId, ModelId, UnixTime, null};

/// A fine-tuned model as an update answers it: told apart by `model_type`, where a [`Model`](crate::Model) has `type`.
///
/// ```
/// use mistral_models::TunedModel;
///
/// let model: TunedModel = serde_json::from_str(
///     r#"{"id": "ft:m:1", "created": 1, "owned_by": "acme", "root": "m", "archived": false, "capabilities": {},
///         "model_type": "completion"}"#,
/// )?;
/// assert!(model.card().is_some_and(|card| card.capabilities.completion_chat));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum TunedModel {
    /// Continues texts and conversations.
    Completion(Box<CompletionModel>),
    /// Labels texts and conversations.
    Classifier(Box<ClassifierModel>),
    /// A kind this version does not know, or an answer it cannot read, as it came.
    Unknown(Value),
}

impl TunedModel {
    /// The model's id; `None` only for an unknown kind that has none.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Unknown(value) => value.get("id").and_then(Value::as_str),
            known => known.card().map(|card| card.id.as_str()),
        }
    }

    /// What both known kinds have in common.
    pub fn card(&self) -> Option<&TunedModelCard> {
        match self {
            Self::Completion(model) => Some(&model.card),
            Self::Classifier(model) => Some(&model.card),
            Self::Unknown(_) => None,
        }
    }
}

impl Serialize for TunedModel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Completion(model) => model.serialize(serializer),
            Self::Classifier(model) => model.serialize(serializer),
            Self::Unknown(value) => value.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for TunedModel {
    /// Chosen by `model_type`; an answer from before there were classifiers has none. Any other value is kept whole, and so
    /// is an answer that lacks what its kind must have: the update was made all the same.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;

        let value = Value::deserialize(deserializer)?;
        if !value.is_object() {
            return Err(D::Error::custom("expected a fine-tuned model"));
        }
        let known = match value.get("model_type").and_then(Value::as_str) {
            None | Some("completion") => {
                CompletionModel::deserialize(&value).map(|model| Self::Completion(Box::new(model))).ok()
            }
            Some("classifier") => {
                ClassifierModel::deserialize(&value).map(|model| Self::Classifier(Box::new(model))).ok()
            }
            Some(_) => None,
        };
        Ok(known.unwrap_or(Self::Unknown(value)))
    }
}

constant!(CompletionType = "completion");
constant!(ClassifierType = "classifier");

/// A fine-tuned model that continues texts and conversations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CompletionModel {
    /// What is known of it.
    #[serde(flatten)]
    pub card: TunedModelCard,
    #[serde(default)]
    model_type: CompletionType,
}

impl CompletionModel {
    /// The model of this card.
    pub fn new(card: TunedModelCard) -> Self {
        Self { card, model_type: CompletionType }
    }
}

/// A fine-tuned model that labels texts and conversations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassifierModel {
    /// What is known of it.
    #[serde(flatten)]
    pub card: TunedModelCard,
    #[serde(default)]
    model_type: ClassifierType,
    /// What it decides.
    #[serde(default, deserialize_with = "null::as_default")]
    pub classifier_targets: Vec<ClassifierTarget>,
}

impl ClassifierModel {
    /// The model of this card, which decides these targets.
    pub fn new(card: TunedModelCard, classifier_targets: Vec<ClassifierTarget>) -> Self {
        Self { card, model_type: ClassifierType, classifier_targets }
    }
}

/// What is known of a fine-tuned model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TunedModelCard {
    /// Names the model in every other call.
    pub id: ModelId,
    #[serde(default)]
    object: ModelObject,
    /// When it was made.
    pub created: UnixTime,
    /// Whose it is.
    pub owned_by: String,
    /// The workspace it belongs to; older answers do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<String>,
    /// The model it was made from.
    pub root: ModelId,
    /// The version of that model; older answers do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root_version: Option<String>,
    /// Whether it was put aside.
    #[serde(default, deserialize_with = "null::as_default")]
    pub archived: bool,
    /// A name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is good for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What it can do; chat, if the answer does not say.
    #[serde(deserialize_with = "chat_unless_told")]
    pub capabilities: ModelCapabilities,
    /// The longest context, in tokens.
    #[serde(default = "default_context_length", deserialize_with = "context_length_or_default")]
    pub max_context_length: u64,
    /// Other ids of the same model.
    #[serde(default, deserialize_with = "null::as_default")]
    pub aliases: Vec<ModelId>,
    /// The job that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<FineTuningJobId>,
}

impl TunedModelCard {
    /// A card with the API's defaults, for tests and servers of your own; every field is public.
    pub fn new(
        id: impl Into<ModelId>,
        root: impl Into<ModelId>,
        owned_by: impl Into<String>,
        created: UnixTime,
    ) -> Self {
        Self {
            id: id.into(),
            object: ModelObject,
            created,
            owned_by: owned_by.into(),
            workspace_id: None,
            root: root.into(),
            root_version: None,
            archived: false,
            name: None,
            description: None,
            capabilities: ModelCapabilities { completion_chat: true, ..ModelCapabilities::default() },
            max_context_length: default_context_length(),
            aliases: Vec::new(),
            job: None,
        }
    }
}

/// Capabilities whose `completion_chat` is true unless the answer says otherwise, as the API describes them here.
fn chat_unless_told<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ModelCapabilities, D::Error> {
    use serde::de::Error;

    let mut said = capabilities::said(deserializer)?;
    said.entry("completion_chat").or_insert(Value::Bool(true));
    ModelCapabilities::deserialize(Value::Object(said)).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(model_type: Value, capabilities: Value) -> TunedModel {
        let mut value = json!({"id": "ft:m", "created": 1, "owned_by": "o", "root": "m", "archived": false});
        value["capabilities"] = capabilities;
        value["model_type"] = model_type;
        TunedModel::deserialize(value).unwrap()
    }

    #[test]
    fn the_kind_is_chosen_by_model_type_and_an_unknown_one_is_kept() {
        assert!(matches!(read(json!("completion"), json!({})), TunedModel::Completion(_)));
        assert!(matches!(read(Value::Null, json!({})), TunedModel::Completion(_)));
        assert!(matches!(read(json!("classifier"), json!({})), TunedModel::Classifier(_)));
        let unknown = read(json!("oracle"), json!({}));
        assert_eq!(unknown.id(), Some("ft:m"));
        assert_eq!(serde_json::to_value(&unknown).unwrap()["model_type"], "oracle");
    }

    #[test]
    fn chat_is_the_default_and_only_the_default() {
        let chats = |capabilities| read(json!("completion"), capabilities).card().unwrap().capabilities.completion_chat;
        assert!(chats(json!({})) && chats(json!({"completion_chat": null})));
        assert!(!chats(json!({"completion_chat": false})));
    }
}
