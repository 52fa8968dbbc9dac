use std::fmt;

use serde::Serialize;

/// A request that gives no sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LeftOut {
    /// Its line in the input, counted from 1.
    pub line: u64,
    /// Its id, if the line could be read.
    pub custom_id: Option<String>,
    /// Why.
    pub reason: Reason,
    /// More about it.
    pub message: String,
}

/// Why a request gives no sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reason {
    /// The request failed: it has an error, or a status other than 2xx.
    Failed,
    /// The answer reached a limit of length.
    CutOff,
    /// The answer ended in another way than by its own end or by calls.
    Unfinished,
    /// The result holds no answer.
    NoAnswer,
    /// No result has the id of the request.
    Missing,
    /// The request has no messages: it was not for chat.
    NotChat,
    /// The line of the input is no request.
    NoRequest,
    /// The service would not take the sample.
    Unusable,
}

impl Reason {
    /// The word for it, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::CutOff => "cut-off",
            Self::Unfinished => "unfinished",
            Self::NoAnswer => "no-answer",
            Self::Missing => "missing",
            Self::NotChat => "not-chat",
            Self::NoRequest => "no-request",
            Self::Unusable => "unusable",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, custom_id, reason, message } = self;
        write!(f, "{line}: {reason}: {message}")?;
        custom_id.as_ref().map_or(Ok(()), |id| write!(f, " ({id})"))
    }
}
