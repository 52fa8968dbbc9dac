//! What a run must remember: a file that only grows, one record a step, synced before the step counts.
//!
//! ```text
//!  record ──► length checksum JSON \n ──► sync ──► state
//!                      ▲
//!  a new process reads it all, drops a torn end, and knows what the old one knew
//! ```
//!
//! It can be read in a text editor, and grows with parts, not with rows.

mod codec;
mod lock;
mod record;
mod state;

pub(crate) use lock::Lock;
pub(crate) use record::{Begun, Collected, InputFile, Record};
pub(crate) use state::{PartState, State};

use std::fs::{File, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use mistral_transport::{Error, ErrorKind, Result};

use crate::blocking::{blocking, unreadable, unwritable};
use crate::whole::Whole;

/// The journal's name in the folder of its run.
pub(crate) const NAME: &str = "journal";

/// The journal of a run; clones are the same one.
#[derive(Debug, Clone)]
pub(crate) struct Journal {
    path: Arc<Path>,
    book: Arc<Mutex<Book>>,
    /// Apart from the file, so that nobody who looks waits for a disk.
    state: Arc<Mutex<State>>,
    /// Held while a record is written, also by writing that nobody waits for any more.
    writing: Arc<tokio::sync::Mutex<()>>,
    /// Held for reading by work on other files of the run.
    working: Arc<tokio::sync::RwLock<()>>,
}

/// Keeps the folder of a run in use: no other process takes the run up, and no other drive of this one begins, before work that
/// nobody waits for any more has ended.
#[derive(Debug)]
pub(crate) struct Hold {
    _working: tokio::sync::OwnedRwLockReadGuard<()>,
    _journal: Journal,
}

#[derive(Debug)]
struct Book {
    file: File,
    length: u64,
    /// A record could neither be written nor taken back: nothing more can be relied on.
    broken: bool,
    /// Keeps the run to this process until the last record is written.
    _lock: Lock,
}

impl Journal {
    /// Begins a journal with these records, which are there together or not at all.
    pub(crate) fn create(folder: &Path, lock: Lock, records: Vec<Record>) -> Result<Self> {
        let path = folder.join(NAME);
        let mut whole = Whole::create(&path)?;
        for record in &records {
            whole.write(codec::encode(record)?.as_bytes())?;
        }
        whole.finish()?;
        Self::open(folder, lock)
    }

    /// Takes up a journal. A torn end is cut off.
    pub(crate) fn open(folder: &Path, lock: Lock) -> Result<Self> {
        let (path, bytes) = read(folder)?;
        let (records, length) = codec::decode(&bytes).map_err(|reason| damaged(&path, reason))?;
        let state = State::replay(records).map_err(|reason| damaged(&path, reason))?;
        let open = || {
            let mut file = OpenOptions::new().write(true).open(&path)?;
            if length < bytes.len() as u64 {
                file.set_len(length)?;
                file.sync_data()?;
            }
            file.seek(SeekFrom::Start(length))?;
            Ok(file)
        };
        let file = open().map_err(|error| unwritable(&path, error))?;
        let book = Book { file, length, broken: false, _lock: lock };
        Ok(Self {
            path: path.into(),
            book: Arc::new(Mutex::new(book)),
            state: Arc::new(Mutex::new(state)),
            writing: Arc::default(),
            working: Arc::default(),
        })
    }

    /// What a journal says, for those who only want to know.
    pub(crate) fn peek(folder: &Path) -> Result<State> {
        let (path, bytes) = read(folder)?;
        let (records, _) = codec::decode(&bytes).map_err(|reason| damaged(&path, reason))?;
        State::replay(records).map_err(|reason| damaged(&path, reason))
    }

    /// Adds a record. When this returns it is on disk; the state has it from the same moment on.
    pub(crate) async fn append(&self, record: Record) -> Result<()> {
        self.append_if(record, |_| true).await.map(drop)
    }

    /// Adds a record if the state is as it must be for that, at the moment it is written; whether it was added.
    pub(crate) async fn append_if(
        &self,
        record: Record,
        allowed: impl FnOnce(&State) -> bool + Send + 'static,
    ) -> Result<bool> {
        let (this, writing) = (self.clone(), self.writing.clone().lock_owned().await);
        blocking(move || {
            let _writing = writing;
            if !this.state(allowed) {
                return Ok(false);
            }
            this.append_now(record).map(|()| true)
        })
        .await
    }

    /// Waits until every record that was begun is written, and all other work has ended.
    pub(crate) async fn settle(&self) {
        drop(self.writing.lock().await);
        drop(self.working.write().await);
    }

    /// For work on other files of the run.
    pub(crate) async fn hold(&self) -> Hold {
        Hold { _working: self.working.clone().read_owned().await, _journal: self.clone() }
    }

    fn append_now(&self, record: Record) -> Result<()> {
        let line = codec::encode(&record)?;
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        if book.broken {
            let message = format!("{} could not be written before; resume the run anew", self.path.display());
            return Err(Error::new(ErrorKind::Journal, message).during("runs.run"));
        }
        // What could not be read again must not be written.
        self.state(|state| state.check(&record)).map_err(|reason| damaged(&self.path, reason))?;
        let length = book.length;
        if let Err(error) = book.file.write_all(line.as_bytes()).and_then(|()| book.file.sync_data()) {
            // Half a record in the middle would be damage later.
            let taken_back = book.file.set_len(length).and_then(|()| book.file.seek(SeekFrom::Start(length)));
            book.broken = taken_back.is_err();
            return Err(unwritable(&self.path, error));
        }
        book.length += line.len() as u64;
        tracing::debug!(target: "mistral_runs", step = record.step(), part = record.part(), "journal");
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.apply(record).map_err(|reason| damaged(&self.path, reason))
    }

    /// Looks at what is known.
    pub(crate) fn state<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn read(folder: &Path) -> Result<(PathBuf, Vec<u8>)> {
    let path = folder.join(NAME);
    match std::fs::read(&path) {
        Ok(bytes) => Ok((path, bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let message =
                format!("{}: no run in this folder; name the folder that a run was begun in", folder.display());
            Err(Error::new(ErrorKind::Journal, message).during("runs.resume"))
        }
        Err(error) => Err(unreadable(&path, error)),
    }
}

fn damaged(path: &Path, reason: String) -> Error {
    Error::new(ErrorKind::Journal, format!("{}: {reason}", path.display())).during("runs.run")
}
