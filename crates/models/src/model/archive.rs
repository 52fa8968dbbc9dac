use serde::{Deserialize, Serialize};

use super::ModelObject;
use crate::{ModelId, null};

/// The answer that a model was put aside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArchivedModel {
    /// The model that was asked about.
    pub id: ModelId,
    #[serde(default)]
    object: ModelObject,
    /// Whether it is archived; true if the answer does not say.
    #[serde(default = "null::yes", deserialize_with = "null::as_true")]
    pub archived: bool,
}

impl ArchivedModel {
    /// The answer that `id` was put aside.
    pub fn new(id: impl Into<ModelId>) -> Self {
        Self { id: id.into(), object: ModelObject, archived: true }
    }
}

/// The answer that a model was taken back into use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnarchivedModel {
    /// The model that was asked about.
    pub id: ModelId,
    #[serde(default)]
    object: ModelObject,
    /// Whether it is archived still; false if the answer does not say.
    #[serde(default, deserialize_with = "null::as_default")]
    pub archived: bool,
}

impl UnarchivedModel {
    /// The answer that `id` was taken back into use.
    pub fn new(id: impl Into<ModelId>) -> Self {
        Self { id: id.into(), object: ModelObject, archived: false }
    }
}
