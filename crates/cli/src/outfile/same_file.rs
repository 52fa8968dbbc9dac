use std::path::Path;

/// Whether both names lead to one file, links of either kind included.
pub(super) fn same_file(one: &Path, other: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;

        let identity = |path: &Path| std::fs::metadata(path).map(|found| (found.dev(), found.ino())).ok();
        identity(one).is_some_and(|found| identity(other) == Some(found))
    }
    #[cfg(not(unix))]
    {
        let identity = |path: &Path| path.canonicalize().ok();
        identity(one).is_some_and(|found| identity(other) == Some(found))
    }
}
