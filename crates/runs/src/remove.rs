use std::fs;
use std::io;
use std::path::Path;

use mistral_transport::Result;

use crate::blocking::{unreadable, unwritable};
use crate::journal::{Journal, Lock, NAME};

/// Removes the files of a run, and its folder unless something else is in there.
pub(crate) fn remove(folder: &Path) -> Result<()> {
    // Only what is a run is removed, and not under somebody's hands.
    Journal::peek(folder)?;
    drop(Lock::take(folder)?);
    for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // The journal goes last: without it nobody would know what the rest is.
        if name != NAME && is_ours(&name) {
            fs::remove_file(&path).map_err(|error| unwritable(&path, error))?;
        }
    }
    let journal = folder.join(NAME);
    fs::remove_file(&journal).map_err(|error| unwritable(&journal, error))?;
    match fs::remove_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::DirectoryNotEmpty => Err(unwritable(folder, error)),
        _ => Ok(()),
    }
}

/// Whether a run gives this name to a file.
fn is_ours(name: &str) -> bool {
    let numbered = |start: &str, end: &str| {
        let number = name.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
        number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    matches!(name, "lock" | "input.jsonl" | "unique.rows" | "firsts.rows" | "twins.rows" | "twins.firsts")
        || name.starts_with(".unfinished-")
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
