//! Every chore a contributor or CI runs, as `cargo xtask <command>`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line speaks to a terminal")]

mod ci;
mod conformance;
mod layers;
mod metadata;
mod package;
mod report_check;
mod step;

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "\
Every chore a contributor or CI runs.

Usage: cargo xtask <command>

Commands:
  ci                       Check format, layers, lints, tests and docs; stop at the first failure and say how to repeat it
  conformance fine-tuning  Drive the emulator with the official clients, from PyPI and npm, and compare what they see
  layers                   Check that the crates depend on each other, and on foreign crates, only as the design allows
  package                  Package every published crate, as `cargo publish` would, without uploading anything
  report-check [PICTURES]  Open fine-tuning reports in a headless chromium and check them; leave pictures in PICTURES
  help                     Print this text

Exit codes: 0 all is well, 1 a check failed, 2 the command is unknown";

fn main() -> ExitCode {
    let arguments: Vec<String> =
        std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["ci"] => ci::run(),
        ["conformance", part] => conformance::run(part),
        ["layers"] => layers::run(),
        ["package"] => package::run(),
        ["report-check"] => report_check::run(None),
        ["report-check", pictures] => report_check::run(Some(Path::new(pictures))),
        ["help" | "-h" | "--help"] => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        [] => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
        unknown => {
            eprintln!("xtask: no such command: {}\n\n{USAGE}", unknown.join(" "));
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
