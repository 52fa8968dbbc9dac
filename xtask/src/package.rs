//! Packages of every published crate.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::metadata::Metadata;
use crate::step::Step;

/// Packages the published crates together, so that those not yet in a registry find each other, and compiles each from
/// its package.
///
/// The packages are left in `target/packages/<commit>/package`.
///
/// # Errors
///
/// What cargo says if a crate cannot be packaged, such as for changes that are not committed.
pub(crate) fn run() -> Result<()> {
    let metadata = Metadata::read()?;
    let folder = metadata.target_directory.join("packages");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    // Cargo takes a package of the same version in the same place for the same package, and would compile against the
    // crates of the last run. So each commit has a place of its own.
    let folder = folder.join(commit(&metadata.workspace_root)?);
    let kept_back = metadata.packages.iter().filter(|package| !package.is_published());
    let exclude: String = kept_back.map(|package| format!(" --exclude {}", package.name)).collect();
    Step::cargo("package", &format!("package --workspace{exclude}"))
        .variable("CARGO_TARGET_DIR", folder.display().to_string())
        .run(&metadata.workspace_root)?;
    println!("    packages are in {}", folder.join("package").display());
    Ok(())
}

fn commit(root: &Path) -> Result<String> {
    let output =
        Command::new("git").args(["rev-parse", "HEAD"]).current_dir(root).output().context("cannot start git")?;
    ensure!(output.status.success(), "no commit to package: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
