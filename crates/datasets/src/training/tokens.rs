use std::fmt;

/// Counts the tokens of a text.
///
/// No tokenizer is built in: those that know the vendor's vocabularies bring dozens of packages each. Whoever needs exact
/// counts wraps one in this trait.
///
/// ```
/// use mistral_datasets::training::{Options, TokenCounter};
///
/// #[derive(Debug)]
/// struct Words;
///
/// impl TokenCounter for Words {
///     fn count(&self, text: &str) -> u64 {
///         text.split_whitespace().count() as u64
///     }
/// }
///
/// let options = Options::default().tokens(Words);
/// ```
pub trait TokenCounter: fmt::Debug + Send + Sync {
    /// The tokens of a text, without those that mark a message.
    fn count(&self, text: &str) -> u64;
}

/// One token for every four bytes of UTF-8, rounded up.
///
/// A rule of thumb for byte-pair vocabularies: about four letters of English, two of Greek or Cyrillic, one and a third of
/// Chinese. Code, numbers and rare languages take more. It has not been measured against the vendor's tokenizers; take it
/// as right within a third, and as wrong for data URLs, which are not counted at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct EstimateTokens;

impl EstimateTokens {
    /// Tokens added for each message, for the marks around it.
    pub(crate) const PER_MESSAGE: u64 = 4;
}

impl TokenCounter for EstimateTokens {
    fn count(&self, text: &str) -> u64 {
        (text.len() as u64).div_ceil(4)
    }
}
