//! The HTTP library stays in one source file a crate, so that it can be replaced by rewriting that file.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::Violation;
use crate::metadata::Metadata;

const NAMES: [&str; 2] = ["hyper", "hyper_util"];

/// Reads the sources of every crate that depends on the HTTP library. No other crate can name it.
///
/// # Errors
///
/// A source file that cannot be read.
pub(super) fn check_sources(metadata: &Metadata) -> Result<Vec<Violation>> {
    let mut violations = Vec::new();
    for package in &metadata.packages {
        let depends =
            |name: &str| package.dependencies.iter().any(|dependency| dependency.name.replace('-', "_") == name);
        if !NAMES.into_iter().any(depends) {
            continue;
        }
        let directory = package.directory(&metadata.workspace_root);
        let mut naming = Vec::new();
        for file in sources(&metadata.workspace_root.join(&directory))? {
            let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
            if names_it(&text) {
                naming.push(file.strip_prefix(&metadata.workspace_root).unwrap_or(&file).to_owned());
            }
        }
        violations.extend(check(&package.name, &naming));
    }
    Ok(violations)
}

fn check(package: &str, naming: &[PathBuf]) -> Option<Violation> {
    let (kept, others) = naming.split_first()?;
    let others: Vec<_> = others.iter().map(|file| file.display().to_string()).collect();
    (!others.is_empty()).then(|| {
        Violation::new(
            format!("{package} names hyper or hyper-util in {} and in {}", kept.display(), others.join(", ")),
            "keep it in one file, and give that file's own types to the rest",
        )
    })
}

/// All Rust files under `folder`, in order.
fn sources(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    for entry in entries {
        let path = entry.with_context(|| format!("cannot list {}", folder.display()))?.path();
        if path.is_dir() {
            found.extend(sources(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a line of code, comments aside, has a path that begins with one of the names, or imports one.
fn names_it(source: &str) -> bool {
    source.lines().map(str::trim_start).filter(|line| !line.starts_with("//")).any(|line| {
        NAMES.iter().any(|name| {
            line.match_indices(name).any(|(at, _)| {
                let (before, after) = (&line[..at], &line[at + name.len()..]);
                let whole = !before.ends_with(is_name) && !after.starts_with(is_name);
                whole && (after.starts_with("::") || before.ends_with("use ") || before.ends_with("crate "))
            })
        })
    })
}

fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_imports_name_it_and_words_do_not() {
        for code in [
            "use hyper::body::Incoming;",
            "use hyper as h;",
            "pub use hyper;",
            "extern crate hyper;",
            "    fn error(error: &hyper::Error) {}",
            "type Pool = ::hyper_util::client::legacy::Client<(), ()>;",
        ] {
            assert!(names_it(code), "{code}");
        }
        for text in ["use hyper_rustls::HttpsConnector;", "// hyper::Error", "/// See hyper::Error.", "let hyper = 1;"]
        {
            assert!(!names_it(text), "{text}");
        }
    }

    #[test]
    fn one_file_is_allowed_and_two_are_not() {
        let files = ["src/client.rs", "src/error.rs"].map(PathBuf::from);
        assert_eq!(check("mistral-transport", &files[..0]), None);
        assert_eq!(check("mistral-transport", &files[..1]), None);
        let violation = check("mistral-transport", &files).unwrap();
        assert!(violation.problem.contains("src/client.rs and in src/error.rs"), "{violation}");
    }

    #[test]
    fn sources_are_found_in_subfolders() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let found = sources(here).unwrap();
        assert!(found.contains(&here.join("src/main.rs")));
        assert!(found.contains(&here.join("src/layers/sockets.rs")));
        assert!(!found.contains(&here.join("Cargo.toml")));
    }
}
