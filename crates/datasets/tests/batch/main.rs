//! Checks of the input of a batch: every code, every bad input of the list, and what must hold whatever is in a file.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "everything here is test code")]

mod bad_inputs;
mod catalogue;
mod properties;
mod several_files;

use mistral_datasets::batch::{self, Options, Report};

/// Checks a file that is called `in.jsonl`.
fn check(file: impl AsRef<[u8]>) -> Report {
    check_with(file, Options::default())
}

fn check_with(file: impl AsRef<[u8]>, options: Options) -> Report {
    batch::check(file.as_ref(), options.name("in.jsonl")).unwrap()
}

/// The problems that are kept, as they are shown.
fn shown(report: &Report) -> Vec<String> {
    report.problems().iter().map(ToString::to_string).collect()
}
