//! The input of batch jobs and training data for the Mistral AI API: checked, described and prepared, offline and in one pass
//! over the lines.
//!
//! Everything here is synchronous and works on [`BufRead`](std::io::BufRead) and [`Write`](std::io::Write): the caller
//! owns threads and files. Memory is bounded whatever the size of a file; only a single line is ever held whole.
//!
//! * [`batch`] says whether the input of a batch would be taken, and what is in it.
//! * `table` makes the input of a batch out of CSV (feature `csv`) or Parquet (feature `parquet`).
//! * [`training`] says whether a file would be taken for fine-tuning, and what is in it.
//! * [`repair`] writes a repaired copy and names every change.
//! * [`split`] takes validation data out of a file, [`shuffle`] brings it in a random order.
//! * [`convert`] takes OpenAI's chat format, [`from_results`] the answers of a batch job.
//! * [`Lines`] is the line reader beneath.
//!
//! ```
//! use mistral_datasets::training::{self, Code, Options};
//!
//! let file = br#"{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello."}]}
//! {"messages":[{"role":"user","content":"Bye"}]}
//! "#;
//! let report = training::check(&file[..], Options::default())?;
//! assert_eq!(report.count(Code::LastNotAssistant), 1);
//! for problem in report.problems() {
//!     println!("{}", problem.at("train.jsonl"));
//! }
//! # Ok::<(), std::io::Error>(())
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod batch;
mod change;
mod codes;
pub mod convert;
mod edit;
mod fingerprints;
pub mod from_results;
mod layout;
mod lines;
mod random;
mod read_ahead;
pub mod repair;
mod rewrite;
mod shorten;
pub mod shuffle;
pub mod split;
mod syntax;
#[cfg(any(feature = "csv", feature = "parquet"))]
pub mod table;
pub mod training;

pub use change::{Change, ChangeCode, Effect, Rewrite};
pub use codes::UnknownCode;
pub use fingerprints::{Fingerprinter, Fingerprints, Sorted};
pub use lines::{Line, LineEnd, Lines};
pub use read_ahead::ReadAhead;
