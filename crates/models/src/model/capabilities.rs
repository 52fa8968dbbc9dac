use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::null;

/// What a model can do.
///
/// A capability the answer does not mention, or gives as null, is read as absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ModelCapabilities {
    /// Chat completions.
    #[serde(deserialize_with = "null::as_default")]
    pub completion_chat: bool,
    /// Fill-in-the-middle completions.
    #[serde(deserialize_with = "null::as_default")]
    pub completion_fim: bool,
    /// Calls of tools.
    #[serde(deserialize_with = "null::as_default")]
    pub function_calling: bool,
    /// Being fine-tuned.
    #[serde(deserialize_with = "null::as_default")]
    pub fine_tuning: bool,
    /// Reading images.
    #[serde(deserialize_with = "null::as_default")]
    pub vision: bool,
    /// Reading documents.
    #[serde(deserialize_with = "null::as_default")]
    pub ocr: bool,
    /// Classification.
    #[serde(deserialize_with = "null::as_default")]
    pub classification: bool,
    /// Moderation.
    #[serde(deserialize_with = "null::as_default")]
    pub moderation: bool,
    /// Recordings as chat input.
    #[serde(deserialize_with = "null::as_default")]
    pub audio: bool,
    /// Transcription of recordings.
    #[serde(deserialize_with = "null::as_default")]
    pub audio_transcription: bool,
    /// Transcription as it is spoken.
    #[serde(deserialize_with = "null::as_default")]
    pub audio_transcription_realtime: bool,
    /// Speech.
    #[serde(deserialize_with = "null::as_default")]
    pub audio_speech: bool,
    /// Reasoning before the answer.
    #[serde(deserialize_with = "null::as_default")]
    pub reasoning: bool,
    /// Use of unified resources.
    #[serde(deserialize_with = "null::as_default")]
    pub unified_resources: bool,
    /// Capabilities this version does not know, as they came.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

/// Reads `null` as a capability that is not mentioned.
pub(super) fn without_nulls<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ModelCapabilities, D::Error> {
    use serde::de::Error;

    ModelCapabilities::deserialize(Value::Object(said(deserializer)?)).map_err(D::Error::custom)
}

/// The capabilities of which something is said.
pub(super) fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    let mut said = Map::deserialize(deserializer)?;
    said.retain(|_, value| !value.is_null());
    Ok(said)
}
