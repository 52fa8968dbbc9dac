use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

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
