use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// What kind of sample a line is.
///
/// Recognised by its keys. Lines of one [family](Self::family) may stand in one file together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Format {
    /// A conversation: `{"messages": [{"role", "content"}…]}`.
    Instruct,
    /// A conversation with `tools`, calls of them and their answers.
    FunctionCalling,
    /// A conversation with images in it.
    Vision,
    /// Plain text to go on with: `{"text": "…"}`.
    Pretrain,
    /// A text and its labels: `{"text": "…", "labels": {"<target>": "<label>"}}`.
    ClassifierText,
    /// A conversation and its labels: `{"messages": […], "labels": {…}}`.
    ClassifierChat,
}

/// What a file is trained on as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Family {
    /// Conversations, with or without tools and images.
    Conversation,
    /// Plain texts.
    Pretrain,
    /// Labelled texts.
    ClassifierText,
    /// Labelled conversations.
    ClassifierChat,
}

impl Format {
    /// Every format.
    pub const ALL: &'static [Self] = &[
        Self::Instruct,
        Self::FunctionCalling,
        Self::Vision,
        Self::Pretrain,
        Self::ClassifierText,
        Self::ClassifierChat,
    ];

    /// The name, as a user types it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Instruct => "instruct",
            Self::FunctionCalling => "function-calling",
            Self::Vision => "vision",
            Self::Pretrain => "pretrain",
            Self::ClassifierText => "classifier-text",
            Self::ClassifierChat => "classifier-chat",
        }
    }

    /// Which files it may stand in.
    pub const fn family(self) -> Family {
        match self {
            Self::Instruct | Self::FunctionCalling | Self::Vision => Family::Conversation,
            Self::Pretrain => Family::Pretrain,
            Self::ClassifierText => Family::ClassifierText,
            Self::ClassifierChat => Family::ClassifierChat,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A name that is no [`Format`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownFormat(String);

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<_> = Format::ALL.iter().map(|format| format.as_str()).collect();
        write!(f, "{:?} is no format; known are {}", self.0, known.join(", "))
    }
}

impl std::error::Error for UnknownFormat {}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Self::ALL.iter().copied().find(|format| format.as_str() == name).ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_found_by_its_name() {
        for format in Format::ALL {
            assert_eq!(format.as_str().parse(), Ok(*format));
            assert_eq!(serde_json::to_value(format).unwrap(), format.as_str());
        }
        let error = "chat".parse::<Format>().unwrap_err();
        assert!(error.to_string().starts_with("\"chat\" is no format; known are instruct, "), "{error}");
    }
}
