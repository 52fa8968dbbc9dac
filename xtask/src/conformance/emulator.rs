use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

/// An emulator on a free port of this machine; it ends with this value.
pub(super) struct Emulator {
    child: Child,
    url: String,
}

impl Emulator {
    /// Starts one, and waits until it listens.
    pub(super) fn serve(program: &Path, options: &[&str]) -> Result<Self> {
        let child = Command::new(program)
            .args(["--quiet", "emulator", "serve", "--port", "0"])
            .args(options)
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let mut emulator = Self { child, url: String::new() };
        let output = emulator.child.stdout.take().context("the emulator has no standard output")?;
        BufReader::new(output).read_line(&mut emulator.url)?;
        let length = emulator.url.trim_end().len();
        emulator.url.truncate(length);
        ensure!(emulator.url.starts_with("http://"), "the emulator does not listen");
        Ok(emulator)
    }

    /// Where it listens.
    pub(super) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // Nothing can be done about one that will not go.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
