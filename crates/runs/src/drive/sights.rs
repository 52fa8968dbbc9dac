use std::collections::BTreeMap;
use std::time::Duration;

use mistral_models::{BatchJob, BatchJobStatus};
use mistral_transport::ErrorKind;
use tokio::time::Instant;

use super::look::Looked;
use crate::part::Part;

/// What is known of each part's job beyond what the journal has to remember.
#[derive(Debug, Default)]
pub(super) struct Sights {
    parts: BTreeMap<usize, Sight>,
    /// The listing did not show our jobs while it was asked for them alone.
    pub(super) unfiltered: bool,
}

#[derive(Debug, Default)]
struct Sight {
    status: Option<BatchJobStatus>,
    done: u64,
    failed: u64,
    ended: Option<Ended>,
    /// Since when the job is waited for.
    since: Option<Instant>,
    /// Since when it has ended without naming the files it must have.
    incomplete: Option<Instant>,
    /// Since when, and how often, the job was not to be found.
    missing: Option<(Instant, u32)>,
    /// Since when a step fails.
    trouble: Option<Instant>,
    /// When the step may be tried again.
    rest: Option<Instant>,
    /// It is certain that no job of this part exists.
    certain: bool,
    /// The job was asked to stop.
    asked_to_stop: bool,
    /// The job is not to be found, and was never seen.
    lost: bool,
    /// Since when, and how often, its results were not to be found.
    results_gone: Option<(Instant, u32)>,
    /// When it was first seen at work.
    at_work: Option<Instant>,
    /// Nothing more is tried for the part.
    given_up: bool,
}

/// How it ended for a part.
#[derive(Debug, Clone)]
pub(super) enum Ended {
    /// Its job has ended.
    Job(Box<BatchJob>),
    /// Its job does not exist any more.
    Gone,
    /// It never had a job: the run was cancelled before.
    NeverSent,
}

/// How long a success may name no file.
const INCOMPLETE: Duration = Duration::from_secs(30);
/// How long, and how often, a job must be missing to be gone.
const MISSING: (Duration, u32) = (Duration::from_secs(60), 3);
/// How long a step that failed rests.
const REST: Duration = Duration::from_secs(5);
/// How much longer than its timeout a job may take, counted from when it was first seen at work.
const GRACE: Duration = Duration::from_secs(3_600);
/// How long a job may wait in the queue.
const QUEUED: Duration = Duration::from_secs(169 * 3_600);

impl Sights {
    fn of(&mut self, part: usize) -> &mut Sight {
        self.parts.entry(part).or_default()
    }

    pub(super) fn status(&self, part: usize) -> Option<&BatchJobStatus> {
        self.parts.get(&part)?.status.as_ref()
    }

    pub(super) fn is_ended(&self, part: usize) -> bool {
        self.parts.get(&part).is_some_and(|sight| sight.ended.is_some())
    }

    pub(super) fn ended(&self, part: usize) -> Ended {
        self.parts.get(&part).and_then(|sight| sight.ended.clone()).unwrap_or(Ended::Gone)
    }

    pub(super) fn never_sent(&mut self, part: usize) {
        self.of(part).ended = Some(Ended::NeverSent);
    }

    /// It is certain that no job of this part exists.
    pub(super) fn certain(&mut self, part: usize) {
        self.of(part).certain = true;
    }

    /// The job was asked to stop, and need not be asked again.
    pub(super) fn asked_to_stop(&mut self, part: usize) {
        self.of(part).asked_to_stop = true;
    }

    pub(super) fn is_asked_to_stop(&self, part: usize) -> bool {
        self.parts.get(&part).is_some_and(|sight| sight.asked_to_stop)
    }

    /// Nothing more is tried for the part.
    pub(super) fn fail(&mut self, part: usize) {
        self.of(part).given_up = true;
    }

    pub(super) fn is_failed(&self, part: usize) -> bool {
        self.parts.get(&part).is_some_and(|sight| sight.given_up)
    }

    /// Whether the job is not to be found and was never seen: it may be at another address, or belong to another key.
    pub(super) fn is_lost(&self, part: usize) -> bool {
        self.parts.get(&part).is_some_and(|sight| sight.lost && !sight.given_up)
    }

    /// Whether any job of the run was seen.
    pub(super) fn has_seen_any(&self) -> bool {
        self.parts.values().any(|sight| sight.status.is_some())
    }

    /// The results of the part were not to be found once more.
    pub(super) fn results_gone(&mut self, part: usize) {
        let (now, sight) = (Instant::now(), self.of(part));
        let (since, times) = sight.results_gone.map_or((now, 1), |(since, times)| (since, times + 1));
        (sight.results_gone, sight.rest) = (Some((since, times)), Some(now + MISSING.0 / MISSING.1));
    }

    /// Whether the results are believed not to exist any more.
    pub(super) fn results_are_gone(&self, part: usize) -> bool {
        let gone = self.parts.get(&part).and_then(|sight| sight.results_gone);
        gone.is_some_and(|(since, times)| since.elapsed() >= MISSING.0 && times >= MISSING.1)
    }

    pub(super) fn is_certain(&self, part: usize) -> bool {
        self.parts.get(&part).is_some_and(|sight| sight.certain)
    }

    /// A step of the part went well.
    pub(super) fn good(&mut self, part: usize) {
        let sight = self.of(part);
        (sight.trouble, sight.rest) = (None, None);
    }

    /// A step of the part failed; how long that has been so.
    pub(super) fn trouble(&mut self, part: usize, kind: ErrorKind) -> Duration {
        let now = Instant::now();
        let sight = self.of(part);
        sight.rest = Some(now + REST);
        let since = *sight.trouble.get_or_insert(now);
        // What arrives damaged every time does not get better for half an hour.
        let weight = if kind == ErrorKind::Integrity { 30 } else { 1 };
        (now - since) * weight
    }

    pub(super) fn is_resting(&self, part: usize) -> bool {
        self.parts.get(&part).and_then(|sight| sight.rest).is_some_and(|rest| Instant::now() < rest)
    }

    /// Requests of the part that still wait or are at work.
    pub(super) fn pending(&self, part: &Part) -> u64 {
        if self.is_ended(part.number) { 0 } else { part.rows - self.counts(part).0 }
    }

    /// Requests of the part that are done, and those of them that failed.
    pub(super) fn counts(&self, part: &Part) -> (u64, u64) {
        self.parts.get(&part.number).map_or((0, 0), |sight| (sight.done.min(part.rows), sight.failed.min(part.rows)))
    }

    /// Whether the job should have ended long ago.
    pub(super) fn is_overdue(&self, part: usize, timeout_hours: u32) -> bool {
        let limit = Duration::from_secs(u64::from(timeout_hours) * 3_600) + GRACE;
        let Some(sight) = self.parts.get(&part).filter(|sight| sight.ended.is_none() && !sight.given_up) else {
            return false;
        };
        let over = |since: Option<Instant>, limit| since.is_some_and(|since| since.elapsed() >= limit);
        over(sight.at_work, limit) || over(sight.since, limit.max(QUEUED))
    }

    /// Takes note of a look. `in_files` tells whether the requests of a part are in a file; `give_up` has jobs that were never
    /// seen believed gone too.
    pub(super) fn see(&mut self, looked: Looked, now: Instant, in_files: impl Fn(usize) -> bool, give_up: bool) {
        self.unfiltered |= looked.filter_hides;
        for (part, job) in looked.seen {
            let sight = self.of(part);
            sight.since.get_or_insert(now);
            (sight.missing, sight.lost) = (None, false);
            if job.status != BatchJobStatus::Queued {
                sight.at_work.get_or_insert(now);
            }
            // Counts may fall on the service's side; what was seen done stays done.
            sight.done = sight.done.max(job.done_requests());
            sight.failed = sight.failed.max(job.failed_requests);
            sight.status = Some(job.status.clone());
            if !job.status.is_final() {
                continue;
            }
            // A job from inline requests need not have files at all.
            let nothing = in_files(part) && job.output_file.is_none() && job.error_file.is_none();
            let incomplete = job.status == BatchJobStatus::Success && nothing;
            if !incomplete || now - *sight.incomplete.get_or_insert(now) >= INCOMPLETE {
                sight.ended = Some(Ended::Job(Box::new(job)));
            }
        }
        for part in looked.absent {
            let sight = self.of(part);
            sight.since.get_or_insert(now);
            let (since, times) = sight.missing.map_or((now, 1), |(since, times)| (since, times + 1));
            sight.missing = Some((since, times));
            let (long, often) = MISSING;
            if now - since >= long && times >= often {
                // What was never there is not gone.
                match sight.status.is_some() || give_up {
                    true => sight.ended = Some(Ended::Gone),
                    false => sight.lost = true,
                }
            }
        }
    }
}
