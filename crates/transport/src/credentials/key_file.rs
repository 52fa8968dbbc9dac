use std::borrow::Cow;
use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use futures_util::future::BoxFuture;
use http::HeaderValue;
use tower::BoxError;

use super::{ApiKey, Credentials};
use crate::error::{Error, Result};

/// A key in a file, read again when the file changes: a service account's token that is renewed while we run.
///
/// Before each attempt the file's time and length are looked at, and it is read if they changed. While it cannot be read,
/// or holds no key, as in the middle of being written, the last good key stays in use; if that is refused, the error says
/// what is wrong with the file. The file is meant to be small (64 KiB at most) and local, since it is read in place.
///
/// ```no_run
/// use mistral_transport::{KeyFile, Transport};
///
/// # fn demo() -> mistral_transport::Result<()> {
/// # #[cfg(feature = "client")] {
/// let transport = Transport::builder(KeyFile::new("/var/run/secrets/mistral/token")?).build()?;
/// # }
/// # Ok(()) }
/// ```
pub struct KeyFile {
    path: PathBuf,
    variable: Option<&'static str>,
    state: Mutex<State>,
}

struct State {
    key: ApiKey,
    /// What the file looked like when it was last read; `None` if it has to be read again in any case.
    stamp: Option<Stamp>,
    /// Why the last attempt to read it gave no key.
    problem: Option<String>,
}

/// What tells two contents of a file apart without reading them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: SystemTime,
    length: u64,
}

impl Stamp {
    /// The stamp of a file, unless it was written so short a while ago that the next change might leave the same stamp.
    fn of(metadata: &Metadata) -> Option<Self> {
        const SETTLED: Duration = Duration::from_secs(2);
        let modified = metadata.modified().ok()?;
        let settled = SystemTime::now().duration_since(modified).is_ok_and(|age| age >= SETTLED);
        settled.then_some(Self { modified, length: metadata.len() })
    }
}

impl KeyFile {
    /// The environment variable of the official clients that names such a file.
    pub const VARIABLE: &'static str = "MISTRAL_SA_TOKEN_PATH";

    const MAX_LENGTH: u64 = 64 * 1024;

    /// The key in this file, which is read once to see that there is one.
    ///
    /// # Errors
    ///
    /// [`Config`](crate::ErrorKind::Config) if the file cannot be read or holds nothing that can be a key; the error names
    /// the file and never shows what is in it.
    pub fn new(path: impl Into<PathBuf>) -> Result<Self> {
        Self::open(path.into(), None)
    }

    /// The key in the file that `MISTRAL_SA_TOKEN_PATH` names; `None` if the variable is not set or empty.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn from_env() -> Result<Option<Self>> {
        Self::from_variable(std::env::var_os(Self::VARIABLE))
    }

    /// The key in the file that `MISTRAL_SA_TOKEN_PATH` is set to.
    pub(super) fn from_variable(path: Option<OsString>) -> Result<Option<Self>> {
        let path = path.filter(|path| !path.is_empty());
        path.map(|path| Self::open(path.into(), Some(Self::VARIABLE))).transpose()
    }

    fn open(path: PathBuf, variable: Option<&'static str>) -> Result<Self> {
        let (key, stamp) = read(&path, variable)?;
        Ok(Self { path, variable, state: Mutex::new(State { key, stamp, problem: None }) })
    }

    fn header(&self) -> HeaderValue {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let current = fs::metadata(&self.path).ok().and_then(|metadata| Stamp::of(&metadata));
        if current.is_none() || current != state.stamp {
            match read(&self.path, self.variable) {
                Ok((key, stamp)) => *state = State { key, stamp, problem: None },
                Err(error) => {
                    state.stamp = None;
                    state.problem = Some(error.to_string());
                }
            }
        }
        state.key.header()
    }
}

/// How the file is called in errors.
fn name(path: &Path, variable: Option<&str>) -> String {
    let named = variable.map_or(String::new(), |variable| format!(" (named by {variable})"));
    format!("the file {}{named}", path.display())
}

fn read(path: &Path, variable: Option<&str>) -> Result<(ApiKey, Option<Stamp>)> {
    let name = name(path, variable);
    let unreadable =
        |error: io::Error| Error::config(format!("the key cannot be read from {name}: {error}")).caused_by(error);
    // Before it is opened: opening a pipe would wait for somebody to write.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(Error::config(format!("the key cannot be read from {name}: it is not a file")));
    }
    let file = File::open(path).map_err(unreadable)?;
    // Of the opened file, and before it is read: what is written meanwhile shows as a change.
    let stamp = Stamp::of(&file.metadata().map_err(unreadable)?);
    let mut text = String::new();
    let length = file.take(KeyFile::MAX_LENGTH + 1).read_to_string(&mut text).map_err(unreadable)?;
    if length as u64 > KeyFile::MAX_LENGTH {
        return Err(Error::config(format!("the key cannot be read from {name}: it is larger than 64 KiB")));
    }
    Ok((ApiKey::named(text, name)?, stamp))
}

impl Credentials for KeyFile {
    fn authorization(&self) -> BoxFuture<'_, Result<HeaderValue, BoxError>> {
        Box::pin(std::future::ready(Ok(self.header())))
    }

    fn source(&self) -> Option<Cow<'static, str>> {
        let name = name(&self.path, self.variable);
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        Some(match &state.problem {
            Some(problem) => format!("{name}, as it was before ({problem})").into(),
            None => name.into(),
        })
    }
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, variable, state: _ } = self;
        f.debug_struct("KeyFile").field("path", path).field("variable", variable).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, text: &str, age: u64) {
        fs::write(path, text).unwrap();
        let file = File::options().write(true).open(path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(age)).unwrap();
    }

    async fn sent(file: &KeyFile) -> String {
        let header = file.authorization().await.unwrap();
        assert!(header.is_sensitive());
        header.to_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn a_new_key_in_the_file_is_the_next_one_sent() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        write(&path, "token-1\n", 60);
        let file = KeyFile::new(&path).unwrap();
        assert_eq!(sent(&file).await, "Bearer token-1");
        write(&path, "token-2\n", 50);
        assert_eq!(sent(&file).await, "Bearer token-2");
    }

    #[tokio::test]
    async fn a_change_too_quick_for_the_clock_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        write(&path, "token-1", 0);
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        let file = KeyFile::new(&path).unwrap();
        fs::write(&path, "token-2").unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
        assert_eq!(sent(&file).await, "Bearer token-2");
    }

    #[tokio::test]
    async fn a_file_in_the_middle_of_being_written_leaves_the_last_key_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        write(&path, "token-1", 60);
        let file = KeyFile::new(&path).unwrap();
        write(&path, "", 50);
        assert_eq!(sent(&file).await, "Bearer token-1");
        assert!(file.source().unwrap().contains("is empty"), "{:?}", file.source());
        fs::remove_file(&path).unwrap();
        assert_eq!(sent(&file).await, "Bearer token-1");
        assert!(file.source().unwrap().contains("cannot be read"), "{:?}", file.source());
        write(&path, "token-3", 40);
        assert_eq!(sent(&file).await, "Bearer token-3");
        assert_eq!(file.source().unwrap(), format!("the file {}", path.display()));
    }

    #[test]
    fn a_file_without_a_key_is_refused_by_its_name_and_without_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let refused = |path: &Path| KeyFile::new(path).map(|_| ()).unwrap_err();
        assert!(refused(&path).to_string().contains("cannot be read from the file"), "{}", refused(&path));
        assert!(refused(folder.path()).to_string().ends_with("it is not a file"));
        for (text, reason) in [(" \n", "is empty"), ("canary\nx", "U+000A"), (&"canary".repeat(20_000), "64 KiB")] {
            fs::write(&path, text).unwrap();
            let error = refused(&path);
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(reason) && shown.contains("token") && !shown.contains("canary"), "{shown}");
        }
        fs::write(&path, "canary").unwrap();
        assert!(!format!("{:?}", KeyFile::new(&path).unwrap()).contains("canary"));
    }
}
