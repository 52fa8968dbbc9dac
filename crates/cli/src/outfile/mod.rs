//! Output files: looked at before the work, whole or not there after it.

mod same_file;
mod writing;

pub(crate) use writing::Writing;

use std::fs::{File, Permissions};
use std::io;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Result};
use crate::shell::quoted;
use same_file::same_file;

/// A file that appears whole or not at all, or standard output in its place.
#[derive(Debug)]
pub(crate) enum OutFile {
    /// Written aside, synced and renamed.
    Path(Place),
    /// Written as it comes.
    Stdout,
}

/// Where a file is going to be.
#[derive(Debug)]
pub(crate) struct Place {
    /// The option that names it.
    flag: &'static str,
    /// As the user named it.
    shown: PathBuf,
    /// With links followed.
    path: PathBuf,
    folder: PathBuf,
    /// Whether a file that has the name may be replaced.
    force: bool,
    /// The permissions of the file that is to be replaced.
    old: Option<Permissions>,
}

impl OutFile {
    /// Looks at the place before anything is done for its sake. Nothing is written.
    ///
    /// # Errors
    ///
    /// A file that exists without `force`, a folder or device in its place, a missing folder, and the file that
    /// `source` names, by whatever name.
    pub(crate) fn new(output: &Path, force: bool, source: Option<&Path>) -> Result<Self> {
        Self::named("--output", output, force, source)
    }

    /// The same for a file that another option names.
    pub(crate) fn named(flag: &'static str, output: &Path, force: bool, source: Option<&Path>) -> Result<Self> {
        if output.as_os_str() == "-" {
            return Ok(Self::Stdout);
        }
        let shown = output.display();
        if output.as_os_str().is_empty() || output.to_string_lossy().ends_with('/') {
            return Err(Failure::usage(format!("{flag}: {shown:?} names no file"))
                .help(format!("Name a file: {flag} answers.jsonl")));
        }
        if let Some(source) = source.filter(|source| same_file(source, output)) {
            return Err(Failure::usage(format!("{flag}: {shown} is the input {}", source.display()))
                .help("Name another file for the output; the input is left as it is."));
        }
        let old = match std::fs::metadata(output) {
            Ok(metadata) if metadata.is_dir() => {
                return Err(Failure::usage(format!("{flag}: {shown} is a folder"))
                    .help(format!("Name a file in it: {flag} {}", quoted(output.join("answers.jsonl")))));
            }
            Ok(metadata) if !metadata.is_file() => {
                return Err(Failure::usage(format!("{flag}: {shown} is a device, not a file"))
                    .help(format!("For standard output write {flag} -")));
            }
            Ok(_) if !force => {
                return Err(Failure::usage(format!("{flag}: {shown} exists"))
                    .help("Name another file, or add --force to replace it."));
            }
            Ok(metadata) => Some(metadata.permissions()),
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Failure::usage(format!("{flag}: {shown} cannot be used")).because(error));
            }
            Err(_) if output.is_symlink() => {
                return Err(Failure::usage(format!("{flag}: {shown} is a link to a file that does not exist"))
                    .help("Name another file, or remove the link."));
            }
            Err(_) => None,
        };
        // Through a link, the file it leads to is replaced and the link stays.
        let path = match &old {
            Some(_) => output.canonicalize().unwrap_or_else(|_| output.to_owned()),
            None => output.to_owned(),
        };
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        if !folder.is_dir() {
            return Err(Failure::usage(format!("{flag}: the folder {} does not exist", folder.display()))
                .help(format!("Create it first: mkdir -p {}", quoted(&folder))));
        }
        Ok(Self::Path(Place { flag, shown: output.to_owned(), path, folder, force, old }))
    }

    /// A file without a name beside the output, for what is not finished. Gone when the process ends, however it ends;
    /// and that it can be made shows early that the output can be written.
    pub(crate) fn scratch(&self) -> Result<File> {
        match self {
            Self::Path(place) => tempfile::tempfile_in(&place.folder).map_err(|error| place.unwritable(error)),
            Self::Stdout => tempfile::tempfile()
                .map_err(|error| Failure::unexpected("no temporary file can be made").because(error)),
        }
    }

    /// Where the output is going to be; `None` for standard output.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::Path(place) => Some(&place.shown),
            Self::Stdout => None,
        }
    }

    /// The file that is to be written, with links followed; `None` for standard output.
    pub(crate) fn target(&self) -> Option<&Path> {
        match self {
            Self::Path(place) => Some(&place.path),
            Self::Stdout => None,
        }
    }

    /// Whether both end up in one place, by whatever names.
    pub(crate) fn is_place_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Stdout, Self::Stdout) => true,
            (Self::Path(one), Self::Path(other)) => {
                one.path.file_name() == other.path.file_name() && same_file(&one.folder, &other.folder)
            }
            _ => false,
        }
    }

    /// Begins to write.
    pub(crate) fn create(self) -> Result<Writing> {
        let place = match self {
            Self::Stdout => return Ok(Writing::stdout()),
            Self::Path(place) => place,
        };
        // Readable to its owner alone, as the builder makes it: answers and training data are nobody else's business.
        let aside = tempfile::Builder::new().prefix(".mistral-jobs-").suffix(".part").tempfile_in(&place.folder);
        let aside = aside.map_err(|error| place.unwritable(error))?;
        Ok(Writing::aside(aside, place))
    }
}

impl Place {
    fn unwritable(&self, error: io::Error) -> Failure {
        Failure::usage(format!("{}: nothing can be written in {}", self.flag, self.folder.display()))
            .because(error)
            .help("Name a file in a folder that you may write in.")
    }

    fn failed(&self, error: io::Error) -> Failure {
        Failure::unexpected(format!("{} cannot be written", self.shown.display())).because(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn refused(output: &Path, force: bool, source: Option<&Path>) -> String {
        OutFile::new(output, force, source).unwrap_err().to_string()
    }

    fn write(out: OutFile, text: &str) -> Result<()> {
        let mut writing = out.create()?;
        writing.write(text.as_bytes())?;
        writing.finish()
    }

    #[test]
    fn a_file_appears_whole_and_nothing_is_left_beside_it() {
        let folder = folder();
        let path = folder.path().join("out");
        write(OutFile::new(&path, false, None).unwrap(), "all").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "all");
        assert_eq!(names(folder.path()), ["out"]);
    }

    #[test]
    fn what_is_not_finished_leaves_no_trace() {
        let folder = folder();
        let out = OutFile::new(&folder.path().join("out"), false, None).unwrap();
        let _scratch = out.scratch().unwrap();
        out.create().unwrap().write(b"half").unwrap();
        assert!(names(folder.path()).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn a_new_file_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = folder();
        let path = folder.path().join("out");
        OutFile::new(&path, false, None).unwrap().create().unwrap().finish().unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_place_is_known_by_other_names() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| OutFile::new(&folder.path().join(name), false, None).unwrap();
        assert!(place("out").is_place_of(&place("./out")));
        assert!(!place("out").is_place_of(&place("other")) && !place("out").is_place_of(&OutFile::Stdout));
    }

    #[test]
    fn an_existing_file_is_replaced_only_by_force_and_keeps_its_permissions() {
        let folder = folder();
        let path = folder.path().join("out");
        std::fs::write(&path, "old").unwrap();
        let permissions = std::fs::metadata(&path).unwrap().permissions();
        assert!(refused(&path, false, None).contains("exists\nhelp: Name another file, or add --force"));
        write(OutFile::new(&path, true, None).unwrap(), "new").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions(), permissions);
    }

    #[test]
    fn a_file_that_appears_in_the_meantime_is_not_replaced() {
        let folder = folder();
        let path = folder.path().join("out");
        let out = OutFile::new(&path, false, None).unwrap();
        std::fs::write(&path, "somebody's").unwrap();
        assert!(write(out, "ours").is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "somebody's");
        assert_eq!(names(folder.path()), ["out"]);
    }

    #[test]
    fn folders_are_told_from_files() {
        let folder = folder();
        assert!(refused(folder.path(), true, None).contains("is a folder"));
        assert!(refused(&folder.path().join("new/"), true, None).contains("names no file"));
        assert!(refused(&folder.path().join("missing/out"), false, None).contains("mkdir -p"));
    }

    #[cfg(unix)]
    #[test]
    fn the_input_is_known_by_any_name() {
        let folder = folder();
        let (input, hard, soft) = (folder.path().join("in"), folder.path().join("hard"), folder.path().join("soft"));
        std::fs::write(&input, "x").unwrap();
        std::fs::hard_link(&input, &hard).unwrap();
        std::os::unix::fs::symlink(&input, &soft).unwrap();
        for output in [&input, &hard, &soft, &folder.path().join("../").join(folder.path()).join("in")] {
            assert!(refused(output, true, Some(&input)).contains("is the input"), "{}", output.display());
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_followed_and_stays_a_link() {
        let folder = folder();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(refused(&link, true, None).contains("link to a file that does not exist"));
        std::fs::write(&target, "old").unwrap();
        write(OutFile::new(&link, true, None).unwrap(), "new").unwrap();
        assert!(link.is_symlink());
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "new");
        assert!(refused(Path::new("/dev/null"), true, None).contains("is a device"));
    }
}
