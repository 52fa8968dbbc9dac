use std::fs::{File, OpenOptions};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use fs4::FileExt;

use crate::blocking::blocking;

/// How long a turn is waited for, by the real clock, as it may be another process that has it. Whoever takes longer to create
/// a job has lost an answer, and others may go on.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(20);

/// The turn to count what is pending and to create a job: of the runs on this machine at one address, one has it at a time.
/// Otherwise two would count before either creates, and pass the limit together.
///
/// `None` where it cannot be had: runs on other machines do not wait either, and the service has the last word.
pub(super) async fn take(base_uri: String) -> Option<File> {
    let name = blake3::hash(base_uri.as_bytes()).to_hex();
    let path = std::env::temp_dir().join(format!("mistral-runs-{}.lock", name.get(..16).unwrap_or_default()));
    let until = Instant::now() + PATIENCE;
    loop {
        let path = path.clone();
        match blocking(move || Ok(try_take(path))).await.ok()? {
            Err(fs4::TryLockError::WouldBlock) if Instant::now() < until => tokio::time::sleep(PAUSE).await,
            taken => return taken.ok(),
        }
    }
}

fn try_take(path: PathBuf) -> Result<File, fs4::TryLockError> {
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(path);
    let file = file.map_err(fs4::TryLockError::Error)?;
    FileExt::try_lock(&file).map(|()| file)
}
