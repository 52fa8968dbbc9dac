use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::is_stdin;
use crate::failure::{Failure, Result};
use crate::shell::quoted;

/// The folder that a new run is kept in.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// It ends with the command: the service does, too.
    _temporary: Option<TempDir>,
    /// Whether it is to go when nothing is left to do.
    pub(crate) passing: bool,
    /// Whether it was there before.
    was_there: bool,
}

/// The file that makes a folder the folder of a run.
const JOURNAL: &str = "journal";

impl Folder {
    /// The folder that was named, or a default.
    ///
    /// # Errors
    ///
    /// A folder that has a run in it already.
    pub(crate) fn of_new_run(named: Option<&Path>, inputs: &[PathBuf], output: &Path, same_api: &str) -> Result<Self> {
        let path = named.map_or_else(|| default(inputs, output), ToOwned::to_owned);
        if path.join(JOURNAL).exists() {
            let shown = path.display();
            let folder = quoted(&path);
            return Err(Failure::usage(format!("--run-dir: there is a run in {shown} already"))
                .help(format!("To go on with it: mistral-jobs run resume {folder}{same_api}"))
                .help(format!(
                    "To begin anew: mistral-jobs run clean {folder} --folder{same_api}, or name another --run-dir."
                )));
        }
        Ok(Self { was_there: path.exists(), path, _temporary: None, passing: named.is_none() })
    }

    /// A folder that is gone when the command ends.
    pub(crate) fn temporary() -> Result<Self> {
        let folder = tempfile::tempdir()
            .map_err(|error| Failure::unexpected("no temporary folder can be made").because(error))?;
        Ok(Self { path: folder.path().to_owned(), _temporary: Some(folder), passing: false, was_there: true })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    /// A run that did not begin leaves no folder behind.
    fn drop(&mut self) {
        if !self.was_there && !self.path.join(JOURNAL).exists() {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

/// Beside the output; for standard output, in the current folder and named after the first input.
fn default(inputs: &[PathBuf], output: &Path) -> PathBuf {
    if !is_stdin(output) {
        return with_run(output);
    }
    let first = inputs.first().filter(|input| !is_stdin(input));
    let stem = first.and_then(|input| input.file_stem()).unwrap_or("stdin".as_ref());
    with_run(Path::new(stem))
}

fn with_run(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".run");
    name.into()
}

/// Whether a folder is the default one of a run with this output, which goes when nothing is left to do.
pub(crate) fn is_named_after(folder: &Path, output: &Path) -> bool {
    let absolute = |path: &Path| std::path::absolute(path).ok();
    absolute(folder).is_some_and(|folder| absolute(&with_run(output)) == Some(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_named_after_the_output_or_the_input() {
        let of = |input: &str, output: &str| default(&[input.into()], Path::new(output)).display().to_string();
        assert_eq!(of("in.jsonl", "a/out.jsonl"), "a/out.jsonl.run");
        assert_eq!(of("b/in.jsonl", "-"), "in.run");
        assert_eq!(of("-", "-"), "stdin.run");
        assert!(is_named_after(Path::new("out.run"), Path::new("./out")));
        assert!(!is_named_after(Path::new("kept"), Path::new("out")));
    }

    #[test]
    fn a_run_that_did_not_begin_leaves_no_folder_and_another_one_stays() {
        let inside = tempfile::tempdir().unwrap();
        let output = inside.path().join("out");
        let folder = Folder::of_new_run(None, &[], &output, "").unwrap();
        std::fs::create_dir(folder.path()).unwrap();
        std::fs::write(folder.path().join("lock"), "").unwrap();
        let path = folder.path().to_owned();
        drop(folder);
        assert!(!path.exists());

        std::fs::create_dir(&path).unwrap();
        drop(Folder::of_new_run(None, &[], &output, "").unwrap());
        assert!(path.exists());
        std::fs::write(path.join(JOURNAL), "").unwrap();
        let refused = Folder::of_new_run(None, &[], &output, "").unwrap_err().to_string();
        assert!(refused.contains("there is a run in") && refused.contains("mistral-jobs run resume "), "{refused}");
    }
}
