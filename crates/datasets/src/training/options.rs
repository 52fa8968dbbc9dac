use std::sync::Arc;

use super::{EstimateTokens, Format, TokenCounter};

/// How a file is checked.
///
/// ```
/// use mistral_datasets::training::{Format, Options};
///
/// let options = Options::default().format(Format::Instruct).context(8192).kept_per_code(3);
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Options {
    pub(super) format: Option<Format>,
    pub(super) validation: bool,
    pub(super) context: Option<u64>,
    pub(super) kept_per_code: usize,
    pub(super) duplicates: bool,
    pub(super) tokens: Arc<dyn TokenCounter>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            format: None,
            validation: false,
            context: Some(Self::CONTEXT),
            kept_per_code: Self::KEPT_PER_CODE,
            duplicates: true,
            tokens: Arc::new(EstimateTokens),
        }
    }
}

impl Options {
    /// The context checked against by default: 32 768 tokens, the sequence length in the open-source trainer's example.
    pub const CONTEXT: u64 = 32_768;
    /// How many problems of each code are kept by default. All are counted.
    pub const KEPT_PER_CODE: usize = 20;

    /// Expects a format, instead of that of the first sample. Others of its family are taken too.
    pub fn format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// The file is validation data, for which the lower limits do not hold.
    pub fn validation(mut self) -> Self {
        self.validation = true;
        self
    }

    /// The longest sample, in tokens, that is not reported.
    pub fn context(mut self, tokens: u64) -> Self {
        self.context = Some(tokens);
        self
    }

    /// How many problems of each code are kept, the first ones.
    pub fn kept_per_code(mut self, count: usize) -> Self {
        self.kept_per_code = count;
        self
    }

    /// Whether samples that occur twice are looked for, which is also what finds validation samples in the training data.
    pub fn duplicates(mut self, wanted: bool) -> Self {
        self.duplicates = wanted;
        self
    }

    /// Counts tokens by other means than the [estimate](EstimateTokens).
    pub fn tokens(mut self, counter: impl TokenCounter + 'static) -> Self {
        self.tokens = Arc::new(counter);
        self
    }
}
