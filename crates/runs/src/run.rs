use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::task::Poll::{Pending, Ready};

use futures_core::Stream;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt as _, StreamExt as _};
use mistral_batch::Jobs;
use mistral_files::Files;
use mistral_models::BatchJobId;
use mistral_transport::{Error, ErrorKind, Poll, Result, Transport};
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;

use crate::answers::{self, Merged};
use crate::blocking::{blocking, unwritable};
use crate::clock::ServerClock;
use crate::context::{Context, Tell};
use crate::drive::{self, Until};
use crate::journal::{Journal, Record};
use crate::part::Selection;
use crate::rows::Source;
use crate::{Cleanup, Event, PriceTable, Report, Row, Status, output, plan};

/// A run: rows on their way to their answers, kept by a journal in a folder.
///
/// It moves while it is driven, by [`finish`](Self::finish), [`watch`](Self::watch) or [`submit`](Self::submit); nothing runs
/// in the background. Dropped at any moment, or killed, it is taken up by [`Runs::resume`](crate::Runs::resume) and ends the
/// same: with the same output, and one job a part. While a value of this type lives, no other process can take it up.
#[derive(Debug)]
pub struct Run {
    context: Arc<Context>,
}

impl Run {
    pub(crate) fn new(
        source: Source,
        journal: Journal,
        transport: Transport,
        poll: Poll,
        prices: PriceTable,
        give_up_missing: bool,
    ) -> Self {
        let clock = ServerClock::default();
        let seen = clock.clone();
        let transport = transport.with_inspector(move |_, head| seen.see(&head.headers));
        let (jobs, files) = (Jobs::new(transport.clone()), Files::new(transport));
        let driven = AtomicBool::new(false);
        Self {
            context: Arc::new(Context {
                source,
                journal,
                jobs,
                files,
                poll,
                prices,
                clock,
                turn: Default::default(),
                give_up_missing,
                driven,
            }),
        }
    }

    /// The folder of the run.
    pub fn folder(&self) -> &Path {
        &self.context.source.folder
    }

    /// What the journal says.
    pub fn status(&self) -> Status {
        self.context.journal.state(|state| Status::of(self.folder(), state))
    }

    /// Sees the run through: until every row has its outcome and the output is written.
    ///
    /// Rows that fail are no error; the report counts them.
    ///
    /// # Errors
    ///
    /// What ends the run for now, so that it has to be resumed later: [`Outage`](ErrorKind::Outage) after 30 minutes without
    /// one good look, [`WaitDeadline`](ErrorKind::WaitDeadline) at the limit of the wait, [`Auth`](ErrorKind::Auth),
    /// [`LocalIo`](ErrorKind::LocalIo), [`InputChanged`](ErrorKind::InputChanged), and
    /// [`is_maybe_created`](Error::is_maybe_created) where nobody can tell whether a job was created: resuming looks for it.
    pub async fn finish(&self) -> Result<Report> {
        let driven = drive::drive(self.context.clone(), Until::Done, Tell::new(|_| {})).await?;
        driven.ok_or_else(|| Error::new(ErrorKind::Journal, "the run is not done").during("runs.finish"))
    }

    /// Sees the run through, and tells what happens. The last event is [`Event::Done`].
    ///
    /// Dropping the stream stops the run where it is.
    ///
    /// # Errors
    ///
    /// As [`finish`](Self::finish); the stream ends after an error.
    ///
    /// ```no_run
    /// use futures_util::TryStreamExt as _;
    /// use mistral_runs::{Event, Run};
    ///
    /// # async fn demo(run: Run) -> mistral_transport::Result<()> {
    /// let mut events = run.watch();
    /// while let Some(event) = events.try_next().await? {
    ///     match event {
    ///         Event::Progress(progress) => println!("{} of {}", progress.done, progress.rows),
    ///         Event::Done(report) => println!("{} answered", report.tally.succeeded),
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn watch(&self) -> BoxStream<'static, Result<Event>> {
        self.events(Until::Done).boxed()
    }

    /// Submits as many parts as may be pending, and stops: the answers are collected when the run is resumed. The stream tells
    /// what happens.
    ///
    /// # Errors
    ///
    /// As [`finish`](Self::finish).
    pub fn submit(&self) -> BoxStream<'static, Result<Event>> {
        self.events(Until::Submitted).boxed()
    }

    fn events(&self, until: Until) -> impl Stream<Item = Result<Event>> + Send + use<> {
        let (sender, mut events) = mpsc::unbounded_channel();
        let tell = Tell::new(move |event| {
            // Whoever has stopped listening has dropped the drive too.
            let _ = sender.send(event);
        });
        let mut driven = Some(drive::drive(self.context.clone(), until, tell).boxed());
        let mut failed = None;
        stream::poll_fn(move |cx| {
            // The drive first: what it tells is there at once.
            if let Some(Ready(ended)) = driven.as_mut().map(|driven| driven.poll_unpin(cx)) {
                driven = None;
                failed = ended.err();
            }
            match events.poll_recv(cx) {
                Ready(Some(event)) => Ready(Some(Ok(event))),
                // All that was told is told before the error.
                _ if driven.is_none() => Ready(failed.take().map(Err)),
                _ => Pending,
            }
        })
    }

    /// What became of every row, in the order of the rows, as far as parts are collected. Answers are decoded as `T`; one that
    /// is not a `T` is a row that failed.
    ///
    /// Rows are read from disk as they are asked for.
    ///
    /// # Errors
    ///
    /// [`LocalIo`](ErrorKind::LocalIo) if the folder of the run cannot be read; the stream ends after an error.
    ///
    /// ```no_run
    /// use futures_util::TryStreamExt as _;
    /// use mistral_runs::Run;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Vectors {
    ///     data: Vec<serde_json::Value>,
    /// }
    ///
    /// # async fn demo(run: Run) -> mistral_transport::Result<()> {
    /// run.finish().await?;
    /// let mut rows = run.rows::<Vectors>();
    /// while let Some(row) = rows.try_next().await? {
    ///     match row.answer {
    ///         Ok(vectors) => println!("{}: {} vectors", row.custom_id, vectors.data.len()),
    ///         Err(failed) => println!("{}: {failed}", row.custom_id),
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn rows<T: DeserializeOwned + Send + 'static>(&self) -> BoxStream<'static, Result<Row<T>>> {
        answers::rows(self.context.source.clone(), self.context.journal.state(Clone::clone)).boxed()
    }

    /// Writes the answers as JSON lines, one a row, in the order of the rows.
    ///
    /// # Errors
    ///
    /// [`LocalIo`](ErrorKind::LocalIo) if the folder of the run cannot be read, or `out` cannot be written.
    pub async fn write_to(&self, mut out: impl Write + Send + 'static) -> Result<()> {
        let (source, state) = (self.context.source.clone(), self.context.journal.state(Clone::clone));
        blocking(move || {
            let failed = |error| unwritable(Path::new("the output"), error);
            let mut merged = Merged::new(&source, &state)?;
            while let Some(answer) = merged.next()? {
                out.write_all(answer.line).map_err(failed)?;
            }
            out.flush().map_err(failed)
        })
        .await
    }

    /// Has the answers written to another place when the run is driven next, or to none; a run that is done is to be driven
    /// again for it.
    ///
    /// # Errors
    ///
    /// [`BadInput`](ErrorKind::BadInput) for an output that is there already and is not to be replaced, a folder, an input, or in
    /// the folder of the run; [`LocalIo`](ErrorKind::LocalIo) if it, or the journal, cannot be written.
    pub async fn set_output(&self, output: Option<PathBuf>, replace: bool) -> Result<()> {
        let path = output.map(|path| std::path::absolute(&path).unwrap_or(path));
        if let Some(path) = path.clone() {
            let source = self.context.source.clone();
            blocking(move || output::check(&path, replace, &source.files, &source.folder)).await?;
        }
        self.context.journal.append(Record::Output { path, replace }).await
    }

    /// Stops the run for good: nothing more is submitted, and jobs under way are cancelled. What they had answered by then is
    /// collected when the run is driven again. The jobs that were asked to stop.
    ///
    /// # Errors
    ///
    /// The first thing that a cancellation meets, once all jobs were asked to stop; calling it again asks once more.
    pub async fn cancel(&self) -> Result<Vec<BatchJobId>> {
        self.context.journal.append(Record::Cancelled).await?;
        let open = self.context.journal.state(|state| {
            state
                .parts
                .iter()
                .filter(|part| part.collected.is_none() && part.job.is_some())
                .cloned()
                .collect::<Vec<_>>()
        });
        let (mut cancelled, mut failed) = (Vec::new(), None);
        for job in open.into_iter().filter_map(|part| part.job) {
            match self.context.jobs.cancel(&job).await {
                Ok(_) => cancelled.push(job),
                Err(error) if error.is_not_found() => {}
                // What can be stopped is: each job costs money.
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(cancelled), Err)
    }

    /// Sends the rows that failed of something that passes, or are without a result, once more, when the run is driven next;
    /// whatever the spec says of retries. How many rows there are.
    ///
    /// # Errors
    ///
    /// [`BadInput`](ErrorKind::BadInput) if not all rows have an outcome yet, and [`OverBudget`](ErrorKind::OverBudget) if the run
    /// may cost more with them than its spec allows.
    pub async fn retry(&self) -> Result<u64> {
        let state = self.context.journal.state(Clone::clone);
        if state.done.is_none() {
            let message = "the run is not done; see it through first";
            return Err(Error::new(ErrorKind::BadInput, message).during("runs.retry"));
        }
        let (source, of, round) = (self.context.source.clone(), state.clone(), state.rounds);
        let (parts, size) = blocking(move || plan::retry_all(&source, &of)).await?;
        let rows = parts.iter().map(|part| part.rows).sum();
        if rows > 0 {
            let at_most = self.context.prices.estimate(&size).at_most;
            drive::allows(&self.context, &state, at_most)
                .map_err(|reason| Error::new(ErrorKind::OverBudget, reason).during("runs.retry"))?;
            self.context.journal.append(Record::Planned { round, parts, at_most, asked_for: true }).await?;
        }
        Ok(rows)
    }

    /// Deletes the files of the run from the service. How many, and what could not be deleted.
    pub(crate) async fn clean(&self, what: Cleanup) -> Result<(u64, Vec<String>)> {
        let state = self.context.journal.state(Clone::clone);
        let (deleted, left) = drive::clean(&self.context, &state, what).await?;
        Ok((deleted, left.into_iter().map(|(_, message)| message).collect()))
    }

    /// Where a row stands: its input file and its line, counted from 1.
    ///
    /// # Errors
    ///
    /// [`LocalIo`](ErrorKind::LocalIo) if the input cannot be read.
    pub async fn place_of(&self, row: u64) -> Result<Option<(PathBuf, u64)>> {
        let source = self.context.source.clone();
        let stretch = self.context.journal.state(|state| {
            let stretches = state.round(0).filter_map(|part| match &part.part.selection {
                Selection::Stretches(stretches) => Some(stretches.iter()),
                Selection::Picked { .. } => None,
            });
            stretches.flatten().filter(|stretch| stretch.row <= row).last().cloned()
        });
        blocking(move || source.place_of(row, stretch)).await
    }
}
