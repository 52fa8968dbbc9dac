//! Checks the input of a batch job before anything is sent: JSON lines, one request each.
//!
//! ```json
//! {"custom_id": "q-1", "body": {"messages": [{"role": "user", "content": "…"}]}}
//! ```
//!
//! Every line needs a `custom_id` that no other line has, since results come back in any order and are matched by it, and
//! a `body`, the request to the endpoint of the job. Other keys are let pass. Blank lines, CRLF and a byte-order mark are
//! let pass too, and counted.
//!
//! * [`check`] reads one input and gives a [`Report`]; [`Checker`] does so line by line, over several files, and hands out
//!   the requests in the same pass.
//! * [`Request::parse`] takes a single line apart and leaves its body as it is.
//! * [`sniff`] knows files that are no text by their first bytes.
//! * [`estimate_tokens`] guesses how large a request is.
//!
//! A [`Problem`] has a stable [`Code`], a place, what is wrong and what was expected; its code says [what to
//! do](Problem::advice). All problems are counted, and the first are kept. A line is reported once, for the first thing
//! that is wrong with it, and its `custom_id` is not compared with others then.
//!
//! ```
//! use mistral_datasets::batch::{self, Code, Options};
//!
//! let input = br#"{"custom_id": "q-1", "body": {"messages": []}}
//! {"custom_id": 2, "body": {"messages": []}}
//! {"custom_id": "q-1", "body": {"messages": []}}
//! "#;
//! let report = batch::check(&input[..], Options::default().name("in.jsonl"))?;
//! let problems: Vec<_> = report.problems().iter().map(ToString::to_string).collect();
//! assert_eq!(problems, [
//!     "in.jsonl:2:15: error[B302]: custom_id is a number; expected a string",
//!     "in.jsonl:3: error[B305]: the custom_id is that of line 1; expected one that no other line has",
//! ]);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # Memory and speed
//!
//! A line is held whole, up to [64 MiB](crate::Lines::LIMIT), and read without a copy. Besides, there are at most 24 MiB of
//! fingerprints of ids, the names of five hundred models and the problems that are kept. `cargo xtask runs check` measures
//! both.
//!
//! # Ids that are the same
//!
//! They are found by fingerprints of 128 bits, with a key that is drawn anew for every check, so that no input can be made
//! whose ids share one. Two different ids of ten million share one by chance in one of 10^24 checks. More than 1,048,576
//! are sorted in a temporary file, 24 bytes each.

mod checker;
mod code;
mod duplicates;
mod estimate;
mod flaw;
mod format;
mod members;
mod options;
mod place;
mod problem;
mod problems;
mod report;
mod request;
mod statistics;

pub use checker::{Checker, Row, check};
pub use code::Code;
pub use estimate::estimate_tokens;
pub use flaw::Flaw;
pub use format::{Format, sniff};
pub use options::Options;
pub use place::Place;
pub use problem::Problem;
pub use report::Report;
pub use request::{Request, checked_id, generated_id};
pub use statistics::{FileStatistics, LongestLine, Statistics};
