//! Says whether a file would be taken for fine-tuning, and what is in it.
//!
//! Three formats of conversations ([`Format::Instruct`], [`Format::FunctionCalling`], [`Format::Vision`]), plain text, and
//! classifiers of texts and conversations are known, with the rules of the service's documents and of its open-source
//! trainer. Every [`Problem`] has a stable [`Code`], a place and a message; all are counted, the first of each code kept.
//!
//! * [`check`] reads a file and gives a [`Report`]; [`Checker`] does so line by line.
//! * [`Report::statistics`] says what is in the file.

mod checker;
mod code;
mod duplicates;
mod fingerprint;
mod fingerprints;
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
mod syntax;
mod tokens;

pub use checker::{Checker, check};
pub use code::{Code, UnknownCode};
pub use duplicates::compare;
pub use format::{Family, Format, UnknownFormat};
pub use options::Options;
pub use problem::Problem;
pub use report::Report;
pub use severity::Severity;
pub use statistics::{LongestSample, Roles, Statistics};
pub use tokens::{EstimateTokens, TokenCounter};
