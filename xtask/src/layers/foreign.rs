//! Foreign crates that may be depended on in few places, or nowhere.

use super::Violation;
use crate::metadata::Metadata;

/// A foreign crate, the crates that may name it in their manifest, and why nobody else.
struct Reserved {
    name: &'static str,
    to: &'static [&'static str],
    remedy: &'static str,
}

/// The package `tests` measures the stack against it.
const SOCKETS: &[&str] = &["mistral-transport", "mistral-emulator", "tests"];
const BELOW: &str =
    "sockets belong to the bottom of the stack: send through mistral-transport, serve by mistral-emulator";
const STD: &str = "use std::sync::LazyLock or OnceLock";

const RESERVED: [Reserved; 9] = [
    Reserved { name: "hyper", to: SOCKETS, remedy: BELOW },
    Reserved { name: "hyper-util", to: SOCKETS, remedy: BELOW },
    Reserved { name: "reqwest", to: &[], remedy: BELOW },
    Reserved { name: "native-tls", to: &[], remedy: "TLS is rustls, in mistral-transport" },
    Reserved { name: "openssl-sys", to: &[], remedy: "TLS is rustls, in mistral-transport" },
    Reserved {
        name: "url",
        to: &[],
        remedy: "http::Uri does it without the Unicode tables that an API host never needs",
    },
    Reserved { name: "async-std", to: &[], remedy: "the runtime is tokio" },
    Reserved { name: "lazy_static", to: &[], remedy: STD },
    Reserved { name: "once_cell", to: &[], remedy: STD },
];

pub(super) fn check(metadata: &Metadata) -> Vec<Violation> {
    let direct = metadata
        .packages
        .iter()
        .flat_map(|package| package.dependencies.iter().map(move |dependency| (&package.name, &dependency.name)));
    direct
        .filter_map(|(package, dependency)| {
            let rule = RESERVED.iter().find(|rule| rule.name == dependency)?;
            let broken = !rule.to.contains(&package.as_str());
            broken.then(|| Violation::new(format!("{package} depends on {dependency}"), rule.remedy))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::made_up::{package, workspace};
    use super::*;

    #[test]
    fn hyper_stays_at_the_two_ends() {
        let sound = json!([
            package("crates/transport", "mistral-transport", &["hyper", "hyper-util", "hyper-rustls"]),
            package("crates/emulator", "mistral-emulator", &["hyper", "hyper-util"]),
        ]);
        assert_eq!(check(&workspace(sound)), []);
        let broken = json!([package("crates/files", "mistral-files", &["hyper dev"])]);
        assert_eq!(check(&workspace(broken))[0].problem, "mistral-files depends on hyper");
    }

    #[test]
    fn what_std_does_is_not_depended_on() {
        let broken = json!([package("crates/cli", "mistral-jobs", &["once_cell", "clap"])]);
        let violations = check(&workspace(broken));
        assert_eq!(violations.len(), 1);
        assert_eq!(violations[0].problem, "mistral-jobs depends on once_cell");
        assert!(violations[0].remedy.contains("LazyLock"));
    }
}
