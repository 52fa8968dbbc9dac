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
pub(crate) use state::{Creation, PartState, State};

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
    /// Held while a record is written, also by writing that nobody waits for any more.
    writing: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Debug)]
struct Book {
    file: File,
    length: u64,
    state: State,
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
        let book = Book { file, length, state, broken: false, _lock: lock };
        Ok(Self { path: path.into(), book: Arc::new(Mutex::new(book)), writing: Arc::default() })
    }

    /// What a journal says, for those who only want to know.
    pub(crate) fn peek(folder: &Path) -> Result<State> {
        let (path, bytes) = read(folder)?;
        let (records, _) = codec::decode(&bytes).map_err(|reason| damaged(&path, reason))?;
        State::replay(records).map_err(|reason| damaged(&path, reason))
    }

    /// Adds a record. When this returns it is on disk; the state has it from the same moment on.
    pub(crate) async fn append(&self, record: Record) -> Result<()> {
        let (this, writing) = (self.clone(), self.writing.clone().lock_owned().await);
        blocking(move || {
            let _writing = writing;
            this.append_now(record)
        })
        .await
    }

    /// Waits until every record that was begun is written.
    pub(crate) async fn settle(&self) {
        drop(self.writing.lock().await);
    }

    fn append_now(&self, record: Record) -> Result<()> {
        let line = codec::encode(&record)?;
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        if book.broken {
            return Err(Error::new(ErrorKind::Journal, format!("{} could not be written before", self.path.display())));
        }
        // What could not be read again must not be written.
        book.state.check(&record).map_err(|reason| damaged(&self.path, reason))?;
        let length = book.length;
        if let Err(error) = book.file.write_all(line.as_bytes()).and_then(|()| book.file.sync_data()) {
            // Half a record in the middle would be damage later.
            let taken_back = book.file.set_len(length).and_then(|()| book.file.seek(SeekFrom::Start(length)));
            book.broken = taken_back.is_err();
            return Err(unwritable(&self.path, error));
        }
        book.length += line.len() as u64;
        tracing::debug!(target: "mistral_runs", step = record.step(), part = record.part(), "journal");
        book.state.apply(record).map_err(|reason| damaged(&self.path, reason))
    }

    /// Looks at what is known.
    pub(crate) fn state<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.book.lock().unwrap_or_else(PoisonError::into_inner).state)
    }
}

fn read(folder: &Path) -> Result<(PathBuf, Vec<u8>)> {
    let path = folder.join(NAME);
    match std::fs::read(&path) {
        Ok(bytes) => Ok((path, bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(Error::new(ErrorKind::Journal, format!("{}: no run in this folder", folder.display())))
        }
        Err(error) => Err(unreadable(&path, error)),
    }
}

fn damaged(path: &Path, reason: String) -> Error {
    Error::new(ErrorKind::Journal, format!("{}: {reason}", path.display()))
}
