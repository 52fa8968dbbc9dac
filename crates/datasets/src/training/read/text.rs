use std::borrow::Cow;

use super::json::{Handle, Kind};
use super::{Context, Path};
use crate::training::TokenCounter;

/// What is known of a text that went by.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::training) struct Text {
    pub(in crate::training) characters: u64,
    pub(in crate::training) tokens: u64,
    /// Whether there is anything but white space.
    pub(in crate::training) filled: bool,
}

impl Text {
    pub(super) fn measure(text: &str, tokens: &dyn TokenCounter) -> Self {
        let filled = !text.trim_start().is_empty();
        Self { characters: text.chars().count() as u64, tokens: tokens.count(text), filled }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.characters += other.characters;
        self.tokens += other.tokens;
        self.filled |= other.filled;
    }
}

/// Expects a text that is measured. `None` for anything else, which is reported.
pub(super) struct Measure<'s, 'c> {
    pub(super) context: &'s mut Context<'c>,
    pub(super) path: &'s Path<'s>,
}

impl Handle<'_> for Measure<'_, '_> {
    type Value = Option<Text>;

    fn other(self, kind: Kind) -> Option<Text> {
        self.context.wrong_type(self.path, kind, "a string");
        None
    }

    fn string(self, text: &str) -> Option<Text> {
        Some(Text::measure(text, self.context.tokens))
    }
}

/// Expects a short text that is kept. `None` for anything else, which is reported.
pub(super) struct Keep<'s, 'c> {
    pub(super) context: &'s mut Context<'c>,
    pub(super) path: &'s Path<'s>,
}

impl<'de> Handle<'de> for Keep<'_, '_> {
    type Value = Option<Cow<'de, str>>;

    fn other(self, kind: Kind) -> Self::Value {
        self.context.wrong_type(self.path, kind, "a string");
        None
    }

    fn string(self, text: &str) -> Self::Value {
        Some(Cow::Owned(text.to_owned()))
    }

    fn borrowed(self, text: &'de str) -> Self::Value {
        Some(Cow::Borrowed(text))
    }
}
