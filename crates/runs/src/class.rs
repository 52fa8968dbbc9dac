use std::fmt;

use mistral_models::BatchResult;
use serde::{Deserialize, Serialize};

/// What became of a row, and whether it is worth sending again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Class {
    /// Answered.
    Succeeded,
    /// Answered, and the answer stops where its length was used up (`finish_reason` is `length`). It counts as a success.
    CutOff,
    /// Failed of something that passes: 408, 425, 429, 5xx, or no status at all.
    Retryable,
    /// Failed of the request itself. Sent again, it would fail again.
    Permanent,
    /// There is a line of results for it, which cannot be read.
    Unreadable,
    /// There is no result for it.
    Missing,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Succeeded => "succeeded",
            Self::CutOff => "cut off",
            Self::Retryable => "retryable",
            Self::Permanent => "permanent",
            Self::Unreadable => "unreadable",
            Self::Missing => "missing",
        })
    }
}

impl Class {
    /// The class of a result, whose answer was cut off or not.
    pub(crate) fn of(result: &BatchResult, cut_off: bool) -> Self {
        if result.is_success() {
            return if cut_off { Self::CutOff } else { Self::Succeeded };
        }
        match result.status_code() {
            None | Some(408 | 425 | 429 | 500 | 502 | 503 | 504 | 520..=529) => Self::Retryable,
            // A good status beside an error is a contradiction that passes, for all anybody knows.
            Some(200..=299) => Self::Retryable,
            Some(_) => Self::Permanent,
        }
    }

    /// Whether the row has an answer.
    pub fn is_success(self) -> bool {
        matches!(self, Self::Succeeded | Self::CutOff)
    }

    /// The class as a byte, for files with one byte a row.
    pub(crate) fn to_byte(self) -> u8 {
        match self {
            Self::Succeeded => b's',
            Self::CutOff => b'c',
            Self::Retryable => b'r',
            Self::Permanent => b'p',
            Self::Unreadable => b'u',
            Self::Missing => b'm',
        }
    }

    pub(crate) fn from_byte(byte: u8) -> Option<Self> {
        [Self::Succeeded, Self::CutOff, Self::Retryable, Self::Permanent, Self::Unreadable, Self::Missing]
            .into_iter()
            .find(|class| class.to_byte() == byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_told_from_what_stays() {
        let class = |line: &str| Class::of(&serde_json::from_str(line).unwrap(), false);
        assert_eq!(class(r#"{"response":{"status_code":200,"body":{}}}"#), Class::Succeeded);
        for status in [408, 425, 429, 500, 502, 503, 504, 529] {
            assert_eq!(class(&format!(r#"{{"response":{{"status_code":{status}}}}}"#)), Class::Retryable, "{status}");
        }
        for status in [302, 400, 401, 404, 413, 422, 501] {
            assert_eq!(class(&format!(r#"{{"response":{{"status_code":{status}}}}}"#)), Class::Permanent, "{status}");
        }
        assert_eq!(class(r#"{"response":null,"error":"lost"}"#), Class::Retryable);
        assert_eq!(class(r#"{"response":{"status_code":200},"error":"lost"}"#), Class::Retryable);
    }

    #[test]
    fn a_byte_leads_back_to_its_class() {
        for class in
            [Class::Succeeded, Class::CutOff, Class::Retryable, Class::Permanent, Class::Unreadable, Class::Missing]
        {
            assert_eq!(Class::from_byte(class.to_byte()), Some(class));
        }
        assert_eq!(Class::from_byte(b'x'), None);
    }
}
