//! All that must hold before a change is merged.

use std::time::Duration;

use anyhow::Result;

use crate::metadata::Metadata;
use crate::step::{self, Step};

/// Set to `1`, has the conformance run as well, which needs Python, Node, their registries and several minutes.
const CONFORMANCE: &str = "CI_CONFORMANCE";

/// Runs every step and stops at the first that fails.
///
/// # Errors
///
/// The step that failed, and the command that repeats it.
pub(crate) fn run() -> Result<()> {
    let metadata = Metadata::read()?;
    let mut took = Vec::new();
    let has_deny = step::cargo(&metadata.workspace_root).args(["deny", "--version"]).output()?.status.success();
    let conformance = std::env::var(CONFORMANCE).is_ok_and(|value| value == "1");
    for step in steps(&metadata, has_deny, conformance) {
        took.push((step.name().to_owned(), step.run(&metadata.workspace_root)?));
    }
    println!("\nAll is well:");
    for (name, time) in &took {
        println!("{:>8.1} s  {name}", time.as_secs_f64());
    }
    let total: Duration = took.iter().map(|(_, time)| *time).sum();
    println!("{:>8.1} s  in all", total.as_secs_f64());
    if !conformance {
        println!("Not run: the comparison with the official clients; {CONFORMANCE}=1 has it run");
    }
    if !has_deny {
        println!(
            "Not checked: licences and bans (deny.toml), for want of cargo-deny: cargo install cargo-deny --locked"
        );
    }
    Ok(())
}

/// The steps, quickest first, so that small slips are told within seconds.
///
/// All share one target folder. Lints of the whole workspace come before those of single crates, which find most
/// dependencies already checked, and the docs come last for the same reason.
fn steps(metadata: &Metadata, has_deny: bool, conformance: bool) -> Vec<Step> {
    let mut steps = vec![Step::cargo("format", "fmt --all --check"), Step::cargo("layers", "xtask layers")];
    if has_deny {
        // Not `advisories`: news from elsewhere would fail a change that has nothing to do with them.
        steps.push(Step::cargo("licences and bans", "deny check --hide-inclusion-graph bans licenses sources"));
    }
    steps.push(Step::cargo("lints", "clippy --workspace --all-targets --all-features -- -D warnings"));
    for package in metadata.packages.iter().filter(|package| package.is_published()) {
        let name = &package.name;
        // Without `--all-targets`: dev-dependencies switch on features that the crate itself forgot to ask for.
        steps.push(Step::cargo(format!("lints of {name} alone"), &format!("clippy -p {name} -- -D warnings")));
        if package.has_default_features() {
            steps.push(Step::cargo(
                format!("lints of {name} without default features"),
                &format!("clippy -p {name} --no-default-features -- -D warnings"),
            ));
        }
    }
    steps.push(Step::cargo("tests", "test --workspace").variable("INSTA_UPDATE", "no"));
    // What every other build switches on is off here, so it has a build of its own.
    steps.push(Step::cargo(
        "tests without a crypto provider",
        "test -p mistral-transport --no-default-features --features rustls-no-provider --test crypto_provider",
    ));
    // Tables are off by default, for what they bring along.
    let tables = "test -p mistral-datasets --features csv,parquet --lib --test table table";
    steps.push(Step::cargo("tests of tables", tables).variable("INSTA_UPDATE", "no"));
    steps.push(Step::cargo("docs", "doc --workspace --no-deps --all-features").variable("RUSTDOCFLAGS", "-D warnings"));
    if conformance {
        steps.push(Step::cargo("conformance", "xtask conformance"));
    }
    steps
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn steps_of(packages: Value) -> Vec<String> {
        let metadata = json!({"packages": packages, "workspace_root": "/w", "target_directory": "/w/target"});
        steps(&serde_json::from_value(metadata).unwrap(), true, false).iter().map(Step::to_string).collect()
    }

    fn package(name: &str, publish: Value, features: Value) -> Value {
        json!({
            "name": name, "manifest_path": "/w/Cargo.toml", "dependencies": [], "publish": publish, "features": features,
        })
    }

    #[test]
    fn every_published_crate_is_linted_alone_and_without_its_default_features() {
        let steps = steps_of(json!([
            package("plain", json!(null), json!({"extra": []})),
            package("rich", json!(null), json!({"default": ["extra"], "extra": []})),
            package("tests", json!([]), json!({"default": ["extra"], "extra": []})),
        ]));
        let alone: Vec<_> = steps.iter().filter(|step| step.contains("clippy -p ")).collect();
        assert_eq!(
            alone,
            [
                "cargo clippy -p plain -- -D warnings",
                "cargo clippy -p rich -- -D warnings",
                "cargo clippy -p rich --no-default-features -- -D warnings",
            ]
        );
    }

    #[test]
    fn the_tests_are_those_of_the_readme_and_never_rewrite_snapshots() {
        let command = "cargo test --workspace";
        assert!(include_str!("../../README.md").lines().any(|line| line.trim() == command));
        assert!(steps_of(json!([])).contains(&format!("INSTA_UPDATE=no {command}")));
    }

    #[test]
    fn the_conformance_is_run_last_and_only_when_asked_for() {
        let metadata = json!({"packages": [], "workspace_root": "/w", "target_directory": "/w/target"});
        let metadata: Metadata = serde_json::from_value(metadata).unwrap();
        let [without, with] = [false, true].map(|asked| steps(&metadata, true, asked));
        assert_eq!(with.len(), without.len() + 1);
        assert_eq!(with.last().map(Step::to_string).as_deref(), Some("cargo xtask conformance"));
    }
}
