//! Figures of whole runs.

mod admission;
mod big;
mod check;
mod drive;
mod input;
mod join;
mod kill;
mod polls;

pub(crate) use big::serve;
pub(crate) use check::{map, plan, read};
pub(crate) use drive::drive;
pub(crate) use join::only as join_only;

use std::process::{Command, Stdio};

use crate::report::Report;

/// Measures what is named.
pub(crate) fn run(report: &mut Report, what: &[&str]) -> bool {
    match what {
        ["admission"] => admission::run(report),
        ["polls"] => polls::run(report),
        ["kill"] => kill::run(report),
        ["join"] => join::run(report),
        ["check"] => check::run(report),
        ["big", rows] => big::run(report, rows.parse().unwrap()),
        _ => return false,
    }
    true
}

/// This program once more, as a process with memory of its own.
fn myself(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

/// What a process printed as its last line, as numbers.
fn numbers(mut command: Command) -> Vec<f64> {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?} failed: {output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    said.lines().last().unwrap().split(' ').map(|number| number.parse().unwrap()).collect()
}

const MIB: f64 = 1_048_576.0;
