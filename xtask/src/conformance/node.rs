use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::client;

/// Puts this version of `@mistralai/mistralai` into `folder`.
pub(super) fn install(folder: &Path, version: &str) -> Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("package.json"), r#"{"private": true, "type": "module"}"#)?;
    let mut fetch = Command::new("npm");
    fetch.args(["install", "--silent", "--no-audit", "--no-fund"]).arg(format!("@mistralai/mistralai@{version}"));
    fetch.current_dir(folder);
    client::once(folder, [fetch])
}

/// Node running `script`.
///
/// A module finds its packages from where it lies, so the scripts are copied beside them.
pub(super) fn command(folder: &Path, script: &Path) -> Result<Command> {
    let scripts = script.parent().context("a script lies in a folder")?;
    for entry in fs::read_dir(scripts)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "mjs") {
            fs::copy(&path, folder.join(path.file_name().unwrap_or_default()))?;
        }
    }
    let mut command = Command::new("node");
    command.arg(folder.join(script.file_name().unwrap_or_default()));
    Ok(command)
}
