use serde::{Deserialize, Deserializer, Serialize};

use crate::{FileId, Invalid};

/// One file to train on, and how much it counts beside the others.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TrainingFile {
    /// The uploaded file.
    pub file_id: FileId,
    /// How often its samples are drawn, relative to the other files: above 0. 1 unless set, which is sent as the official
    /// clients do.
    pub weight: f64,
}

impl TrainingFile {
    /// This file with a weight of 1.
    pub fn new(file_id: impl Into<FileId>) -> Self {
        Self { file_id: file_id.into(), weight: default_weight() }
    }

    /// How much the file counts beside the others, above 0.
    pub fn weight(mut self, weight: f64) -> Self {
        self.weight = weight;
        self
    }
}

impl<I: Into<FileId>> From<I> for TrainingFile {
    fn from(file_id: I) -> Self {
        Self::new(file_id)
    }
}

/// The two forms in which a training file travels: the first generation of clients wrote the bare id, and every answer
/// still does.
#[derive(Deserialize)]
#[serde(untagged)]
enum Form {
    Id(FileId),
    Weighted {
        file_id: FileId,
        #[serde(default = "default_weight", deserialize_with = "weight_or_default")]
        weight: f64,
    },
}

impl<'de> Deserialize<'de> for TrainingFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Form::deserialize(deserializer)? {
            Form::Id(file_id) => Self::new(file_id),
            Form::Weighted { file_id, weight } => Self { file_id, weight },
        })
    }
}

/// Reads ids that may come as ids or as weighted files; `null` is none.
pub(super) fn ids<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<FileId>, D::Error> {
    let files: Option<Vec<TrainingFile>> = Option::deserialize(deserializer)?;
    Ok(files.unwrap_or_default().into_iter().map(|file| file.file_id).collect())
}

pub(super) fn default_weight() -> f64 {
    1.0
}

/// `null` and an absent key mean the same.
pub(super) fn weight_or_default<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Option::deserialize(deserializer).map(|weight| weight.unwrap_or_else(default_weight))
}

/// The weight of a file or a repository is a finite number above 0.
pub(super) fn check_weight(field: &'static str, weight: f64) -> Result<(), Invalid> {
    if weight > 0.0 && weight.is_finite() {
        return Ok(());
    }
    Err(Invalid::new(field, format!("the weight {weight} is out of range; expected a number above 0")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_id_is_a_file_of_weight_1() {
        let bare: TrainingFile = serde_json::from_str(r#""f""#).unwrap();
        let weighted: TrainingFile = serde_json::from_str(r#"{"file_id": "f"}"#).unwrap();
        assert_eq!(bare, TrainingFile::new("f"));
        assert_eq!(weighted, bare);
        assert_eq!(serde_json::to_string(&bare).unwrap(), r#"{"file_id":"f","weight":1.0}"#);
    }
}
