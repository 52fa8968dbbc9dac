//! One command of a chore: named, timed, and shown in the form in which it can be typed again.

use std::fmt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// A `cargo` command with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    name: String,
    variables: Vec<(&'static str, String)>,
    arguments: Vec<String>,
}

impl Step {
    /// `cargo` with these arguments, which blanks separate.
    pub(crate) fn cargo(name: impl Into<String>, arguments: &str) -> Self {
        Self {
            name: name.into(),
            variables: Vec::new(),
            arguments: arguments.split_whitespace().map(str::to_owned).collect(),
        }
    }

    /// The same command with an environment variable set.
    pub(crate) fn variable(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    /// What the step is called.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Runs the command at the workspace's root, with its output passed through.
    ///
    /// # Errors
    ///
    /// The step's name and the command to repeat it, if the command cannot be started or fails.
    pub(crate) fn run(&self, root: &Path) -> Result<Duration> {
        println!("\n==> {}: {self}", self.name);
        let started = Instant::now();
        let mut command = cargo(root);
        command.args(&self.arguments).envs(self.variables.iter().map(|(name, value)| (name, value)));
        let status = command.status().with_context(|| format!("cannot start `{self}`"))?;
        let took = started.elapsed();
        if !status.success() {
            bail!(self.failure(took, status));
        }
        println!("    {} took {:.1} s", self.name, took.as_secs_f64());
        Ok(took)
    }

    fn failure(&self, took: Duration, how: impl fmt::Display) -> String {
        let Self { name, .. } = self;
        format!("step `{name}` failed after {:.1} s ({how}); to repeat it:\n    {self}", took.as_secs_f64())
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.variables {
            let quote = if value.contains(' ') { "'" } else { "" };
            write!(f, "{name}={quote}{value}{quote} ")?;
        }
        write!(f, "cargo {}", self.arguments.join(" "))
    }
}

/// The cargo that runs us, at `root`, in the environment of whoever typed the command.
///
/// `cargo run` describes our own package to us in variables. Handed on, they would make build scripts that look at them
/// run again, and every crate above those compile again, each time a step and a typed command take turns.
pub(crate) fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    for (name, _) in std::env::vars_os() {
        let ours =
            name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"));
        if ours {
            command.env_remove(name);
        }
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_reads_as_it_is_typed() {
        let step = Step::cargo("docs", "doc --workspace  --no-deps").variable("RUSTDOCFLAGS", "-D warnings");
        assert_eq!(step.to_string(), "RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps");
        let step = Step::cargo("tests", "test --workspace").variable("INSTA_UPDATE", "no");
        assert_eq!(step.to_string(), "INSTA_UPDATE=no cargo test --workspace");
    }

    #[test]
    fn a_failure_names_the_step_and_the_command_to_repeat_it() {
        let step = Step::cargo("tests", "test --workspace").variable("INSTA_UPDATE", "no");
        assert_eq!(
            step.failure(Duration::from_millis(3210), "exit status: 101"),
            "step `tests` failed after 3.2 s (exit status: 101); to repeat it:\n    INSTA_UPDATE=no cargo test --workspace"
        );
    }
}
