//! Models the workspace can use.

mod archive;
mod capabilities;
mod tuned;
mod update;

pub use archive::{ArchivedModel, UnarchivedModel};
pub use capabilities::ModelCapabilities;
pub use tuned::{ClassifierModel, CompletionModel, TunedModel, TunedModelCard};
pub use update::{Change, UpdateModel};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::constant::constant;
use crate::{DateTime, FineTuningJobId, ModelId, UnixTime, null};

constant!(ModelObject = "model");

/// A model the workspace can use: one of the vendor's, one trained on it, or a kind this version does not know.
///
/// ```
/// use mistral_models::Model;
///
/// let model: Model = serde_json::from_str(r#"{"id": "m", "type": "base", "capabilities": {"completion_chat": true}}"#)?;
/// assert!(model.card().is_some_and(|card| card.capabilities.completion_chat));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Model {
    /// One of the vendor's models.
    Base(Box<BaseModel>),
    /// A model made by a fine-tuning job.
    FineTuned(Box<FineTunedModel>),
    /// A kind this version does not know, or a card it cannot read, as it came.
    Unknown(Value),
}

impl Model {
    /// The model's id; `None` only for an unknown kind that has none.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Unknown(value) => value.get("id").and_then(Value::as_str),
            known => known.card().map(|card| card.id.as_str()),
        }
    }

    /// What all known kinds have in common.
    pub fn card(&self) -> Option<&ModelCard> {
        match self {
            Self::Base(model) => Some(&model.card),
            Self::FineTuned(model) => Some(&model.card),
            Self::Unknown(_) => None,
        }
    }
}

impl Serialize for Model {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Base(model) => model.serialize(serializer),
            Self::FineTuned(model) => model.serialize(serializer),
            Self::Unknown(value) => value.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Model {
    /// Chosen by `type`, whose formal default is `base`. Any other value is kept whole, and so is a card that lacks what its
    /// kind must have: one odd card must not cost the listing.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;

        let value = Value::deserialize(deserializer)?;
        if !value.is_object() {
            return Err(D::Error::custom("expected a model card"));
        }
        let known = match value.get("type").and_then(Value::as_str) {
            None | Some("base") => BaseModel::deserialize(&value).map(|model| Self::Base(Box::new(model))).ok(),
            Some("fine-tuned") => {
                FineTunedModel::deserialize(&value).map(|model| Self::FineTuned(Box::new(model))).ok()
            }
            Some(_) => None,
        };
        Ok(known.unwrap_or(Self::Unknown(value)))
    }
}

constant!(BaseType = "base");
constant!(FineTunedType = "fine-tuned");

/// One of the vendor's models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BaseModel {
    /// Its card.
    #[serde(flatten)]
    pub card: ModelCard,
    #[serde(rename = "type", default)]
    kind: BaseType,
}

impl BaseModel {
    /// The model of this card.
    pub fn new(card: ModelCard) -> Self {
        Self { card, kind: BaseType }
    }
}

/// A model made by a fine-tuning job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FineTunedModel {
    /// Its card.
    #[serde(flatten)]
    pub card: ModelCard,
    #[serde(rename = "type", default)]
    kind: FineTunedType,
    /// The job that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<FineTuningJobId>,
    /// The model it was made from.
    pub root: ModelId,
    /// Whether it was put aside.
    #[serde(default, deserialize_with = "null::as_default")]
    pub archived: bool,
}

impl FineTunedModel {
    /// The model of this card, made by `job` from `root`.
    pub fn new(card: ModelCard, job: impl Into<FineTuningJobId>, root: impl Into<ModelId>) -> Self {
        Self { card, kind: FineTunedType, job: Some(job.into()), root: root.into(), archived: false }
    }
}

/// What is known of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelCard {
    /// Names the model in every other call.
    pub id: ModelId,
    #[serde(default)]
    object: ModelObject,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<UnixTime>,
    /// Whose it is: `mistralai`, or the workspace's owner.
    #[serde(default = "vendor", deserialize_with = "owned_by_vendor_unless_told")]
    pub owned_by: String,
    /// What it can do.
    #[serde(deserialize_with = "capabilities::without_nulls")]
    pub capabilities: ModelCapabilities,
    /// A name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is good for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The longest context, in tokens.
    #[serde(default = "default_context_length", deserialize_with = "context_length_or_default")]
    pub max_context_length: u64,
    /// Other ids of the same model.
    #[serde(default, deserialize_with = "null::as_default")]
    pub aliases: Vec<ModelId>,
    /// When it will be, or was, withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecation: Option<DateTime>,
    /// What to use in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecation_replacement_model: Option<ModelId>,
    /// The temperature it uses unless told otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_model_temperature: Option<f64>,
    /// The name it is billed under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing_model_name: Option<String>,
    /// Whether the vendor keeps it to itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub internal: Option<bool>,
    /// What it can do with recordings, as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio_transcription_capabilities: Option<Value>,
    /// What it can say aloud, as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio_speech_capabilities: Option<Value>,
}

impl ModelCard {
    /// A card with the API's defaults and these capabilities, for tests and servers of your own; every field is public.
    pub fn new(id: impl Into<ModelId>, capabilities: ModelCapabilities) -> Self {
        Self {
            id: id.into(),
            object: ModelObject,
            created: None,
            owned_by: vendor(),
            capabilities,
            name: None,
            description: None,
            max_context_length: default_context_length(),
            aliases: Vec::new(),
            deprecation: None,
            deprecation_replacement_model: None,
            default_model_temperature: None,
            billing_model_name: None,
            internal: None,
            audio_transcription_capabilities: None,
            audio_speech_capabilities: None,
        }
    }
}

fn vendor() -> String {
    "mistralai".into()
}

fn owned_by_vendor_unless_told<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Option::deserialize(deserializer).map(|owner| owner.unwrap_or_else(vendor))
}

fn default_context_length() -> u64 {
    32_768
}

fn context_length_or_default<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    Option::deserialize(deserializer).map(|length| length.unwrap_or_else(default_context_length))
}

/// Which models to list. The default lists all; the listing has no pages.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListModels {
    /// Only models of this provider.
    pub provider: Option<String>,
    /// Only this model.
    pub model: Option<ModelId>,
}

impl ListModels {
    /// Only models of this provider.
    pub fn provider(mut self, provider: impl Into<String>) -> Self {
        self.provider = Some(provider.into());
        self
    }

    /// Only this model.
    pub fn model(mut self, model: impl Into<ModelId>) -> Self {
        self.model = Some(model.into());
        self
    }
}

/// The answer to a fine-tuned model's deletion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeletedModel {
    /// The model that was asked about.
    pub id: ModelId,
    #[serde(default)]
    object: ModelObject,
    /// Whether it is gone; true if the answer does not say.
    #[serde(default = "null::yes", deserialize_with = "null::as_true")]
    pub deleted: bool,
}

impl DeletedModel {
    /// The answer that `id` is gone.
    pub fn new(id: impl Into<ModelId>) -> Self {
        Self { id: id.into(), object: ModelObject, deleted: true }
    }
}
