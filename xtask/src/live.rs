//! The suite against a real service.

use anyhow::Result;

use crate::metadata::Metadata;
use crate::step::Step;

/// The variable without which nothing is run.
const KEY: &str = "MISTRAL_API_KEY";

/// Said in place of a run without a key.
pub(crate) const NO_KEY: &str = "\
xtask: there is no key in MISTRAL_API_KEY, so nothing was run.
`cargo xtask live` runs the suite against the real service, which bills a few short answers, and deletes what it made.
MISTRAL_BASE_URL names another address, such as that of `mistral-jobs emulator serve`, which takes any key.";

/// Whether there is a key.
pub(crate) fn has_key() -> bool {
    std::env::var(KEY).is_ok_and(|key| !key.trim().is_empty())
}

/// Runs the suite where the environment says.
///
/// Nobody who wrote this had a key: it has been run against the emulator alone, and what it would find at the real
/// service is not known.
///
/// # Errors
///
/// A behaviour that does not hold, or something that could not be taken away.
pub(crate) fn run() -> Result<()> {
    Step::cargo("live", "run --quiet -p tests --bin live").run(&Metadata::read()?.workspace_root).map(drop)
}
