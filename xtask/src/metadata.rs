//! What cargo knows of the workspace's own crates.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::step;

/// The part of `cargo metadata --no-deps` that the chores need.
#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    pub(crate) workspace_root: PathBuf,
    pub(crate) target_directory: PathBuf,
}

/// A crate of the workspace.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) manifest_path: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) features: BTreeMap<String, Vec<String>>,
    /// The registries it may go to: `None` for any, empty for none.
    pub(crate) publish: Option<Vec<String>>,
}

/// A dependency as a crate declares it, for whatever platform and whether optional or not.
#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `None` for an ordinary dependency.
    pub(crate) kind: Option<Kind>,
}

/// What a dependency is for, if not for the crate itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Dev,
    Build,
}

impl Metadata {
    /// Asks cargo about the workspace this program was built from.
    ///
    /// # Errors
    ///
    /// What cargo says if a manifest is broken.
    pub(crate) fn read() -> Result<Self> {
        let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
        let output = step::cargo(xtask)
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .output()
            .context("cannot start `cargo metadata`")?;
        ensure!(output.status.success(), "`cargo metadata` failed:\n{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).context("cannot read the answer of `cargo metadata`")
    }
}

impl Package {
    /// The crate's folder, relative to the workspace's.
    pub(crate) fn directory(&self, root: &Path) -> PathBuf {
        let folder = self.manifest_path.parent().unwrap_or(&self.manifest_path);
        folder.strip_prefix(root).unwrap_or(folder).to_owned()
    }

    /// Whether it goes to a registry.
    pub(crate) fn is_published(&self) -> bool {
        self.publish.as_ref().is_none_or(|registries| !registries.is_empty())
    }

    /// Whether it does less when its default features are off.
    pub(crate) fn has_default_features(&self) -> bool {
        self.features.get("default").is_some_and(|features| !features.is_empty())
    }
}
