//! No crate steps out of the workspace's lints, the ban on unsafe code above all.

use std::fs;

use anyhow::{Context, Result};

use super::Violation;
use crate::metadata::Metadata;

/// Reads every manifest of the workspace.
///
/// # Errors
///
/// A manifest that cannot be read.
pub(super) fn check_manifests(metadata: &Metadata) -> Result<Vec<Violation>> {
    let mut violations = Vec::new();
    let root = metadata.workspace_root.join("Cargo.toml");
    let manifest = fs::read_to_string(&root).with_context(|| format!("cannot read {}", root.display()))?;
    if !has_line(&manifest, "[workspace.lints.rust]", "unsafe_code = \"forbid\"") {
        violations.push(Violation::new(
            "the workspace does not forbid unsafe code",
            "put `unsafe_code = \"forbid\"` under `[workspace.lints.rust]` in Cargo.toml",
        ));
    }
    for package in &metadata.packages {
        let path = &package.manifest_path;
        let manifest = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        violations.extend(check(&package.name, &manifest));
    }
    Ok(violations)
}

fn check(package: &str, manifest: &str) -> Option<Violation> {
    (!has_line(manifest, "[lints]", "workspace = true")).then(|| {
        Violation::new(
            format!("{package} does not take the workspace's lints"),
            "put `[lints]` with `workspace = true` at the end of its Cargo.toml",
        )
    })
}

/// Whether the section of a manifest that begins with `header` has this line.
fn has_line(manifest: &str, header: &str, line: &str) -> bool {
    manifest
        .lines()
        .map(str::trim)
        .skip_while(|found| *found != header)
        .skip(1)
        .take_while(|found| !found.starts_with('['))
        .any(|found| found == line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_with_lints_of_its_own_is_reported() {
        assert_eq!(check("a", "[package]\nname = \"a\"\n\n[lints]\nworkspace = true\n"), None);
        for manifest in [
            "[package]\nname = \"a\"\n",
            "[lints]\n\n[dependencies]\nworkspace = true\n",
            "[lints]\nworkspace = false\n",
            "[lints.rust]\nunsafe_code = \"allow\"\n",
        ] {
            assert!(check("a", manifest).is_some(), "{manifest}");
        }
    }
}
