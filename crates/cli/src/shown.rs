use std::path::Path;

/// A path as people would type it: without the current folder in front.
pub(crate) fn shown(path: &Path) -> String {
    let current = std::env::current_dir().ok();
    let inside = current.and_then(|current| path.strip_prefix(current).ok().map(ToOwned::to_owned));
    let path = inside.filter(|inside| !inside.as_os_str().is_empty()).unwrap_or_else(|| path.to_owned());
    let path = path.strip_prefix(".").ok().filter(|rest| !rest.as_os_str().is_empty()).unwrap_or(&path);
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_the_current_folder_is_named_from_there() {
        let current = std::env::current_dir().unwrap();
        assert_eq!(shown(&current.join("a/b.jsonl")), "a/b.jsonl");
        assert_eq!(shown(Path::new("./b.jsonl")), "b.jsonl");
        assert_eq!(shown(&current), current.display().to_string());
        assert_eq!(shown(Path::new("/elsewhere/b")), "/elsewhere/b");
    }
}
