use std::collections::BTreeMap;

use serde::Serialize;

use super::Format;

/// What is in a file, counted over the samples that could be read.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Statistics {
    /// Bytes of the file, line ends included.
    pub bytes: u64,
    /// Lines of the file, blank ones included.
    pub lines: u64,
    /// Lines that are not blank.
    pub samples: u64,
    /// Samples of each format.
    pub formats: BTreeMap<Format, u64>,
    /// Messages of all conversations.
    pub messages: u64,
    /// Messages of each role.
    pub roles: Roles,
    /// Tools declared, over all samples.
    pub tools: u64,
    /// Tool calls.
    pub tool_calls: u64,
    /// Images.
    pub images: u64,
    /// Characters of text that is read or learnt: contents, texts, arguments of calls, tools.
    pub characters: u64,
    /// Tokens of the same, as the [counter](super::TokenCounter) counts them, and four for each message.
    pub tokens: u64,
    /// Those of them that are learnt: of the assistant's messages whose weight is not 0, or of plain texts.
    pub learnt_tokens: u64,
    /// The sample with the most tokens; the first of them.
    pub longest: Option<LongestSample>,
    /// For each target of a classifier, how often each label occurs.
    pub labels: BTreeMap<String, BTreeMap<String, u64>>,
}

/// How many messages each role has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Roles {
    /// Of the system.
    pub system: u64,
    /// Of users.
    pub user: u64,
    /// Of the assistant.
    pub assistant: u64,
    /// Of tools.
    pub tool: u64,
}

/// Where the longest sample is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LongestSample {
    /// Its line, counted from 1.
    pub line: u64,
    /// Its bytes.
    pub bytes: u64,
    /// Its tokens.
    pub tokens: u64,
}

impl Statistics {
    /// How often a job of so many steps goes through the data: the steps divided by the size in MB (10^6 bytes), the
    /// rule of the service's documents. `None` for an empty file.
    pub fn epochs(&self, training_steps: u64) -> Option<f64> {
        (self.bytes > 0).then(|| training_steps as f64 / (self.bytes as f64 / 1e6))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_steps_go_five_times_through_two_megabytes() {
        let statistics = Statistics { bytes: 2_000_000, ..Statistics::default() };
        assert_eq!(statistics.epochs(10), Some(5.0));
        assert_eq!(Statistics::default().epochs(10), None);
    }
}
