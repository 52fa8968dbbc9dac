//! Says whether a file would be taken for fine-tuning, and what is in it.
//!
//! A file is JSON lines, one sample each. Six formats are recognised by their keys ([`Format`]):
//!
//! | format | a sample |
//! |---|---|
//! | instruct | `{"messages": [{"role", "content"}…]}`, the last of them the assistant's |
//! | function calling | the same with `tools`, `tool_calls` and messages of role `tool` |
//! | vision | the same with images in the content of a user's message |
//! | pretrain | `{"text": "…"}` or `{"content": "…"}` |
//! | classifier of texts | `{"text": "…", "labels": {"<target>": "<label>"}}`, or a list of labels, for one target or several |
//! | classifier of conversations | `{"messages": […], "labels": {…}}` |
//!
//! The rules are those of the service's documents and of its open-source trainer. A [`Problem`] has a stable [`Code`], a
//! place (line, column and path in the JSON), what is wrong and what was expected; its code says [what to
//! do](Code::advice). All problems are counted and the first of each code are kept.
//!
//! * [`check`] reads a file and gives a [`Report`]; [`Checker`] does so line by line.
//! * [`compare`] checks validation data against the training data it goes with.
//! * [`Report::statistics`] says what is in the file.
//!
//! ```
//! use mistral_datasets::training::{self, Options};
//!
//! let file = r#"{"messages": [{"role": "user", "content": "Hi"}, {"role": "bot", "content": "Hello."}]}"#;
//! let report = training::check(file.as_bytes(), Options::default().validation())?;
//! assert_eq!(
//!     report.problems()[0].at("train.jsonl"),
//!     "train.jsonl:1:59: error[T303]: the role is \"bot\"; expected system, user, assistant or tool ($.messages[1].role)",
//! );
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # Memory and speed
//!
//! A line is held whole, up to [64 MiB](crate::Lines::LIMIT), and what its rules need of it; then it is forgotten.
//! Besides, there are at most 16 MiB of fingerprints, 4 MiB of tools, ten thousand labels and the problems that are kept.
//! A line without a problem is read once, without a tree and without a copy of its texts; only for a problem that is kept
//! is the line searched for the column. `examples/throughput.rs` measures both.
//!
//! # Samples that are the same
//!
//! Two samples are the same if they are equal as JSON, whatever the spacing, the escapes and the order of keys. They are
//! found by fingerprints of 64 bits, which are not compared with the samples themselves again: two different ones share a
//! fingerprint by chance once in 2^64. Among a million samples that makes one false pair in 37 million files. More than a
//! million fingerprints are sorted in a temporary file, 16 bytes each.

mod checker;
mod code;
mod duplicates;
mod fingerprint;
mod format;
mod options;
mod path;
mod problem;
mod problems;
mod read;
mod report;
mod rules;
mod severity;
mod sniff;
mod statistics;
mod tokens;

pub use checker::{Checker, check};
pub use code::Code;
pub use duplicates::compare;
pub use format::{Family, Format, UnknownFormat};
pub use options::Options;
pub use problem::Problem;
pub use report::Report;
pub use severity::Severity;
pub use statistics::{LongestSample, Roles, Statistics};
pub use tokens::{EstimateTokens, TokenCounter};
