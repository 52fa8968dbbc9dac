use std::path::{Path, PathBuf};

use mistral_transport::{Error, ErrorKind, Result};

use crate::whole::{self, Whole};

/// Looks whether the output can be written, before anything is paid for.
///
/// # Errors
///
/// [`ErrorKind::BadInput`] for an output that is there already and is not to be replaced, a folder, or one of the inputs;
/// [`ErrorKind::LocalIo`] for a folder that is not there or cannot be written in.
pub(crate) fn check(output: &Path, replace: bool, inputs: &[PathBuf], run: &Path) -> Result<()> {
    let bad = |what: &str| {
        Err(Error::new(ErrorKind::BadInput, format!("output: {} {what}", output.display())).during("runs.start"))
    };
    if output.is_dir() {
        return bad("is a folder; name a file");
    }
    // By what is there, not by its name: links and dots lead to the same file.
    let found = output.canonicalize().ok();
    if found.is_some() && inputs.iter().any(|input| input.canonicalize().ok() == found) {
        return bad("is an input; name another file");
    }
    let run = run.canonicalize().ok();
    if run.is_some() && whole::folder(output).canonicalize().ok() == run {
        return bad("is in the folder of the run, which is the run's alone; name another folder");
    }
    if found.is_some() && !replace {
        return bad("is there already; name another file, or have it replaced");
    }
    Whole::create(output).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_that_cannot_be_written_is_told_before_anything_is_sent() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("in"), "").unwrap();
        std::fs::write(path("old"), "").unwrap();
        let refused =
            |name: &str, replace| check(&path(name), replace, &[path("in")], &path("run")).unwrap_err().to_string();
        assert!(refused(".", true).contains("is a folder"));
        assert!(refused("../../x/y", true).contains("cannot be written"));
        assert!(refused("old", false).contains("is there already"));
        assert!(refused("./in", true).contains("is an input"));
        std::fs::create_dir(path("run")).unwrap();
        assert!(refused("run/journal", true).contains("in the folder of the run"));
        check(&path("old"), true, &[path("in")], &path("run")).unwrap();
        check(&path("new"), false, &[path("in")], &path("run")).unwrap();
        assert!(!path("new").exists());
    }
}
