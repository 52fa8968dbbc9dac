use std::collections::BTreeMap;

use serde::Serialize;

use super::Place;

/// What is in the input, over all files.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Statistics {
    /// The files, in the order they were read.
    pub files: Vec<FileStatistics>,
    /// Lines of all files, blank ones included.
    pub lines: u64,
    /// Lines that are not blank, with problems or without.
    pub rows: u64,
    /// Lines that are blank.
    pub blank_lines: u64,
    /// Bytes of all files, line ends included.
    pub bytes: u64,
    /// Bytes of the rows, with one for the end of each: what a file of them alone would have.
    pub row_bytes: u64,
    /// Rows without a problem of their own. All that follows is counted over them; ids that occur twice are not known
    /// yet then, and make no difference.
    pub requests: u64,
    /// Bytes of the bodies, as they are written.
    pub body_bytes: u64,
    /// Requests that were given an id.
    pub generated_ids: u64,
    /// How many requests name each model. Beyond [`Self::MAX_MODELS`] no more are told apart.
    pub models: BTreeMap<String, u64>,
    /// How many requests name a model that is not among [`models`](Self::models).
    pub further_models: u64,
    /// How many requests name no model.
    pub without_model: u64,
    /// The first of them.
    pub first_without_model: Option<Place>,
    /// How many requests limit their output by `max_tokens`.
    pub limited: u64,
    /// The sum of these limits.
    pub max_tokens: u64,
    /// The longest row; the first of them.
    pub longest: Option<LongestLine>,
}

/// What is in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FileStatistics {
    /// Its name, as it was given.
    pub name: String,
    /// Its lines, blank ones included.
    pub lines: u64,
    /// Its lines that are not blank.
    pub rows: u64,
    /// Its lines that are blank.
    pub blank_lines: u64,
    /// Its bytes, line ends and a mark included.
    pub bytes: u64,
    /// Whether it begins with a byte-order mark, which is no part of its first line.
    pub mark: bool,
}

/// The longest row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LongestLine {
    /// Where it is.
    pub place: Place,
    /// Its bytes, without its end.
    pub bytes: u64,
}

impl Statistics {
    /// How many models are told apart.
    pub const MAX_MODELS: usize = 500;

    /// Counts a model in, if there is room for it.
    pub(super) fn count_model(&mut self, model: &str) {
        if let Some(count) = self.models.get_mut(model) {
            *count += 1;
        } else if self.models.len() < Self::MAX_MODELS {
            self.models.insert(model.to_owned(), 1);
        } else {
            self.further_models += 1;
        }
    }
}
