//! Figures that the libraries are held to, and how to see them.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::metadata::Metadata;
use crate::step::{self, Step};

/// Measures with the program `figures` of the package `tests`, once for each list of its arguments.
///
/// # Errors
///
/// The command to repeat, if a bound is not held.
pub(crate) fn figures(runs: &[&str]) -> Result<()> {
    let metadata = Metadata::read()?;
    for arguments in runs {
        let command = format!("bench --quiet --package tests --bench figures -- {arguments}");
        Step::cargo(format!("figures of {arguments}"), &command).run(&metadata.workspace_root)?;
    }
    Ok(())
}

/// Kills the command line at every step of a run, with the program `figures` as the judge.
///
/// # Errors
///
/// The command to repeat, if a run did not come out as it must.
pub(crate) fn kill() -> Result<()> {
    let metadata = Metadata::read()?;
    let root = &metadata.workspace_root;
    Step::cargo("mistral-jobs", "build --quiet --release --package mistral-jobs --bin mistral-jobs").run(root)?;
    let binary = metadata.target_directory.join("release/mistral-jobs");
    Step::cargo("figures of runs kill", "bench --quiet --package tests --bench figures -- runs kill")
        .variable("MISTRAL_JOBS", binary.to_string_lossy())
        .run(root)
        .map(drop)
}

/// Plays so many seeded runs, from a seed on.
///
/// # Errors
///
/// The command to repeat, if a run did not come out as it must.
pub(crate) fn torture(runs: u64, seed: u64) -> Result<()> {
    let command = format!("run --quiet --release --package tests --bin torture -- {runs} {seed}");
    Step::cargo("torture", &command).run(&Metadata::read()?.workspace_root).map(drop)
}

/// Runs the tests of faults again and again; each of them has to pass at the first try, each time.
///
/// # Errors
///
/// What the tests printed in the run that failed, or that some did not run.
pub(crate) fn faults(runs: usize) -> Result<()> {
    ensure!(runs > 0, "no run shows nothing");
    let root = Metadata::read()?.workspace_root;
    let binary = test_binary(&root, "faults")?;
    let mut times = Vec::with_capacity(runs);
    let mut counts = BTreeSet::new();
    for run in 1..=runs {
        let started = Instant::now();
        let output = Command::new(&binary)
            .current_dir(root.join("tests"))
            .output()
            .with_context(|| format!("cannot start {binary}"))?;
        times.push(started.elapsed().as_secs_f64());
        let said = String::from_utf8_lossy(&output.stdout);
        ensure!(
            output.status.success(),
            "run {run} of {runs} failed:\n{said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        if run % 10 == 0 {
            println!("    {run} of {runs} runs passed");
        }
        counts.insert(passed(&said).with_context(|| format!("run {run} left tests out:\n{said}"))?);
    }
    let [tests] = counts.iter().copied().collect::<Vec<_>>()[..] else {
        bail!("not every run had as many tests: {counts:?}");
    };
    times.sort_by(f64::total_cmp);
    println!("{runs} runs of {tests} tests passed, each test at its first try");
    println!("seconds a run: least {:.2}, median {:.2}, most {:.2}", times[0], times[runs / 2], times[runs - 1]);
    Ok(())
}

/// A line of what `cargo test --no-run` says about what it built.
#[derive(Debug, Deserialize)]
struct Built {
    target: Option<Target>,
    executable: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
}

/// Builds a test of the package `tests`, and says where its program is.
fn test_binary(root: &std::path::Path, name: &str) -> Result<String> {
    let output = step::cargo(root)
        .args(["test", "--package", "tests", "--test", name, "--no-run", "--message-format", "json-render-diagnostics"])
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start cargo")?;
    ensure!(output.status.success(), "the tests do not compile");
    let said = String::from_utf8_lossy(&output.stdout);
    let built = said.lines().filter_map(|line| serde_json::from_str::<Built>(line).ok());
    let mut named = built.filter(|built| built.target.as_ref().is_some_and(|target| target.name == name));
    named.find_map(|built| built.executable).context("cargo does not say where the tests are")
}

/// How many tests passed, if every test ran.
fn passed(said: &str) -> Option<u32> {
    let (_, result) = said.split_once("test result: ok. ")?;
    let (passed, rest) = result.split_once(" passed; ")?;
    rest.starts_with("0 failed; 0 ignored; 0 measured; 0 filtered out").then(|| passed.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_counts_only_if_every_test_ran() {
        let result = |counts: &str| format!("\nrunning 3 tests\n...\ntest result: ok. {counts}; finished in 0.01s\n");
        assert_eq!(passed(&result("3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out")), Some(3));
        assert_eq!(passed(&result("2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out")), None);
        assert_eq!(passed(&result("1 passed; 0 failed; 0 ignored; 0 measured; 2 filtered out")), None);
        assert_eq!(passed("test result: FAILED. 2 passed; 1 failed"), None);
    }
}
