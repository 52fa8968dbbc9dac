//! Packages of every published crate.

use anyhow::Result;

use crate::metadata::Metadata;
use crate::step::Step;

/// Packages the published crates together, so that those not yet in a registry find each other.
///
/// # Errors
///
/// What cargo says if a crate cannot be packaged, such as for changes that are not committed.
pub(crate) fn run() -> Result<()> {
    let metadata = Metadata::read()?;
    let kept_back = metadata.packages.iter().filter(|package| !package.is_published());
    let exclude: String = kept_back.map(|package| format!(" --exclude {}", package.name)).collect();
    Step::cargo("package", &format!("package --workspace{exclude}")).run(&metadata.workspace_root)?;
    Ok(())
}
