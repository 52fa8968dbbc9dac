//! What moves a run: parts are submitted, jobs watched, results collected, rows sent again.
//!
//! ```text
//!  journal ──► what is to be done ──► tasks ──► journal ──► …
//! ```
//!
//! Everything that must be remembered is in the journal, so that a drive that is dropped or killed is followed by another one
//! that asks the journal what is to be done. Nothing runs in the background: tasks move while the drive is polled.

mod admission;
mod collect;
mod finish;
mod look;
mod sights;
mod submit;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::{BoxFuture, Either, FutureExt as _, select};
use futures_util::stream::FuturesUnordered;
use mistral_transport::{Error, ErrorKind, Result, Rhythm};
use tokio::time::Instant;

use crate::blocking::blocking;
use crate::context::{Context, Tell};
use crate::journal::{PartState, Record};
use crate::plan;
use crate::progress::{Pace, Progress};
use crate::{Event, Report};
use look::Looked;
use sights::Sights;
use submit::Submission;

pub(crate) use finish::clean;

/// How far to drive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// Every row has its outcome.
    Done,
    /// As many jobs exist as may be pending.
    Submitted,
}

/// How many parts are submitted at once; each may be an upload.
const SUBMISSIONS: usize = 4;
/// How many parts are collected at once; each holds the index of its rows.
const COLLECTIONS: usize = 1;
/// How long a part may fail of what passes before that is believed to stay.
const PATIENCE: Duration = Duration::from_secs(30 * 60);

/// Drives the run. `None` if it was only to be submitted.
pub(crate) async fn drive(context: Arc<Context>, until: Until, tell: Tell) -> Result<Option<Report>> {
    let Some(_turn) = Turn::take(&context) else {
        return Err(Error::new(ErrorKind::Journal, "the run is being driven already").during("runs.run"));
    };
    // A drive that was dropped may have left a record on its way.
    context.journal.settle().await;
    if let Some(done) = context.journal.state(|state| state.done.clone()) {
        tell.tell(Event::Done(Box::new(done.clone())));
        return Ok(Some(done));
    }
    loop {
        Drive::new(&context, until, &tell).all_parts().await?;
        if until == Until::Submitted {
            return Ok(None);
        }
        if !another_round(&context, &tell).await? {
            return finish::finish(&context, &tell).await.map(Some);
        }
    }
}

/// The right to drive a run: two drives would do everything twice.
struct Turn(Arc<Context>);

impl Turn {
    fn take(context: &Arc<Context>) -> Option<Self> {
        let free = !context.driven.swap(true, Ordering::AcqRel);
        free.then(|| Self(context.clone()))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.driven.store(false, Ordering::Release);
    }
}

/// Plans the next round if there is to be one.
async fn another_round(context: &Arc<Context>, tell: &Tell) -> Result<bool> {
    let state = context.journal.state(Clone::clone);
    if state.cancelled {
        return Ok(false);
    }
    let spec = state.begun.spec.clone();
    let (source, round) = (context.source.clone(), state.rounds);
    let spent = state.parts.iter().filter_map(|part| part.collected.as_ref()).map(|collected| collected.usage).sum();
    let (parts, size) = blocking(move || plan::retry(&source, &state)).await?;
    let rows: u64 = parts.iter().map(|part| part.rows).sum();
    if rows == 0 {
        return Ok(false);
    }
    let refused = |reason: String| {
        tell.tell(Event::NotRetrying { rows, reason });
        Ok(false)
    };
    if round > spec.retries {
        return match spec.retries {
            0 => Ok(false),
            retries => refused(format!("they were sent again {retries} times")),
        };
    }
    if let Some(most) = spec.max_cost {
        let model = spec.job.model.as_ref().map_or("", |model| model.as_str());
        let cost = context.prices.cost(model, &spec.job.endpoint, &spent);
        let all = cost.zip(context.prices.estimate(&size).cost).and_then(|(spent, more)| spent.checked_add(more));
        match all {
            Some(all) if all <= most => {}
            Some(all) => return refused(format!("with them the run would cost about {all}, and {most} are allowed")),
            None => return refused(format!("nobody can tell what they cost, and {most} are allowed")),
        }
    }
    let count = parts.len();
    context.journal.append(Record::Planned { round, parts }).await?;
    tell.tell(Event::Retrying { round, rows, parts: count });
    Ok(true)
}

/// What a task came to.
enum Done {
    /// And whether it is certain that the part has no job, if it is not known to have one.
    Submitted(usize, Result<Submission>, bool),
    Looked(Result<Looked>),
    Collected(usize, Result<()>),
}

/// The parts of a run on their way.
struct Drive<'d> {
    context: &'d Arc<Context>,
    until: Until,
    tell: &'d Tell,
    rhythm: Rhythm,
    tasks: FuturesUnordered<BoxFuture<'d, Done>>,
    submitting: BTreeSet<usize>,
    collecting: BTreeSet<usize>,
    looking: bool,
    sights: Sights,
    pace: Pace,
    /// No part is submitted before the next look.
    held: bool,
    /// Too many requests are pending.
    full: bool,
    /// Requests of others that were pending when that was last asked for.
    others: u64,
    /// What ends the drive, once what cannot be broken off has ended.
    fatal: Option<Error>,
}

impl<'d> Drive<'d> {
    fn new(context: &'d Arc<Context>, until: Until, tell: &'d Tell) -> Self {
        Self {
            context,
            until,
            tell,
            rhythm: context.poll.begin("runs.wait"),
            tasks: FuturesUnordered::new(),
            submitting: BTreeSet::new(),
            collecting: BTreeSet::new(),
            looking: false,
            sights: Sights::default(),
            pace: Pace::default(),
            held: false,
            full: false,
            others: 0,
            fatal: None,
        }
    }

    /// Sees all parts through.
    async fn all_parts(mut self) -> Result<()> {
        loop {
            if self.fatal.is_none() {
                self.start_tasks();
            }
            if self.fatal.is_some() && self.submitting.is_empty() {
                // What is only read can be read again; a creation under way is waited for.
                return self.fatal.take().map_or(Ok(()), Err);
            }
            if self.tasks.is_empty() && self.is_there() {
                return Ok(());
            }
            match self.next().await {
                Some(done) => self.take(done),
                None => self.begin_look(),
            }
        }
    }

    /// Whether all is done that was to be done.
    fn is_there(&self) -> bool {
        self.context.journal.state(|state| match self.until {
            Until::Done => state.parts.iter().all(|part| part.collected.is_some()),
            Until::Submitted => {
                self.full || state.parts.iter().all(|part| part.job.is_some() || part.collected.is_some())
            }
        })
    }

    /// Waits for a task, or until it is time for a look: `None` then.
    async fn next(&mut self) -> Option<Done> {
        if self.looking || self.fatal.is_some() {
            return self.tasks.next().await;
        }
        let pause = std::pin::pin!(self.rhythm.pause());
        let paused = if self.tasks.is_empty() {
            pause.await
        } else {
            match select(self.tasks.next(), pause).await {
                Either::Left((done, _)) => return done,
                Either::Right((paused, _)) => paused,
            }
        };
        if let Err(error) = paused {
            self.fatal = Some(error);
        }
        None
    }

    fn begin_look(&mut self) {
        if self.fatal.is_some() {
            return;
        }
        let waited = self.context.journal.state(|state| look::waited(state, &self.sights, &self.collecting));
        self.looking = true;
        let (context, unfiltered) = (self.context.clone(), self.sights.unfiltered);
        self.tasks.push(async move { Done::Looked(look::look(&context, waited, unfiltered).await) }.boxed());
    }

    fn start_tasks(&mut self) {
        let (parts, cancelled) = self.context.journal.state(|state| {
            let open: Vec<PartState> = state.parts.iter().filter(|part| part.collected.is_none()).cloned().collect();
            (open, state.cancelled)
        });
        for part in &parts {
            let number = part.part.number;
            let known = part.job.is_some() || self.sights.is_ended(number);
            if !known && part.creation.is_none() && cancelled {
                self.sights.never_sent(number);
            } else if !known {
                self.submit(part, &parts);
            }
            if self.sights.is_ended(number) && self.until == Until::Done {
                self.collect(part);
            }
        }
    }

    fn submit(&mut self, part: &PartState, parts: &[PartState]) {
        let number = part.part.number;
        if self.held || self.submitting.len() >= SUBMISSIONS || self.submitting.contains(&number) {
            return;
        }
        // Those under way count as if they were pending already.
        let ours = |part: &&PartState| part.job.is_some() || self.submitting.contains(&part.part.number);
        let own: u64 = parts.iter().filter(ours).map(|part| self.sights.pending(&part.part)).sum();
        let limit = self.context.journal.state(|state| state.begun.spec.limits.pending);
        let alone = own + self.others == 0;
        if !alone && own + self.others + part.part.rows > limit {
            self.full |= self.until == Until::Submitted && self.submitting.is_empty();
            return;
        }
        self.submitting.insert(number);
        let mut certain = self.sights.is_certain(number);
        let (context, part, tell) = (self.context.clone(), part.clone(), self.tell.clone());
        let task = async move {
            let submitted = submit::submit(&context, &part, own, &mut certain, &tell).await;
            Done::Submitted(number, submitted, certain)
        };
        self.tasks.push(task.boxed());
    }

    fn collect(&mut self, part: &PartState) {
        let number = part.part.number;
        if self.collecting.len() >= COLLECTIONS || self.collecting.contains(&number) || self.sights.is_resting(number) {
            return;
        }
        self.collecting.insert(number);
        let ended = self.sights.ended(number);
        let (context, part, tell) = (self.context.clone(), part.part.clone(), self.tell.clone());
        let task = async move { Done::Collected(number, collect::collect(&context, &part, ended, &tell).await) };
        self.tasks.push(task.boxed());
    }

    fn take(&mut self, done: Done) {
        match done {
            Done::Submitted(part, submitted, certain) => {
                self.submitting.remove(&part);
                match submitted {
                    Ok(Submission::Created) => {
                        self.sights.good(part);
                        self.rhythm.quicken();
                    }
                    Ok(Submission::NotCreated) => self.sights.never_sent(part),
                    Ok(Submission::Held { others, reason }) => {
                        (self.held, self.full, self.others) = (true, true, others);
                        self.sights.certain(part);
                        self.tell.tell(Event::Held { part, others, reason });
                    }
                    Err(error) => {
                        self.held = true;
                        if certain {
                            self.sights.certain(part);
                        }
                        self.trouble(part, error);
                    }
                }
                self.progress();
            }
            Done::Looked(looked) => {
                self.looking = false;
                // What others have pending is asked for anew, by the next part that wants to be submitted.
                (self.held, self.full, self.others) = (false, false, 0);
                match looked {
                    Ok(looked) => {
                        self.rhythm.good();
                        self.seen(looked);
                    }
                    Err(error) => {
                        self.tell.tell(Event::Trouble { message: error.to_string() });
                        self.fail(|rhythm| rhythm.bad(error));
                    }
                }
            }
            Done::Collected(part, collected) => {
                self.collecting.remove(&part);
                match collected {
                    Ok(()) => self.sights.good(part),
                    Err(error) => self.trouble(part, error),
                }
                self.progress();
            }
        }
    }

    fn fail(&mut self, of: impl FnOnce(&mut Rhythm) -> Option<Error>) {
        if let Some(error) = of(&mut self.rhythm) {
            self.fatal.get_or_insert(error);
        }
    }

    /// A step of a part failed. It is tried again after the next look, unless that would be in vain.
    fn trouble(&mut self, part: usize, error: Error) {
        let passes = error.is_transient() || error.kind() == ErrorKind::Integrity;
        if passes && self.sights.trouble(part, error.kind()) < PATIENCE {
            self.tell.tell(Event::Trouble { message: error.to_string() });
        } else {
            self.fatal.get_or_insert(error);
        }
    }

    fn seen(&mut self, looked: Looked) {
        let before: Vec<_> = self
            .context
            .journal
            .state(|state| state.parts.iter().map(|part| self.sights.status(part.part.number).cloned()).collect());
        self.sights.see(looked, Instant::now());
        let mut changed = false;
        let parts = self.context.journal.state(|state| state.parts.clone());
        for part in &parts {
            let number = part.part.number;
            let (status, job) = (self.sights.status(number).cloned(), part.job.clone());
            if let (Some(status), Some(job)) = (status, job) {
                if before.get(number).is_none_or(|before| before.as_ref() != Some(&status)) {
                    changed = true;
                    self.tell.tell(Event::Status { part: number, job, status });
                }
            }
            let hours = self.context.journal.state(|state| state.begun.spec.job.timeout_hours.unwrap_or(24));
            if part.collected.is_none() && self.sights.is_overdue(number, hours) {
                let job = part.job.as_ref().map(ToString::to_string).unwrap_or_default();
                let message = format!("it has not ended an hour after its timeout of {hours} h");
                let error = Error::new(ErrorKind::WaitDeadline, message).about(format_args!("job {job}"));
                self.fatal.get_or_insert(error.during("runs.wait"));
            }
        }
        if changed {
            self.rhythm.quicken();
        }
        self.progress();
    }

    /// Tells how far the run is, and looks less often while the end is far.
    fn progress(&mut self) {
        let mut progress = Progress::default();
        let (mut done, mut failed) = (0, 0);
        self.context.journal.state(|state| {
            progress.parts = state.parts.len();
            for part in &state.parts {
                progress.rows += part.part.rows;
                progress.submitted += usize::from(part.job.is_some());
                progress.collected += usize::from(part.collected.is_some());
                match &part.collected {
                    Some(collected) => {
                        done += part.part.rows;
                        failed += part.part.rows - collected.tally.succeeded.min(part.part.rows);
                    }
                    None => {
                        let (seen, bad) = self.sights.counts(&part.part);
                        done += seen;
                        failed += bad;
                    }
                }
            }
        });
        self.pace.see(done, failed, Instant::now());
        self.pace.fill(&mut progress);
        if let Some(left) = progress.seconds_left {
            self.rhythm.no_sooner_than(Duration::from_secs(left / 20));
        }
        self.tell.tell(Event::Progress(progress));
    }
}
