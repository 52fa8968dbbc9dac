use std::path::Path;
use std::process::Command;

use anyhow::Result;

/// Python with this version of `mistralai`, in a virtual environment, running `script`.
pub(super) fn command(folder: &Path, version: &str, script: &Path) -> Result<Command> {
    let python = folder.join("bin").join("python");
    let mut make = Command::new("python3");
    make.args(["-m", "venv", "--clear"]).arg(folder);
    let mut fetch = Command::new(&python);
    fetch.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).arg(format!("mistralai=={version}"));
    super::install(folder, [make, fetch])?;
    let mut command = Command::new(python);
    // No cache beside the scripts, which are sources.
    command.arg("-B").arg(script);
    Ok(command)
}
