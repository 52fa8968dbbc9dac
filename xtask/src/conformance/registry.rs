//! What the registries have.

use std::process::{Command, Stdio};

use super::client::Language;

type Version = (u32, u32, u32);

/// The newest release of the official client whose first number is `major`.
///
/// The registry that `pip` or `npm` is set up for is asked. Without an answer it is `pinned`, so that clients installed
/// earlier can be driven offline.
pub(super) fn newest(language: Language, major: u32, pinned: &str) -> String {
    let mut ask = match language {
        Language::Python => {
            let mut ask = Command::new("python3");
            ask.args(["-m", "pip", "index", "versions", "mistralai"]);
            ask
        }
        Language::TypeScript => {
            let mut ask = Command::new("npm");
            ask.args(["view", &format!("@mistralai/mistralai@{major}"), "version", "--json"]);
            ask
        }
    };
    let answer = ask.stderr(Stdio::null()).output();
    let said = answer.ok().filter(|answer| answer.status.success()).map(|answer| answer.stdout).unwrap_or_default();
    match newest_in(&String::from_utf8_lossy(&said), major) {
        Some((major, minor, patch)) => format!("{major}.{minor}.{patch}"),
        None => {
            println!("    the registry does not say what is the newest {language:?} {major}.x; taking {pinned}");
            pinned.to_owned()
        }
    }
}

/// The greatest of the versions that a text names. Pre-releases are none.
fn newest_in(text: &str, major: u32) -> Option<Version> {
    let words = text.split(|character: char| !(character.is_ascii_alphanumeric() || ".-+".contains(character)));
    words.filter_map(version).filter(|version| version.0 == major).max()
}

fn version(word: &str) -> Option<Version> {
    let mut numbers = word.split('.').map(str::parse);
    let mut next = || numbers.next()?.ok();
    let version = (next()?, next()?, next()?);
    numbers.next().is_none().then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_read_from_what_either_registry_says() {
        let pip = "mistralai (3.7.0)\nAvailable versions: 3.7.0, 3.10.2, 3.11.0rc1, 2.9.4";
        assert_eq!(newest_in(pip, 3), Some((3, 10, 2)));
        assert_eq!(newest_in(pip, 2), Some((2, 9, 4)));
        assert_eq!(newest_in("[\n  \"2.6.4\",\n  \"2.7.0\",\n  \"2.8.0-rc.1\"\n]", 2), Some((2, 7, 0)));
        assert_eq!(newest_in("\"2.7.0\"", 2), Some((2, 7, 0)));
        assert_eq!(newest_in("no such package", 2), None);
    }
}
