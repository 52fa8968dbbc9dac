use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use fs4::FileExt;
use mistral_transport::{Error, ErrorKind, Result};

use crate::blocking::unwritable;

/// The lock's name in the folder of its run.
const NAME: &str = "lock";

/// How long a lock is waited for: a run that was dropped in this process keeps it until its last record is written.
const PATIENCE: Duration = Duration::from_millis(500);
const PAUSE: Duration = Duration::from_millis(5);

/// Keeps a run to one process, for as long as it lives.
///
/// It is advisory, and not reliable on every network disk; so it also says who holds it.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`] after half a second if another process has it, with the number of that process.
    pub(crate) fn take(folder: &Path) -> Result<Self> {
        let path = folder.join(NAME);
        let failed = |error| unwritable(&path, error);
        let started = Instant::now();
        let mut file = loop {
            let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
            let mut file = open.map_err(failed)?;
            match FileExt::try_lock(&file) {
                // Whoever had it before may have removed it with the run: then it keeps nobody out.
                Ok(()) if is_at(&file, &path) => break file,
                Ok(()) => {}
                Err(fs4::TryLockError::WouldBlock) if started.elapsed() < PATIENCE => std::thread::sleep(PAUSE),
                Err(fs4::TryLockError::WouldBlock) => return Err(held(folder, &mut file)),
                Err(fs4::TryLockError::Error(error)) => return Err(failed(error)),
            }
        };
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let on = if host.trim().is_empty() { String::new() } else { format!(" on {}", host.trim()) };
        let note = |file: &mut File| {
            file.set_len(0)?;
            file.seek(SeekFrom::Start(0))?;
            file.write_all(format!("process {}{on}\n", std::process::id()).as_bytes())
        };
        note(&mut file).map_err(failed)?;
        Ok(Self { _file: file })
    }
}

fn held(folder: &Path, file: &mut File) -> Error {
    let mut holder = String::new();
    // Who holds it is a courtesy; that it is held is known.
    let _ = file.take(200).read_to_string(&mut holder);
    let holder = if holder.trim().is_empty() { "another process" } else { holder.trim() };
    let message = format!("{}: {holder} is at this run; wait for it, or stop it", folder.display());
    Error::new(ErrorKind::Journal, message).during("runs.resume")
}

/// Whether the file is the one that has the name now.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    let number = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
    let (Ok(ours), Ok(named)) = (file.metadata(), std::fs::metadata(path)) else { return false };
    number(ours) == number(named)
}

/// Elsewhere a file that is open cannot be removed.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holder_is_told_who_the_first_is() {
        let folder = tempfile::tempdir().unwrap();
        let lock = Lock::take(folder.path()).unwrap();
        let error = Lock::take(folder.path()).unwrap_err();
        assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
        drop(lock);
        Lock::take(folder.path()).unwrap();
    }
}
