use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::{BoxFuture, Either, FutureExt as _, select};
use futures_util::stream::FuturesUnordered;
use mistral_transport::{Error, ErrorKind, Result, Rhythm};
use tokio::time::Instant;

use super::collect::{self, Collection};
use super::look::{self, Looked};
use super::sights::Sights;
use super::submit::{self, Submission};
use super::{Until, budget};
use crate::context::{Context, Tell};
use crate::journal::PartState;
use crate::progress::Pace;

/// How many parts are submitted at once; each may be an upload.
const SUBMISSIONS: usize = 4;
/// How many parts are collected at once; each holds the index of its rows.
const COLLECTIONS: usize = 1;
/// How long what others have pending counts as known.
const FRESH: Duration = Duration::from_secs(2);

/// What a task came to.
pub(super) enum Done {
    /// And whether it is certain that the part has no job, if it is not known to have one.
    Submitted(usize, Result<Submission>, bool),
    Looked(Result<Looked>),
    Collected(usize, Result<Collection>),
    Cancelled(usize, Result<()>),
}

/// The parts of a run on their way.
///
/// What goes wrong with one part does not keep the others from being seen through: they are paid for. What was wrong is told in
/// the end.
pub(super) struct Drive<'d> {
    pub(super) context: &'d Arc<Context>,
    pub(super) until: Until,
    pub(super) tell: &'d Tell,
    pub(super) rhythm: Rhythm,
    tasks: FuturesUnordered<BoxFuture<'d, Done>>,
    pub(super) submitting: BTreeSet<usize>,
    pub(super) collecting: BTreeSet<usize>,
    pub(super) cancelling: BTreeSet<usize>,
    pub(super) looking: bool,
    pub(super) sights: Sights,
    pub(super) pace: Pace,
    /// No part is submitted before the next look.
    pub(super) held: bool,
    /// Too many requests are pending.
    pub(super) full: bool,
    /// Requests of others that were pending when that was last asked for.
    pub(super) others: Option<(u64, Instant)>,
    /// Nothing more is submitted: it would fail as well.
    pub(super) no_more: bool,
    /// What the drive ends with, once all that can be seen through was.
    pub(super) error: Option<Error>,
    /// The drive ends with it as soon as no creation is under way.
    pub(super) at_once: bool,
}

impl<'d> Drive<'d> {
    pub(super) fn new(context: &'d Arc<Context>, until: Until, tell: &'d Tell) -> Self {
        Self {
            context,
            until,
            tell,
            rhythm: context.poll.begin("runs.wait"),
            tasks: FuturesUnordered::new(),
            submitting: BTreeSet::new(),
            collecting: BTreeSet::new(),
            cancelling: BTreeSet::new(),
            looking: false,
            sights: Sights::default(),
            pace: Pace::default(),
            held: false,
            full: false,
            others: None,
            no_more: false,
            error: None,
            at_once: false,
        }
    }

    /// Sees all parts through.
    pub(super) async fn all_parts(mut self) -> Result<()> {
        loop {
            if self.at_once && self.submitting.is_empty() {
                // What is only read can be read again; a creation under way is waited for.
                return self.error.take().map_or(Ok(()), Err);
            }
            if !self.at_once {
                self.start_tasks();
            }
            if self.tasks.is_empty() && self.is_there() {
                return self.error.take().map_or(Ok(()), Err);
            }
            match self.next().await {
                Some(done) => self.take(done),
                None => self.begin_look(),
            }
        }
    }

    /// Whether all is done that was to be done and can be done.
    fn is_there(&self) -> bool {
        let hopeless = |part: &PartState| {
            let unsent = part.job.is_none() && !self.sights.is_ended(part.part.number);
            self.sights.is_failed(part.part.number) || (self.no_more && unsent)
        };
        self.context.journal.state(|state| match self.until {
            Until::Done => state.parts.iter().all(|part| part.collected.is_some() || hopeless(part)),
            Until::Submitted => {
                let settled = |part: &PartState| part.job.is_some() || self.sights.is_ended(part.part.number);
                self.full || state.parts.iter().all(|part| part.collected.is_some() || settled(part) || hopeless(part))
            }
        })
    }

    /// Waits for a task, or until it is time for a look: `None` then.
    async fn next(&mut self) -> Option<Done> {
        if self.looking || self.at_once {
            return self.tasks.next().await;
        }
        let paused = if self.tasks.is_empty() {
            self.rhythm.pause().await
        } else {
            let pause = std::pin::pin!(self.rhythm.pause());
            match select(self.tasks.next(), pause).await {
                Either::Left((done, _)) => return done,
                Either::Right((paused, _)) => paused,
            }
        };
        if let Err(error) = paused {
            self.end(error);
        }
        None
    }

    fn begin_look(&mut self) {
        if self.at_once {
            return;
        }
        let waited = self.context.journal.state(|state| look::waited(state, &self.sights, &self.collecting));
        self.looking = true;
        let (context, unfiltered) = (self.context.clone(), self.sights.unfiltered);
        self.tasks.push(async move { Done::Looked(look::look(&context, waited, unfiltered).await) }.boxed());
    }

    fn start_tasks(&mut self) {
        let (parts, cancelled) = self.context.journal.state(|state| {
            let open = state.parts.iter().filter(|part| part.collected.is_none());
            let open: Vec<_> =
                open.map(|part| (part.part.number, part.job.is_some(), part.creation.is_some())).collect();
            (open, state.cancelled)
        });
        let in_view = !parts.iter().any(|(_, has_job, _)| *has_job) || self.sights.has_seen_any();
        for (number, has_job, may_exist) in parts {
            if self.sights.is_failed(number) {
                continue;
            }
            match (has_job, self.sights.is_ended(number)) {
                (_, true) if self.until == Until::Done => self.collect(number),
                (_, true) => {}
                (true, false) if cancelled => self.cancel(number),
                (true, false) => {}
                (false, false) if cancelled && !may_exist => self.sights.never_sent(number),
                // While no job of the run is in view, one that is not found proves nothing.
                (false, false) if may_exist && !in_view => {}
                (false, false) => self.submit(number),
            }
        }
    }

    fn submit(&mut self, number: usize) {
        if self.held || self.no_more || self.submitting.len() >= SUBMISSIONS || self.submitting.contains(&number) {
            return;
        }
        let asked = self.context.journal.state(|state| {
            let part = state.parts.get(number)?.clone();
            // Those under way count as if they were pending already.
            let ours = |part: &&PartState| part.job.is_some() || self.submitting.contains(&part.part.number);
            let open = state.parts.iter().filter(|part| part.collected.is_none()).filter(ours);
            let own: u64 = open.map(|part| self.sights.pending(&part.part)).sum();
            let budget = budget::allows_part(self.context, state, &part.part);
            let pending: Vec<u64> = state.parts.iter().map(|part| self.sights.pending(&part.part)).collect();
            Some((part, own, pending, state.begun.spec.limits.pending, budget))
        });
        let Some((part, own, pending, limit, budget)) = asked else { return };
        if let (Err(reason), None) = (budget, &part.creation) {
            let message = format!("part {}: {reason}", number + 1);
            self.no_more = true;
            self.error.get_or_insert(Error::new(ErrorKind::OverBudget, message).during("runs.run"));
            return;
        }
        // Known to be too much, or asked for anew when it is the part's turn.
        let others = self.others.filter(|(_, at)| at.elapsed() < FRESH).map_or(0, |(others, _)| others);
        if own + others > 0 && own + others + part.part.rows > limit {
            self.full |= self.submitting.is_empty();
            return;
        }
        self.submitting.insert(number);
        let mut certain = self.sights.is_certain(number);
        let (context, tell) = (self.context.clone(), self.tell.clone());
        let task = async move {
            let submitted = submit::submit(&context, &part, pending, &mut certain, &tell).await;
            Done::Submitted(number, submitted, certain)
        };
        self.tasks.push(task.boxed());
    }

    fn collect(&mut self, number: usize) {
        if self.collecting.len() >= COLLECTIONS || self.collecting.contains(&number) || self.sights.is_resting(number) {
            return;
        }
        let Some(part) = self.context.journal.state(|state| Some(state.parts.get(number)?.part.clone())) else {
            return;
        };
        self.collecting.insert(number);
        let (ended, give_up) = (self.sights.ended(number), self.sights.results_are_gone(number));
        let (context, tell) = (self.context.clone(), self.tell.clone());
        let task =
            async move { Done::Collected(number, collect::collect(&context, &part, ended, give_up, &tell).await) };
        self.tasks.push(task.boxed());
    }

    /// Has a job cancelled that runs although the run was cancelled.
    fn cancel(&mut self, number: usize) {
        if self.cancelling.contains(&number) || self.sights.is_asked_to_stop(number) || self.sights.is_resting(number) {
            return;
        }
        let job = self.context.journal.state(|state| state.parts.get(number)?.job.clone());
        let Some(job) = job else { return };
        self.cancelling.insert(number);
        let context = self.context.clone();
        let task = async move {
            let cancelled = match context.jobs.cancel(&job).await {
                Err(error) if !error.is_not_found() => Err(error),
                _ => Ok(()),
            };
            Done::Cancelled(number, cancelled)
        };
        self.tasks.push(task.boxed());
    }
}
