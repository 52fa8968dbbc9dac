//! The shape of the workspace, checked from cargo's own account of it.
//!
//! * [`table`] says which crate may use which; [`arrows`] holds the manifests against it.
//! * [`foreign`] keeps some foreign crates to the places made for them.
//! * [`sockets`] lets one source file of a crate name the HTTP library, and no more.
//! * [`tree`] shows what a transport without default features does not compile.
//! * [`lints`] sees to it that no crate steps out of the workspace's lints.

mod arrows;
mod foreign;
mod lints;
mod sockets;
mod table;
mod tree;

use std::fmt;

use anyhow::{Result, bail};

use crate::metadata::Metadata;

/// Something that breaks the design, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Violation {
    problem: String,
    remedy: String,
}

impl Violation {
    fn new(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { problem: problem.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n    what to do: {}", self.problem, self.remedy)
    }
}

/// Checks every rule and prints every violation.
///
/// # Errors
///
/// How many rules are broken, or what kept a check from being made.
pub(crate) fn run() -> Result<()> {
    let metadata = Metadata::read()?;
    let mut violations = arrows::check(&table::TABLE, &metadata);
    violations.extend(foreign::check(&metadata));
    violations.extend(sockets::check_sources(&metadata)?);
    violations.extend(lints::check_manifests(&metadata)?);
    violations.extend(tree::check_transport(&metadata)?);
    if violations.is_empty() {
        println!("layers: {} crates, every arrow and every rule as designed", metadata.packages.len());
        return Ok(());
    }
    for violation in &violations {
        eprintln!("{violation}");
    }
    bail!("layers: {} rules broken", violations.len())
}

#[cfg(test)]
mod made_up {
    use serde_json::{Value, json};

    use crate::metadata::Metadata;

    /// A workspace at `/w` of these packages.
    pub(super) fn workspace(packages: Value) -> Metadata {
        serde_json::from_value(json!({"packages": packages, "workspace_root": "/w", "target_directory": "/w/target"}))
            .unwrap()
    }

    /// A package in `/w/<directory>` with these dependencies, each `name` or `name kind`.
    pub(super) fn package(directory: &str, name: &str, dependencies: &[&str]) -> Value {
        let dependencies: Vec<Value> = dependencies
            .iter()
            .map(|dependency| match dependency.split_once(' ') {
                Some((name, kind)) => json!({"name": name, "kind": kind}),
                None => json!({"name": dependency, "kind": null}),
            })
            .collect();
        json!({
            "name": name, "manifest_path": format!("/w/{directory}/Cargo.toml"), "dependencies": dependencies,
            "features": {}, "publish": null,
        })
    }
}
