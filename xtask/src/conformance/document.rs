//! `tests/CONFORMANCE.md`: a section a part, each replaced when its part has run and all was well.

use std::fs;
use std::io::ErrorKind;

use anyhow::{Context, Result};

use super::day;
use super::workshop::Workshop;

const HEAD: &str = "\
# Conformance

How this library compares with the clients the world already uses. `cargo xtask conformance` runs every part and writes
its section here once all of it has passed; nothing is edited by hand. The official clients come from PyPI and npm.
Nothing here has met the real service: calls are compared as sent, answers are made up from the contract, and the roads
lead to the emulator.
";

/// Puts what a part found into the document, in the place of what it found before.
///
/// # Errors
///
/// When the document cannot be read or written.
pub(super) fn record(workshop: &Workshop, titles: &[&str], title: &str, found: &str) -> Result<()> {
    let path = workshop.root.join("tests").join("CONFORMANCE.md");
    let old = match fs::read_to_string(&path) {
        Ok(old) => old,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let body = format!("Run on {}.\n\n{}", day::today(), found.trim());
    fs::write(&path, with_section(&old, titles, title, &body))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// The document with this section in it, its sections in the order of `titles`.
fn with_section(document: &str, titles: &[&str], title: &str, body: &str) -> String {
    let mut text = HEAD.to_owned();
    for one in titles {
        let body = if *one == title { Some(body) } else { section(document, one) };
        if let Some(body) = body {
            text += &format!("\n## {one}\n\n{body}\n");
        }
    }
    text
}

fn section<'a>(document: &'a str, title: &str) -> Option<&'a str> {
    let (_, rest) = document.split_once(&format!("\n## {title}\n"))?;
    Some(rest.split_once("\n## ").map_or(rest, |(body, _)| body).trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_replaces_its_own_section_alone() {
        let titles = ["First", "Second"];
        let document = with_section("", &titles, "Second", "### Inner\n\ntwo");
        let document = with_section(&document, &titles, "First", "one");
        assert_eq!(document, format!("{HEAD}\n## First\n\none\n\n## Second\n\n### Inner\n\ntwo\n"));
        let document = with_section(&document, &titles, "First", "1");
        assert_eq!(document, format!("{HEAD}\n## First\n\n1\n\n## Second\n\n### Inner\n\ntwo\n"));
    }
}
