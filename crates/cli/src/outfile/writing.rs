use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::Place;
use crate::failure::{Failure, Result};

const BUFFER: usize = 256 * 1024;

/// Output on its way. Dropped before [`finish`](Self::finish), it leaves the old file, or none.
#[derive(Debug)]
pub(crate) enum Writing {
    Aside(BufWriter<NamedTempFile>, Place),
    Stdout(BufWriter<io::Stdout>),
}

impl Writing {
    pub(super) fn stdout() -> Self {
        Self::Stdout(BufWriter::with_capacity(BUFFER, io::stdout()))
    }

    pub(super) fn aside(aside: NamedTempFile, place: Place) -> Self {
        Self::Aside(BufWriter::with_capacity(BUFFER, aside), place)
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Self::Aside(out, place) => out.write_all(bytes).map_err(|error| place.failed(error)),
            Self::Stdout(out) => out.write_all(bytes).map_err(Failure::stdout),
        }
    }

    /// The same for libraries that write, and that have errors of their own.
    pub(crate) fn raw(&mut self) -> &mut dyn Write {
        match self {
            Self::Aside(out, _) => out,
            Self::Stdout(out) => out,
        }
    }

    /// Where the file is while it is not finished; `None` for standard output.
    pub(crate) fn unfinished(&self) -> Option<&Path> {
        match self {
            Self::Aside(out, _) => Some(out.get_ref().path()),
            Self::Stdout(_) => None,
        }
    }

    /// Puts the whole file in its place: on the disk first, then under its name.
    pub(crate) fn finish(self) -> Result<()> {
        match self {
            Self::Stdout(mut out) => out.flush().map_err(Failure::stdout),
            Self::Aside(out, place) => place.persist(out).map_err(|error| place.failed(error)),
        }
    }
}

impl Place {
    fn persist(&self, out: BufWriter<NamedTempFile>) -> io::Result<()> {
        let aside = out.into_inner()?;
        if let Some(old) = &self.old {
            aside.as_file().set_permissions(old.clone())?;
        }
        aside.as_file().sync_all()?;
        // Without --force, a file that has appeared in the meantime is somebody's.
        let persisted = if self.force { aside.persist(&self.path) } else { aside.persist_noclobber(&self.path) };
        persisted.map_err(|error| error.error)?;
        // The name is durable once its folder is. Windows cannot open folders, and does it by itself.
        if cfg!(unix) { File::open(&self.folder)?.sync_all() } else { Ok(()) }
    }
}
