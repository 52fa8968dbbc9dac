use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::client;

/// Makes a virtual environment with this version of `mistralai` in `folder`.
pub(super) fn install(folder: &Path, version: &str) -> Result<()> {
    let mut make = Command::new("python3");
    make.args(["-m", "venv", "--clear"]).arg(folder);
    let mut fetch = Command::new(interpreter(folder));
    fetch.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).arg(format!("mistralai=={version}"));
    client::once(folder, [make, fetch])
}

/// Python of this environment, running `script`.
pub(super) fn command(folder: &Path, script: &Path) -> Command {
    let mut command = Command::new(interpreter(folder));
    // No cache beside the scripts, which are sources.
    command.arg("-B").arg(script);
    command
}

/// The environment's own Python.
pub(super) fn interpreter(folder: &Path) -> PathBuf {
    folder.join("bin").join("python")
}
