//! Work on files in a thread of its own, so that Ctrl-C is heard, and stopped by it.

use std::error::Error;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::source::Source;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::outfile::{OutFile, Writing};
use crate::terminal::Activity;

/// One piece of work: how far it is, and whether it is to stop.
pub(in crate::commands) struct Work {
    stop: Arc<AtomicBool>,
    activity: Arc<Activity>,
    /// What is not finished, and goes when the work is stopped.
    asides: Vec<PathBuf>,
}

impl Work {
    /// Begins to show work that reads so many bytes, if that is known.
    pub(in crate::commands) fn start(context: &Context, text: &str, bytes: Option<u64>) -> Self {
        let activity = Arc::new(Activity::bytes(context.screen, text, bytes));
        Self { stop: Arc::default(), activity, asides: Vec::new() }
    }

    pub(in crate::commands) fn read(&self, source: Source) -> Reading<Box<dyn Read + Send>> {
        self.read_file(source.reader, source.shown)
    }

    pub(in crate::commands) fn read_file<R: Read>(&self, reader: R, shown: String) -> Reading<R> {
        let reader = BufReader::with_capacity(256 * 1024, reader);
        Reading { reader, shown, stop: self.stop.clone(), activity: self.activity.clone() }
    }

    pub(in crate::commands) fn write(&mut self, out: OutFile) -> Result<Sink> {
        let shown = out.path().map(|path| path.display().to_string());
        let out = out.create()?;
        self.asides.extend(out.unfinished().map(ToOwned::to_owned));
        Ok(Sink { out, shown, stop: self.stop.clone() })
    }

    /// Does the work. Dropped before it has ended, it stops the work and removes what is not finished.
    pub(in crate::commands) async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let mut guard = Guard { done: false, stop: self.stop, asides: self.asides };
        let done = tokio::task::spawn_blocking(work).await;
        // The interruption may be what ended the input; it is seen first.
        tokio::task::yield_now().await;
        guard.done = true;
        done.unwrap_or_else(|error| Err(Failure::unexpected("the work broke off").because(error)))
    }
}

struct Guard {
    done: bool,
    stop: Arc<AtomicBool>,
    asides: Vec<PathBuf>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        self.stop.store(true, Ordering::Relaxed);
        // The thread may be waiting for its input for ever, and not get to it.
        for aside in &self.asides {
            let _ = std::fs::remove_file(aside);
        }
    }
}

/// An input that counts what is read, and ends with an error when the work is to stop.
pub(in crate::commands) struct Reading<R> {
    reader: BufReader<R>,
    shown: String,
    stop: Arc<AtomicBool>,
    activity: Arc<Activity>,
}

impl<R: Read> Read for Reading<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: Read> BufRead for Reading<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let Self { reader, shown, stop, .. } = self;
        check(stop)?;
        reader.fill_buf().map_err(|error| trouble(error, |error| Trouble::Reading(shown.clone(), error)))
    }

    fn consume(&mut self, amount: usize) {
        self.reader.consume(amount);
        self.activity.add(amount as u64);
    }
}

impl<R: Read + Seek> Seek for Reading<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let Self { reader, shown, .. } = self;
        reader.seek(to).map_err(|error| trouble(error, |error| Trouble::Reading(shown.clone(), error)))
    }
}

/// An output that ends with an error when the work is to stop.
pub(in crate::commands) struct Sink {
    out: Writing,
    shown: Option<String>,
    stop: Arc<AtomicBool>,
}

impl Sink {
    /// Puts the output in its place, unless the work is to stop.
    pub(in crate::commands) fn finish(self) -> Result<()> {
        check(&self.stop).map_err(failure)?;
        self.out.finish()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Self { out, shown, stop } = self;
        check(stop)?;
        out.raw().write(bytes).map_err(|error| trouble(error, |error| Trouble::Writing(shown.clone(), error)))
    }

    fn flush(&mut self) -> io::Result<()> {
        let Self { out, shown, .. } = self;
        out.raw().flush().map_err(|error| trouble(error, |error| Trouble::Writing(shown.clone(), error)))
    }
}

fn check(stop: &AtomicBool) -> io::Result<()> {
    if stop.load(Ordering::Relaxed) { Err(io::Error::other(Trouble::Stopped)) } else { Ok(()) }
}

/// On which side of the work something failed. The library passes it through.
#[derive(Debug)]
enum Trouble {
    Reading(String, io::Error),
    /// `None` for standard output.
    Writing(Option<String>, io::Error),
    Stopped,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reading(_, error) | Self::Writing(_, error) => error.fmt(f),
            Self::Stopped => f.write_str("stopped"),
        }
    }
}

impl Error for Trouble {}

fn trouble(error: io::Error, wrap: impl FnOnce(io::Error) -> Trouble) -> io::Error {
    // An interrupted call is made again, and its error never seen.
    if error.kind() == io::ErrorKind::Interrupted { error } else { io::Error::new(error.kind(), wrap(error)) }
}

/// What to tell of an error of the library.
pub(in crate::commands) fn failure(error: io::Error) -> Failure {
    let kind = error.kind();
    match error.downcast::<Trouble>() {
        Ok(Trouble::Reading(shown, error)) => Failure::input(format!("{shown} cannot be read")).because(error),
        Ok(Trouble::Writing(Some(shown), error)) => {
            Failure::unexpected(format!("{shown} cannot be written")).because(error)
        }
        Ok(Trouble::Writing(None, error)) => Failure::stdout(error),
        Ok(Trouble::Stopped) => Failure::unexpected("stopped"),
        Err(error) if matches!(kind, io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => {
            Failure::input(error.to_string())
        }
        Err(error) => Failure::unexpected("a temporary file cannot be used").because(error),
    }
}
