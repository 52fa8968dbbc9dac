//! Files that are whole or not there.

use std::fmt::Display;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use futures_util::TryStreamExt as _;
use mistral_transport::{BoxError, Error, ErrorKind, Failure, Reach, Result};
use tempfile::NamedTempFile;

/// How much is gathered before it is written.
const BLOCK: usize = 256 << 10;

/// Writes a stream to a new file beside `path`, syncs it, and renames it to `path`. Errors of the disk name `operation`.
pub(crate) async fn save(
    operation: &'static str,
    stream: impl Stream<Item = Result<Bytes>>,
    path: &Path,
) -> Result<u64> {
    let io = |error: BoxError| Error::from_boxed(operation, error);
    let (target, opened) = (path.to_owned(), path.to_owned());
    let mut file = blocking(move || create(&opened)).await.map_err(io)?;
    let mut stream = std::pin::pin!(stream);
    let (mut gathered, mut written) = (BytesMut::new(), 0);
    loop {
        let bytes = stream.try_next().await?;
        let ended = bytes.is_none();
        let block = match bytes {
            Some(bytes) if gathered.is_empty() && bytes.len() >= BLOCK => bytes,
            Some(bytes) => {
                gathered.extend_from_slice(&bytes);
                if gathered.len() < BLOCK {
                    continue;
                }
                gathered.split().freeze()
            }
            None => gathered.split().freeze(),
        };
        written += block.len() as u64;
        let target = target.clone();
        // One task at a time owns the file, so that no late write can land after the rename.
        file = blocking(move || match file.write_all(&block) {
            Ok(()) => Ok(file),
            Err(error) => Err(unwritable(&target, error)),
        })
        .await
        .map_err(io)?;
        if ended {
            break;
        }
    }
    blocking(move || finish(file, &target)).await.map_err(io)?;
    Ok(written)
}

fn create(path: &Path) -> Result<NamedTempFile, BoxError> {
    if path.is_dir() {
        return Err(unwritable(path, "it is a folder"));
    }
    tempfile::Builder::new().prefix(".download-").tempfile_in(folder(path)).map_err(|error| {
        // The temporary name means nothing to whoever reads the error.
        unwritable(path, std::io::Error::from(error.kind()))
    })
}

fn finish(file: NamedTempFile, path: &Path) -> Result<(), BoxError> {
    let io = |error: std::io::Error| unwritable(path, error);
    file.as_file().sync_all().map_err(io)?;
    file.persist(path).map_err(|error| io(error.error))?;
    sync_folder(&folder(path)).map_err(io)
}

/// Makes a rename survive a power cut, where folders can be synced.
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) { std::fs::File::open(folder)?.sync_all() } else { Ok(()) }
}

fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn unwritable(path: &Path, reason: impl Display) -> BoxError {
    let message = format!("{} cannot be written: {reason}", path.display());
    Failure::permanent(ErrorKind::LocalIo, Reach::Unknown, message).into()
}

/// Runs file work where it may block.
pub(crate) async fn blocking<T, F>(work: F) -> Result<T, BoxError>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, BoxError> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => {
            let message = "the work on a file was broken off";
            Err(Failure::permanent(ErrorKind::LocalIo, Reach::Unknown, message).caused_by(error).into())
        }
    }
}
