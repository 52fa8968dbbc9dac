use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use mistral_transport::Result;
use tempfile::NamedTempFile;

use crate::blocking::unwritable;

/// A file that is whole or not there: written aside, synced, and renamed to its place.
///
/// It is for its owner alone, as requests and answers are nobody else's business.
#[derive(Debug)]
pub(crate) struct Whole {
    file: BufWriter<NamedTempFile>,
    path: PathBuf,
}

const BUFFER: usize = 256 << 10;
/// How the names of files begin that are not whole yet.
pub(crate) const UNFINISHED: &str = ".unfinished-";

impl Whole {
    /// Begins a file that is to be at `path`, in the folder of a run.
    pub(crate) fn create(path: impl Into<PathBuf>) -> Result<Self> {
        Self::named(path.into(), UNFINISHED)
    }

    /// The same for a file that a run has elsewhere, so that what is left after a crash is known for its own.
    pub(crate) fn create_for(path: impl Into<PathBuf>, run: &str) -> Result<Self> {
        Self::named(path.into(), &format!("{UNFINISHED}{run}-"))
    }

    fn named(path: PathBuf, prefix: &str) -> Result<Self> {
        match tempfile::Builder::new().prefix(prefix).tempfile_in(folder(&path)) {
            Ok(file) => Ok(Self { file: BufWriter::with_capacity(BUFFER, file), path }),
            // The temporary name means nothing to whoever reads the error.
            Err(error) => Err(unwritable(&path, error.kind().into())),
        }
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|error| unwritable(&self.path, error))
    }

    /// Puts the file in its place, over whatever is there.
    pub(crate) fn finish(self) -> Result<()> {
        let Self { file, path } = self;
        Self::sync(file)
            .and_then(|file| Ok(file.persist(&path)?))
            .and_then(|_| sync_folder(&path))
            .map_err(|error| unwritable(&path, error))
    }

    /// Puts the file in its place, unless something else is there: `false` then. The same content is not something else.
    pub(crate) fn finish_new(self) -> Result<bool> {
        let Self { file, path } = self;
        let done = || -> io::Result<bool> {
            let file = Self::sync(file)?;
            match file.persist_noclobber(&path) {
                Ok(_) => sync_folder(&path).map(|()| true),
                Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => same(error.file.path(), &path),
                Err(error) => Err(error.error),
            }
        };
        done().map_err(|error| unwritable(&path, error))
    }

    fn sync(file: BufWriter<NamedTempFile>) -> io::Result<NamedTempFile> {
        let file = file.into_inner()?;
        file.as_file().sync_all()?;
        Ok(file)
    }
}

/// Makes a rename survive a power cut, where folders can be synced.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder(path))?.sync_all() } else { Ok(()) }
}

/// The folder a file is in.
pub(crate) fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn same(left: &Path, right: &Path) -> io::Result<bool> {
    let digest = |path: &Path| -> io::Result<blake3::Hash> {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(File::open(path)?)?;
        Ok(hasher.finalize())
    };
    Ok(digest(left)? == digest(right)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, text: &str) -> Whole {
        let mut whole = Whole::create(path).unwrap();
        whole.write(text.as_bytes()).unwrap();
        whole
    }

    #[test]
    fn nothing_is_there_before_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let whole = write(&path, "new");
        assert!(!path.exists());
        whole.finish().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        drop(write(&path, "dropped"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_somebody_elses_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        assert!(write(&path, "mine").finish_new().unwrap());
        assert!(write(&path, "mine").finish_new().unwrap());
        assert!(!write(&path, "other").finish_new().unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    }
}
