//! Which crate may use which.

/// A place in the workspace.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) directory: &'static str,
    pub(super) package: &'static str,
    /// The crates of the workspace it may depend on.
    pub(super) uses: &'static [&'static str],
    /// The crates its tests and examples may use besides.
    pub(super) tests_with: &'static [&'static str],
}

const fn place(directory: &'static str, package: &'static str, uses: &'static [&'static str]) -> Place {
    Place { directory, package, uses, tests_with: &[] }
}

/// Every place, each below those that use it. A place may still be empty; a crate without a place is refused.
pub(super) const TABLE: [Place; 12] = [
    place("crates/models", "mistral-models", &[]),
    place("crates/transport", "mistral-transport", &["mistral-models"]),
    place("crates/files", "mistral-files", &["mistral-models", "mistral-transport"]),
    place("crates/batch", "mistral-batch", &["mistral-models", "mistral-transport"]),
    place("crates/fine-tuning", "mistral-fine-tuning", &["mistral-models", "mistral-transport"]),
    place("crates/datasets", "mistral-datasets", &["mistral-models"]),
    place(
        "crates/runs",
        "mistral-runs",
        &["mistral-models", "mistral-transport", "mistral-files", "mistral-batch", "mistral-datasets"],
    ),
    place("crates/emulator", "mistral-emulator", &["mistral-models", "mistral-datasets"]),
    Place {
        directory: "crates/sdk",
        package: "mistral-sdk",
        uses: &[
            "mistral-models",
            "mistral-transport",
            "mistral-files",
            "mistral-batch",
            "mistral-fine-tuning",
            "mistral-datasets",
            "mistral-runs",
        ],
        tests_with: &["mistral-emulator"],
    },
    place("crates/cli", "mistral-jobs", &["mistral-sdk", "mistral-emulator"]),
    Place {
        directory: "tests",
        package: "tests",
        uses: &["mistral-sdk", "mistral-emulator"],
        // The README's examples for those who take one crate alone name it by its package.
        tests_with: &["mistral-models", "mistral-transport"],
    },
    place("xtask", "xtask", &[]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_uses_only_places_above_it_in_the_table() {
        for (at, place) in TABLE.iter().enumerate() {
            for used in place.uses.iter().chain(place.tests_with) {
                assert!(TABLE[..at].iter().any(|above| above.package == *used), "{} uses {used}", place.package);
            }
        }
    }

    #[test]
    fn files_batch_and_fine_tuning_stay_siblings() {
        let siblings = ["mistral-files", "mistral-batch", "mistral-fine-tuning"];
        for place in TABLE.iter().filter(|place| siblings.contains(&place.package)) {
            let mut used = place.uses.iter().chain(place.tests_with);
            assert!(!used.any(|used| siblings.contains(used)), "{}", place.package);
        }
    }
}
