use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// What a model can do.
///
/// A capability the answer does not mention is read as absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ModelCapabilities {
    /// Chat completions.
    pub completion_chat: bool,
    /// Fill-in-the-middle completions.
    pub completion_fim: bool,
    /// Calls of tools.
    pub function_calling: bool,
    /// Being fine-tuned.
    pub fine_tuning: bool,
    /// Reading images.
    pub vision: bool,
    /// Reading documents.
    pub ocr: bool,
    /// Classification.
    pub classification: bool,
    /// Moderation.
    pub moderation: bool,
    /// Recordings as chat input.
    pub audio: bool,
    /// Transcription of recordings.
    pub audio_transcription: bool,
    /// Transcription as it is spoken.
    pub audio_transcription_realtime: bool,
    /// Speech.
    pub audio_speech: bool,
    /// Reasoning before the answer.
    pub reasoning: bool,
    /// Use of unified resources.
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
