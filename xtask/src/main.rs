//! Every chore a contributor or CI runs, as `cargo xtask <command>`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line speaks to a terminal")]

mod ci;
mod conformance;
mod fuzz;
mod layers;
mod live;
mod measure;
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
  ci       Check format, layers, lints, tests and docs; stop at the first failure and say how to repeat it
  layers   Check that the crates depend on each other, and on foreign crates, only as the design allows
  package  Package every published crate, as `cargo publish` would, without uploading anything

  conformance [PART]       Compare with the official clients, from PyPI and npm, and write tests/CONFORMANCE.md; PART is
                           wire, batch, fine-tuning, peers or mutations, and all of them if left out
  live                     Run the suite against the real service, if MISTRAL_API_KEY is set; this costs a little
  report-check [PICTURES]  Open fine-tuning reports in a headless chromium and check them; leave pictures in PICTURES

  soak faults [--runs N]  Run the tests of faults N times (100), all of which must pass
  soak cuts               Cut answers and downloads at every place; count what comes out
  soak outage             Count the requests of an outage
  soak noise              Count the good calls and the requests when one answer in ten is bad
  bench transfers         Time and memory of 512 MB up and down, against bare hyper
  bench calls             Processor time of a small read, against bare hyper
  bench waits             Memory, connections and lateness of 10,000 waits; requests of one that lasts a day
  runs torture [--runs N] [--seed N]
                          Play N whole runs (10,000) with everything going wrong, from a seed (1) on
  runs kill               Kill mistral-jobs at every step of a run and at 500 random instants; take the run up
  runs big [--rows N]     Time and memory of a run of N rows (10,000,000), its emulator in another process
  runs join               Time and memory of joining 1,000,000 results to their requests
  runs check              Time and memory of checking 1,000,000 requests
  runs admission          Three runs at once under one limit of pending requests
  runs polls              Requests that it costs to wait for 1,000 jobs
  fuzz [--seconds N]      Fuzz for N seconds (60) whatever reads bytes from outside

  help     Print this text

What measures prints each figure beside its bound and fails if one is not held.

Exit codes: 0 all is well, 1 a check failed, 2 the command is unknown or lacks its key";

fn main() -> ExitCode {
    let arguments: Vec<String> =
        std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["ci"] => ci::run(),
        ["conformance"] => conformance::run(None),
        ["conformance", part] => conformance::run(Some(part)),
        ["layers"] => layers::run(),
        ["live"] if !live::has_key() => {
            eprintln!("{}", live::NO_KEY);
            return ExitCode::from(2);
        }
        ["live"] => live::run(),
        ["package"] => package::run(),
        ["report-check"] => report_check::run(None),
        ["report-check", pictures] => report_check::run(Some(Path::new(pictures))),
        ["soak", "faults"] => measure::faults(100),
        ["soak", "faults", "--runs", runs] => number(runs).and_then(measure::faults),
        ["soak", what @ ("cuts" | "outage" | "noise")] | ["bench", what @ ("calls" | "waits")] => {
            measure::figures(&[what])
        }
        ["bench", "transfers"] => measure::figures(&["transfers plain", "transfers tls"]),
        ["runs", "torture", options @ ..] => options_of(options).and_then(|options| {
            let [runs, seed] = ["--runs", "--seed"].map(|name| options.get(name).copied());
            measure::torture(runs.unwrap_or(10_000), seed.unwrap_or(1))
        }),
        ["runs", "big"] => measure::figures(&["runs big 10000000"]),
        ["runs", "big", "--rows", rows] => {
            number(rows).and_then(|rows: u64| measure::figures(&[&format!("runs big {rows}")]))
        }
        ["runs", "kill"] => measure::kill(),
        ["runs", what @ ("join" | "check" | "admission" | "polls")] => measure::figures(&[&format!("runs {what}")]),
        ["fuzz"] => fuzz::run(60),
        ["fuzz", "--seconds", seconds] => number(seconds).and_then(fuzz::run),
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

/// Options that are numbers, by their names.
fn options_of<'a>(typed: &[&'a str]) -> anyhow::Result<std::collections::BTreeMap<&'a str, u64>> {
    typed
        .chunks(2)
        .map(|pair| match pair {
            [name @ ("--runs" | "--seed"), value] => Ok((*name, number(value)?)),
            other => anyhow::bail!("no such option: {}", other.join(" ")),
        })
        .collect()
}

/// A number that was typed.
fn number<T: std::str::FromStr>(typed: &str) -> anyhow::Result<T> {
    typed.parse().map_err(|_| anyhow::anyhow!("not a number: {typed}"))
}
