//! The manifests against the table.

use std::path::Path;

use super::Violation;
use super::table::Place;
use crate::metadata::{Kind, Metadata, Package};

/// The crate for those who want types alone, and all that it may bring along.
const BARE: (&str, [&str; 2]) = ("mistral-models", ["serde", "serde_json"]);

pub(super) fn check(table: &[Place], metadata: &Metadata) -> Vec<Violation> {
    metadata.packages.iter().flat_map(|package| check_package(table, metadata, package)).collect()
}

fn check_package(table: &[Place], metadata: &Metadata, package: &Package) -> Vec<Violation> {
    let mut violations = Vec::new();
    let Some(place) = table.iter().find(|place| place.package == package.name) else {
        return vec![Violation::new(
            format!("{} has no place in the design", package.name),
            "give it one in xtask/src/layers/table.rs, with a reason in ARCHITECTURE.md",
        )];
    };

    let directory = package.directory(&metadata.workspace_root);
    if directory != Path::new(place.directory) {
        violations.push(Violation::new(
            format!("{} is in {}", package.name, directory.display()),
            format!("move it to {}", place.directory),
        ));
    }

    for dependency in &package.dependencies {
        let ours = table.iter().any(|place| place.package == dependency.name)
            || metadata.packages.iter().any(|package| package.name == dependency.name);
        let allowed = place.uses.contains(&dependency.name.as_str())
            || (dependency.kind == Some(Kind::Dev) && place.tests_with.contains(&dependency.name.as_str()));
        if ours && !allowed {
            violations.push(Violation::new(
                format!("{} depends on {}", package.name, dependency.name),
                format!(
                    "move what needs {} one crate up, to a crate that may use both (xtask/src/layers/table.rs)",
                    dependency.name
                ),
            ));
        }
    }

    if package.name == BARE.0 {
        violations.extend(check_bare(package));
    }
    violations
}

fn check_bare(package: &Package) -> Vec<Violation> {
    let has: Vec<&str> = package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind != Some(Kind::Dev))
        .map(|dependency| dependency.name.as_str())
        .collect();
    let extra = has.iter().filter(|name| !BARE.1.contains(name)).map(|name| {
        Violation::new(
            format!("{} depends on {name}", package.name),
            format!("remove {name}: those who take the types alone compile {} and nothing else", BARE.1.join(" and ")),
        )
    });
    let missing = BARE.1.iter().filter(|name| !has.contains(name)).map(|name| {
        Violation::new(
            format!("{} does not depend on {name}", package.name),
            "bring it back, or change the rule in xtask/src/layers/arrows.rs",
        )
    });
    extra.chain(missing).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::made_up::{package, workspace};
    use super::super::table::TABLE;
    use super::*;

    fn problems(packages: serde_json::Value) -> Vec<String> {
        check(&TABLE, &workspace(packages)).into_iter().map(|violation| violation.problem).collect()
    }

    #[test]
    fn arrows_as_in_the_table_pass() {
        let sound = json!([
            package("crates/models", "mistral-models", &["serde", "serde_json", "proptest dev"]),
            package("crates/transport", "mistral-transport", &["mistral-models", "http"]),
            package("crates/sdk", "mistral-sdk", &["mistral-transport", "mistral-emulator dev"]),
        ]);
        assert_eq!(problems(sound), [""; 0]);
    }

    #[test]
    fn an_arrow_between_siblings_is_reported_even_in_tests() {
        for kind in ["", " dev", " build"] {
            let batch = package("crates/batch", "mistral-batch", &[&format!("mistral-files{kind}")]);
            assert_eq!(problems(json!([batch])), ["mistral-batch depends on mistral-files"], "{kind}");
        }
    }

    #[test]
    fn an_arrow_backwards_is_reported() {
        let transport = package("crates/transport", "mistral-transport", &["mistral-sdk"]);
        assert_eq!(problems(json!([transport])), ["mistral-transport depends on mistral-sdk"]);
    }

    #[test]
    fn what_only_tests_may_use_is_refused_elsewhere() {
        let sdk = package("crates/sdk", "mistral-sdk", &["mistral-emulator"]);
        assert_eq!(problems(json!([sdk])), ["mistral-sdk depends on mistral-emulator"]);
    }

    #[test]
    fn a_crate_without_a_place_is_reported_and_so_is_an_arrow_to_it() {
        let helpers = package("crates/helpers", "mistral-helpers", &[]);
        let files = package("crates/files", "mistral-files", &["mistral-helpers"]);
        assert_eq!(
            problems(json!([helpers, files])),
            ["mistral-helpers has no place in the design", "mistral-files depends on mistral-helpers"]
        );
    }

    #[test]
    fn a_crate_in_the_wrong_folder_is_reported() {
        let files = package("crates/uploads", "mistral-files", &[]);
        assert_eq!(problems(json!([files])), ["mistral-files is in crates/uploads"]);
    }

    #[test]
    fn models_has_two_dependencies_no_more_and_no_fewer() {
        let more = package("crates/models", "mistral-models", &["serde", "serde_json", "url"]);
        assert_eq!(problems(json!([more])), ["mistral-models depends on url"]);
        let fewer = package("crates/models", "mistral-models", &["serde"]);
        assert_eq!(problems(json!([fewer])), ["mistral-models does not depend on serde_json"]);
    }
}
