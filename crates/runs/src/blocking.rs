//! File work, done where it may block.

use std::fmt::Display;
use std::io;
use std::path::Path;

use mistral_transport::{Error, ErrorKind, Result};

/// Runs file work on a thread that may block. It begins at once and is done to its end, whoever stops waiting for it.
pub(crate) fn blocking<T, F>(work: F) -> impl Future<Output = Result<T>> + Send + 'static
where
    T: Send + 'static,
    F: FnOnce() -> Result<T> + Send + 'static,
{
    let done = tokio::task::spawn_blocking(work);
    async move {
        match done.await {
            Ok(done) => done,
            Err(error) => Err(Error::new(ErrorKind::LocalIo, "the work on a file was broken off").caused_by(error)),
        }
    }
}

/// A file that cannot be read.
pub(crate) fn unreadable(path: &Path, error: io::Error) -> Error {
    local(path, "cannot be read", &error).caused_by(error)
}

/// A file that cannot be written.
pub(crate) fn unwritable(path: &Path, error: io::Error) -> Error {
    local(path, "cannot be written", &error).caused_by(error)
}

fn local(path: &Path, what: &str, reason: &dyn Display) -> Error {
    Error::new(ErrorKind::LocalIo, format!("{} {what}: {reason}", path.display()))
}
