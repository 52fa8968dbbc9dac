//! Those who take this crate compile serde, serde_json and nothing else.

/// What a manifest depends on, on any platform, tests aside: keys of `[dependencies]`, and `[dependencies.<name>]`.
fn dependencies(manifest: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut inside = false;
    for line in manifest.lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            let section = header.rsplit_once("dependencies").filter(|(before, _)| !before.ends_with("dev-"));
            inside = section.is_some_and(|(_, name)| name.is_empty());
            names.extend(section.and_then(|(_, name)| name.strip_prefix('.')));
        } else if let Some((name, _)) = line.split_once(['.', '=', ' ']).filter(|_| inside && !line.starts_with('#')) {
            names.push(name);
        }
    }
    names
}

#[test]
fn serde_and_serde_json_are_all() {
    assert_eq!(dependencies(include_str!("../Cargo.toml")), ["serde", "serde_json"]);
}

#[test]
fn another_dependency_would_be_seen_in_any_form() {
    let manifest = "
        [package.metadata.docs.rs]
        all-features = true
        [dependencies]
        # a reason
        serde.workspace = true
        [dependencies.url]
        version = \"2\"
        [target.'cfg(unix)'.dependencies]
        libc = \"0.2\"
        [dev-dependencies]
        insta = \"1\"
    ";
    assert_eq!(dependencies(manifest), ["serde", "url", "libc"]);
}
