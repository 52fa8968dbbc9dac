//! Where file contents are kept: on disk, in a private folder that goes when the emulator does.

mod content;
mod writer;

pub(crate) use content::Content;
pub(crate) use writer::ContentWriter;

use std::io;
use std::path::Path;
use std::sync::Arc;

use tempfile::{TempDir, TempPath};

/// The folder of one emulator. It is removed when the last content and the last handle are gone.
#[derive(Debug, Clone)]
pub(crate) struct Folder(Arc<TempDir>);

impl Folder {
    /// Makes a folder that only this user can enter, below `parent` or the system's folder for temporary files.
    pub(crate) fn new(parent: Option<&Path>) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix("mistral-emulator-");
        let made = match parent {
            Some(parent) => {
                std::fs::create_dir_all(parent)?;
                builder.tempdir_in(parent)
            }
            None => builder.tempdir(),
        };
        Ok(Self(Arc::new(made?)))
    }

    fn file(&self) -> io::Result<(std::fs::File, TempPath)> {
        tempfile::Builder::new().tempfile_in(self.0.path()).map(tempfile::NamedTempFile::into_parts)
    }
}
