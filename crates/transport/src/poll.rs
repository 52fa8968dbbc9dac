use std::future::Future;
use std::time::Duration;

use futures_core::Stream;
use futures_util::stream;
use tokio::time::Instant;

use crate::error::{Error, ErrorKind, Result};

/// How to wait for something that takes long: how often to look, and when to give up.
///
/// Looks begin 2 s apart and grow by half up to 60 s, ± 10 %, so that many waits do not march in step. A passing fault never
/// ends a wait: only 30 minutes without one good look do. A missing job is tolerated for the first 60 s; later it takes
/// three misses over 60 s to believe it gone.
///
/// ```
/// use std::time::Duration;
/// use mistral_transport::Poll;
///
/// let poll = Poll::default().initial(Duration::from_millis(500)).limit(Duration::from_secs(3_600));
/// # let _ = poll;
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Poll {
    initial: Duration,
    max: Duration,
    limit: Duration,
    outage: Duration,
}

/// The longest `Retry-After` a wait obeys.
const MAX_HINT: Duration = Duration::from_secs(15 * 60);
/// How long something just created may be missing, and how long something known must be missing to be gone.
const MISSING: Duration = Duration::from_secs(60);
/// The gap between looks is never shorter, and never longer than a day.
const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
const GROWTH: f64 = 1.5;

impl Default for Poll {
    fn default() -> Self {
        const HOUR: Duration = Duration::from_secs(3_600);
        Self { initial: Duration::from_secs(2), max: Duration::from_secs(60), limit: 169 * HOUR, outage: HOUR / 2 }
    }
}

impl Poll {
    /// The gap before the second look. Default 2 s. A shorter one than 100 ms, none among it, counts as 100 ms without being
    /// refused, and a longer one than [`max`](Self::max) as that.
    ///
    /// Leave it at a second or more for the service itself; less is for servers of your own, such as an emulator.
    #[must_use]
    pub fn initial(mut self, gap: Duration) -> Self {
        self.initial = gap;
        self
    }

    /// The longest gap between looks. Default 60 s. A shorter one than 100 ms counts as 100 ms, a longer one than a day as a
    /// day.
    #[must_use]
    pub fn max(mut self, gap: Duration) -> Self {
        self.max = gap;
        self
    }

    /// When to give up. Default 169 h: an hour more than the longest a job can be given.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// How long to go on without one good look. Default 30 min.
    #[must_use]
    pub fn outage(mut self, limit: Duration) -> Self {
        self.outage = limit;
        self
    }

    fn longest(&self) -> Duration {
        self.max.clamp(SHORTEST, LONGEST)
    }

    fn shortest(&self) -> Duration {
        self.initial.clamp(SHORTEST, self.longest())
    }

    /// Begins a wait whose looks are the caller's own business; errors name `operation`.
    pub fn begin(self, operation: &'static str) -> Rhythm {
        let now = Instant::now();
        Rhythm {
            poll: self,
            operation,
            started: now,
            last_good: now,
            seen: false,
            missing: None,
            gap: None,
            next: self.shortest(),
            due: None,
        }
    }

    /// Looks again and again, and gives what each good look saw; the last is the first that is `settled`.
    ///
    /// Dropping the stream ends the wait; nothing runs in the background.
    ///
    /// # Errors
    ///
    /// One, and then the stream ends: [`WaitDeadline`](ErrorKind::WaitDeadline) at the limit,
    /// [`Outage`](ErrorKind::Outage), [`JobGone`](ErrorKind::JobGone), or whatever a look found that time does not heal,
    /// such as [`Auth`](ErrorKind::Auth).
    pub fn stream<T, L, F, S>(self, operation: &'static str, look: L, settled: S) -> impl Stream<Item = Result<T>>
    where
        L: FnMut() -> F,
        F: Future<Output = Result<T>>,
        S: FnMut(&T) -> bool,
    {
        let wait = self.begin(operation);
        stream::unfold(Some((wait, look, settled)), |state| async {
            let (mut wait, mut look, mut settled) = state?;
            loop {
                if let Err(error) = wait.pause().await {
                    return Some((Err(error), None));
                }
                let Ok(looked) = tokio::time::timeout(wait.left(), look()).await else {
                    return Some((Err(wait.over()), None));
                };
                match looked {
                    Ok(value) => {
                        wait.good();
                        let state = (!settled(&value)).then_some((wait, look, settled));
                        return Some((Ok(value), state));
                    }
                    Err(error) => {
                        if let Some(error) = wait.bad(error) {
                            return Some((Err(error), None));
                        }
                    }
                }
            }
        })
    }
}

/// The rhythm of a wait, for those who look at more than one thing at a time: when to look next, and when to stop.
///
/// [`Poll::begin`] makes one; [`Poll::stream`] is a wait that needs no more than one look at a time.
///
/// ```
/// use mistral_transport::{Error, Poll, Result};
///
/// async fn wait(look: impl AsyncFn() -> Result<bool>) -> Result<()> {
///     let mut rhythm = Poll::default().begin("batch.jobs.wait");
///     loop {
///         rhythm.pause().await?;
///         match look().await {
///             Ok(true) => return Ok(()),
///             Ok(false) => rhythm.good(),
///             Err(error) => rhythm.bad(error).map_or(Ok(()), Err)?,
///         }
///     }
/// }
/// # let _ = wait(async || Ok(true));
/// ```
#[derive(Debug)]
pub struct Rhythm {
    poll: Poll,
    operation: &'static str,
    started: Instant,
    last_good: Instant,
    seen: bool,
    /// Since when, and how often, a known thing was missing.
    missing: Option<(Instant, u32)>,
    /// The gap before the next look; none before the first.
    gap: Option<Duration>,
    next: Duration,
    /// When the next look is due, once the pause before it has begun.
    due: Option<Instant>,
}

impl Rhythm {
    fn left(&self) -> Duration {
        self.poll.limit.saturating_sub(self.started.elapsed())
    }

    fn over(&self) -> Error {
        let message = format!("still not done after {} s, the limit of this wait", self.poll.limit.as_secs());
        Error::new(ErrorKind::WaitDeadline, message).during(self.operation)
    }

    /// Sleeps until the next look is due; the first is due at once. Dropped and asked for again, it goes on where it was.
    ///
    /// # Errors
    ///
    /// [`WaitDeadline`](ErrorKind::WaitDeadline) once the limit of the wait is reached.
    pub async fn pause(&mut self) -> Result<()> {
        let end = self.started.checked_add(self.poll.limit);
        if let Some(gap) = self.gap {
            let due = *self.due.get_or_insert_with(|| Instant::now() + gap);
            tokio::time::sleep_until(end.map_or(due, |end| end.min(due))).await;
            if end.is_some_and(|end| due >= end) {
                return Err(self.over());
            }
        }
        self.due = None;
        self.gap = Some(self.next.mul_f64(0.9 + fastrand::f64() * 0.2));
        self.next = self.next.mul_f64(GROWTH).min(self.poll.longest());
        Ok(())
    }

    /// The gaps grow again from the shortest: there is something new to look at.
    pub fn quicken(&mut self) {
        self.next = self.poll.shortest();
        let gap = self.next.mul_f64(0.9 + fastrand::f64() * 0.2);
        self.gap = self.gap.map(|_| gap);
        self.due = self.due.map(|due| due.min(Instant::now() + gap));
    }

    /// The next gap is no shorter than this, if the longest allows it: nothing is expected before.
    pub fn no_sooner_than(&mut self, gap: Duration) {
        let gap = gap.min(self.poll.longest());
        self.gap = self.gap.map(|own| own.max(gap));
    }

    /// A look was good.
    pub fn good(&mut self) {
        self.last_good = Instant::now();
        self.seen = true;
        self.missing = None;
    }

    /// What a failed look means for the wait: an error if it is over, and otherwise when to look again.
    ///
    /// # Errors
    ///
    /// None is returned as such: what ends the wait is the value, as [`Poll::stream`] lists it.
    pub fn bad(&mut self, error: Error) -> Option<Error> {
        let now = Instant::now();
        if error.is_not_found() {
            if !self.seen {
                // What was never there is not gone: the id is wrong.
                return (now - self.started >= MISSING).then_some(error);
            }
            let (since, times) = self.missing.map_or((now, 1), |(since, times)| (since, times + 1));
            self.missing = Some((since, times));
            // Not slower than it takes to be sure.
            self.gap = self.gap.map(|gap| gap.min(MISSING / 2));
            let gone = times >= 3 && now - since >= MISSING;
            return gone.then(|| {
                let message = format!(
                    "it does not exist any more: {times} looks over {} s found nothing",
                    (now - since).as_secs()
                );
                Error::new(ErrorKind::JobGone, message).during(self.operation).caused_by(error)
            });
        }
        if !error.is_transient() {
            return Some(error);
        }
        if let Some(hint) = error.retry_after() {
            let hint = hint.min(MAX_HINT);
            let jittered = hint + hint.mul_f64(fastrand::f64() * 0.1);
            self.gap = self.gap.map(|gap| gap.max(jittered));
        }
        let silence = now - self.last_good;
        (silence >= self.poll.outage).then(|| {
            let message = format!("no good answer for {} s", silence.as_secs());
            Error::new(ErrorKind::Outage, message).during(self.operation).caused_by(error)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures_util::TryStreamExt as _;

    use super::*;

    /// Waits on looks that answer by their number and the time since the start.
    async fn wait(poll: Poll, look: impl Fn(u32, Duration) -> Result<bool>) -> (Result<u32>, Duration) {
        let (started, looks) = (Instant::now(), AtomicU32::new(0));
        let look = || {
            let found = look(looks.fetch_add(1, Ordering::Relaxed), started.elapsed());
            async { found }
        };
        let seen = poll.stream("x.wait", look, |done| *done).try_collect::<Vec<bool>>().await;
        (seen.map(|_| looks.load(Ordering::Relaxed)), started.elapsed())
    }

    fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(60 * minutes)
    }

    fn missing() -> Error {
        let (parts, ()) = http::Response::builder().status(404).body(()).unwrap().into_parts();
        let operation = crate::Operation::new("x.get");
        Error::from_status(&operation, Duration::ZERO, parts, mistral_models::ErrorBody::default())
    }

    fn fault() -> Error {
        Error::new(ErrorKind::Interrupted, "broke")
    }

    #[tokio::test(start_paused = true)]
    async fn a_day_takes_at_most_1500_looks_and_the_end_is_seen_within_66_seconds() {
        let day = minutes(24 * 60);
        let (looks, elapsed) = wait(Poll::default(), |_, at| Ok(at >= day)).await;
        assert!(looks.unwrap() <= 1_500);
        assert!(elapsed - day <= Duration::from_secs(66), "{elapsed:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_outage_of_25_minutes_is_survived_and_one_of_35_is_not() {
        let through = |outage: Duration| {
            move |_, at: Duration| {
                if at > minutes(5) && at < minutes(5) + outage { Err(fault()) } else { Ok(at > minutes(60)) }
            }
        };
        assert!(wait(Poll::default(), through(minutes(25))).await.0.is_ok());
        let (ended, elapsed) = wait(Poll::default(), through(minutes(35))).await;
        assert_eq!(ended.unwrap_err().kind(), ErrorKind::Outage);
        assert!(elapsed <= minutes(5 + 30 + 3), "{elapsed:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_gap_of_nothing_counts_as_100_ms() {
        let poll = Poll::default().initial(Duration::ZERO).max(Duration::ZERO).limit(minutes(1));
        let looks = AtomicU32::new(0);
        let (ended, _) = wait(poll, |number, _| {
            looks.store(number + 1, Ordering::Relaxed);
            Ok(false)
        })
        .await;
        assert_eq!(ended.unwrap_err().kind(), ErrorKind::WaitDeadline);
        // A minute of gaps of 90 to 110 ms.
        assert!((500..=680).contains(&looks.load(Ordering::Relaxed)), "{looks:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_job_may_be_missing_at_first() {
        let (looks, _) =
            wait(Poll::default(), |_, at| if at < Duration::from_secs(20) { Err(missing()) } else { Ok(true) }).await;
        assert!(looks.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_job_that_vanishes_is_believed_gone_after_three_misses_over_a_minute() {
        let misses = AtomicU32::new(0);
        let (ended, _) = wait(Poll::default(), |_, at| {
            if at < minutes(10) {
                return Ok(false);
            }
            misses.fetch_add(1, Ordering::Relaxed);
            Err(missing())
        })
        .await;
        assert_eq!(ended.unwrap_err().kind(), ErrorKind::JobGone);
        assert!((3..=5).contains(&misses.load(Ordering::Relaxed)), "{misses:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_limit_is_kept_and_a_refused_key_ends_it_at_once() {
        let (ended, elapsed) = wait(Poll::default().limit(minutes(7)), |_, _| Ok(false)).await;
        assert_eq!(ended.unwrap_err().kind(), ErrorKind::WaitDeadline);
        assert_eq!(elapsed.as_secs(), minutes(7).as_secs());
        let (ended, elapsed) = wait(Poll::default(), |_, _| Err(Error::new(ErrorKind::Auth, ""))).await;
        assert!(ended.unwrap_err().is_auth());
        assert_eq!(elapsed, Duration::ZERO);
    }
}
