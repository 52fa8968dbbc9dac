use std::path::Path;
use std::sync::Arc;

use mistral_transport::{Error, ErrorKind, Result};

use crate::blocking::unreadable;
use crate::journal::Begun;
use crate::rows::{Source, changed};

/// The inputs of a run, wherever they are now, and still the same.
pub(crate) fn find_inputs(folder: &Arc<Path>, begun: &Begun) -> Result<Source> {
    let mut files = Vec::new();
    for input in &begun.inputs {
        let name = input.path.file_name().unwrap_or_default();
        let beside = folder.parent().map(|parent| parent.join(name));
        let places = [Some(folder.join(&input.path)), beside, Some(folder.join(name))];
        let Some(path) = places.into_iter().flatten().find(|path| path.is_file()) else {
            let message = format!("{} is not there; put it beside the folder of the run", input.path.display());
            return Err(Error::new(ErrorKind::LocalIo, message).during("runs.resume"));
        };
        let digest = || -> std::io::Result<String> {
            let mut hasher = blake3::Hasher::new();
            hasher.update_reader(std::fs::File::open(&path)?)?;
            Ok(hasher.finalize().to_hex().to_string())
        };
        let failed = |error| unreadable(&path, error);
        let same =
            std::fs::metadata(&path).map_err(failed)?.len() == input.bytes && digest().map_err(failed)? == input.digest;
        if !same {
            return Err(changed().about(path.display()).during("runs.resume"));
        }
        files.push(path);
    }
    Ok(Source { files: files.into(), folder: folder.clone(), generate_ids: begun.spec.generate_ids })
}
