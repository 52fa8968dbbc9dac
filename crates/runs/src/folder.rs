//! The folder of a run: made, and removed.

use std::fs::{self, DirBuilder};
use std::io;
use std::path::Path;
use std::sync::Arc;

use mistral_transport::{Error, ErrorKind, Result};

use crate::blocking::{unreadable, unwritable};
use crate::journal::{Journal, Lock, NAME};
use crate::whole::UNFINISHED;

/// Makes the folder of a new run, and keeps it to this process.
pub(crate) fn begin(folder: &Path) -> Result<(Arc<Path>, Lock)> {
    let path = std::path::absolute(folder).map_err(|error| unwritable(folder, error))?;
    let refused =
        |what: &str| Err(Error::new(ErrorKind::Journal, format!("{}: {what}", folder.display())).during("runs.start"));
    make(&path).map_err(|error| unwritable(&path, error))?;
    if path.join(NAME).exists() {
        return refused("there is a run in this folder already; resume it, or name another");
    }
    // Files of a run have common names, and are removed with it: no other file may be taken for one.
    if !is_for_us(&path).map_err(|error| unreadable(&path, error))? {
        return refused("the folder is not empty; name one for this run alone");
    }
    let lock = Lock::take(&path)?;
    // Another process may have begun meanwhile.
    if path.join(NAME).exists() {
        return refused("there is a run in this folder already; resume it, or name another");
    }
    remove_unfinished(&path, UNFINISHED);
    Ok((path.into(), lock))
}

/// Whether the folder is empty, or has nothing but what a run left that could not begin: those have a lock.
fn is_for_us(folder: &Path) -> io::Result<bool> {
    let (mut empty, mut ours) = (true, true);
    for entry in fs::read_dir(folder)? {
        empty = false;
        ours &= is_ours(&entry?.file_name().to_string_lossy());
    }
    Ok(empty || (ours && folder.join("lock").exists()))
}

/// Makes a folder for its owner alone.
fn make(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Removes what a process that was killed had begun to write: names that begin so.
pub(crate) fn remove_unfinished(folder: &Path, prefix: &str) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(prefix) {
            // What cannot be removed is in nobody's way.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Removes the files of a run, and its folder unless something else is in there.
pub(crate) fn remove(folder: &Path) -> Result<()> {
    // Only what is a run is removed, and not under somebody's hands.
    Journal::peek(folder)?;
    let _lock = Lock::take(folder)?;
    remove_files(folder)?;
    // The journal goes last: without it nobody would know what the rest is.
    let journal = folder.join(NAME);
    fs::remove_file(&journal).map_err(|error| unwritable(&journal, error))?;
    remove_empty(folder)
}

/// Removes what a run left that could not begin.
pub(crate) fn abandon(folder: &Path, lock: Lock) -> Result<()> {
    let removed = remove_files(folder).and_then(|()| remove_empty(folder));
    drop(lock);
    removed
}

fn remove_files(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if is_ours(&name) {
            fs::remove_file(&path).map_err(|error| unwritable(&path, error))?;
        }
    }
    Ok(())
}

fn remove_empty(folder: &Path) -> Result<()> {
    match fs::remove_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::DirectoryNotEmpty => Err(unwritable(folder, error)),
        _ => Ok(()),
    }
}

/// Whether a run gives this name to a file, other than its journal.
fn is_ours(name: &str) -> bool {
    let numbered = |start: &str, end: &str| {
        let number = name.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
        number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    matches!(name, "lock" | "input.jsonl" | "unique.rows" | "firsts.rows" | "twins.rows" | "twins.firsts")
        || name.starts_with(UNFINISHED)
        || numbered("answers-", ".jsonl")
        || numbered("answers-", ".classes")
        || numbered("unreadable-", ".txt")
        || numbered("retry-", ".rows")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_put_into_the_folder_is_not_ours() {
        for name in ["lock", "input.jsonl", "answers-00012.jsonl", "answers-00012.classes", "retry-1.rows"] {
            assert!(is_ours(name), "{name}");
        }
        for name in ["notes.txt", "answers.jsonl", "answers-a.jsonl", "answers-.jsonl", "retry-1.rows.bak"] {
            assert!(!is_ours(name), "{name}");
        }
    }

    #[test]
    fn a_folder_without_a_run_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("lock"), "").unwrap();
        assert!(remove(folder.path()).is_err());
        assert!(folder.path().join("lock").exists());
    }
}
