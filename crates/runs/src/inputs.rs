use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mistral_transport::{Error, ErrorKind, Result};

use crate::blocking::unreadable;
use crate::journal::{Begun, InputFile};
use crate::rows::{Source, changed};

/// The inputs of a run, wherever they are now, and still the same.
///
/// # Errors
///
/// [`ErrorKind::InputChanged`] if a file of the name is there and is another; [`ErrorKind::LocalIo`] if there is none.
pub(crate) fn find_inputs(folder: &Arc<Path>, begun: &Begun) -> Result<Source> {
    let files = begun.inputs.iter().map(|input| find(folder, input)).collect::<Result<Vec<_>>>()?;
    Ok(Source { files: files.into(), folder: folder.clone(), generate_ids: begun.spec.generate_ids })
}

fn find(folder: &Path, input: &InputFile) -> Result<PathBuf> {
    let name = input.path.file_name().unwrap_or_default();
    let beside = folder.parent().map(|parent| parent.join(name));
    let mut another = None;
    for path in [Some(folder.join(&input.path)), beside, Some(folder.join(name))].into_iter().flatten() {
        if !path.is_file() {
            continue;
        }
        if is_same(&path, input).map_err(|error| unreadable(&path, error))? {
            return Ok(path);
        }
        another.get_or_insert(path);
    }
    Err(match another {
        Some(path) => changed().about(path.display()).during("runs.resume"),
        None => {
            let message = format!("{} is not there; put it beside the folder of the run", input.path.display());
            Error::new(ErrorKind::LocalIo, message).during("runs.resume")
        }
    })
}

fn is_same(path: &Path, input: &InputFile) -> io::Result<bool> {
    if fs::metadata(path)?.len() != input.bytes {
        return Ok(false);
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(*hasher.finalize().to_hex() == *input.digest)
}
