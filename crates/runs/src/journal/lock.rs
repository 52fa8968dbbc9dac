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
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = open.map_err(|error| unwritable(&path, error))?;
        // The standard library has a method of this name, but not in every version we compile with.
        let started = Instant::now();
        let locked = loop {
            match FileExt::try_lock(&file) {
                Err(fs4::TryLockError::WouldBlock) if started.elapsed() < PATIENCE => std::thread::sleep(PAUSE),
                locked => break locked,
            }
        };
        match locked {
            Ok(()) => {}
            Err(fs4::TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Who holds it is a courtesy; that it is held is known.
                let _ = file.take(200).read_to_string(&mut holder);
                let holder = if holder.trim().is_empty() { "another process" } else { holder.trim() };
                let message = format!("{}: {holder} is at this run; wait for it, or stop it", folder.display());
                return Err(Error::new(ErrorKind::Journal, message));
            }
            Err(fs4::TryLockError::Error(error)) => return Err(unwritable(&path, error)),
        }
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let on = if host.trim().is_empty() { String::new() } else { format!(" on {}", host.trim()) };
        let note = |file: &mut File| {
            file.set_len(0)?;
            file.seek(SeekFrom::Start(0))?;
            file.write_all(format!("process {}{on}\n", std::process::id()).as_bytes())
        };
        note(&mut file).map_err(|error| unwritable(&path, error))?;
        Ok(Self { _file: file })
    }
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
