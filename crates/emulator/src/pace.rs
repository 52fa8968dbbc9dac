use std::time::Duration;

/// How fast jobs pass through their life.
///
/// The default lets a job of a few lines be seen in every state and end after a second and a half: half a second in the
/// queue, at least one second of work, at most 5,000 requests a second. A fine-tuning job is checked for half a second
/// besides, and does at most 50 training steps a second. The service itself promises nothing but a batch job's
/// `timeout_hours`.
///
/// ```
/// use std::time::Duration;
/// use mistral_emulator::Pace;
///
/// let slow = Pace::default().queue(Duration::from_secs(60)).requests_per_second(10);
/// # let _ = slow;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    pub(crate) queue: Duration,
    pub(crate) shortest_run: Duration,
    pub(crate) requests_per_second: u64,
    pub(crate) cancel: Duration,
    pub(crate) validation: Duration,
    pub(crate) steps_per_second: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            queue: Duration::from_millis(500),
            shortest_run: Duration::from_secs(1),
            requests_per_second: 5_000,
            cancel: Duration::from_millis(500),
            validation: Duration::from_millis(500),
            steps_per_second: 50,
        }
    }
}

impl Pace {
    /// No waiting: a job is `QUEUED` in the answer to its creation and at its end the next time it is looked at.
    pub fn instant() -> Self {
        Self {
            queue: Duration::ZERO,
            shortest_run: Duration::ZERO,
            requests_per_second: u64::MAX,
            cancel: Duration::ZERO,
            validation: Duration::ZERO,
            steps_per_second: u64::MAX,
        }
    }

    /// How long a job is `QUEUED` before it runs.
    pub fn queue(mut self, delay: Duration) -> Self {
        self.queue = delay;
        self
    }

    /// How long a job is `RUNNING` at least, however few requests or training steps it has.
    pub fn shortest_run(mut self, time: Duration) -> Self {
        self.shortest_run = time;
        self
    }

    /// How many requests of one job are done in a second, at most; 0 counts as 1.
    pub fn requests_per_second(mut self, rate: u64) -> Self {
        self.requests_per_second = rate.max(1);
        self
    }

    /// How long a job stays in `CANCELLATION_REQUESTED` before it is `CANCELLED`; requests go on being answered, and
    /// training goes on, until then.
    pub fn cancel(mut self, delay: Duration) -> Self {
        self.cancel = delay;
        self
    }

    /// How long a fine-tuning job is `VALIDATING`.
    pub fn validation(mut self, time: Duration) -> Self {
        self.validation = time;
        self
    }

    /// How many training steps of one fine-tuning job are done in a second, at most; 0 counts as 1.
    pub fn steps_per_second(mut self, rate: u64) -> Self {
        self.steps_per_second = rate.max(1);
        self
    }

    /// How long the work on `total` requests takes.
    pub(crate) fn run(&self, total: u64) -> Duration {
        self.shortest_run.max(time_of(total, self.requests_per_second))
    }

    /// How long `steps` of training take.
    pub(crate) fn training(&self, steps: u64) -> Duration {
        self.shortest_run.max(time_of(steps, self.steps_per_second))
    }

    /// How many of `total` requests are done after `elapsed` of work.
    pub(crate) fn done(&self, total: u64, elapsed: Duration) -> u64 {
        let run = self.run(total).as_nanos();
        if elapsed.as_nanos() >= run {
            return total;
        }
        let done = u128::from(total).saturating_mul(elapsed.as_nanos()) / run;
        u64::try_from(done).unwrap_or(total).min(total)
    }
}

fn time_of(count: u64, per_second: u64) -> Duration {
    let nanos = u128::from(count) * 1_000_000_000 / u128::from(per_second);
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_spread_evenly_over_the_run() {
        let pace = Pace::default();
        assert_eq!(pace.done(20, Duration::ZERO), 0);
        assert_eq!(pace.done(20, Duration::from_millis(500)), 10);
        assert_eq!(pace.done(20, Duration::from_secs(1)), 20);
        assert_eq!(pace.run(50_000), Duration::from_secs(10));
        assert_eq!((pace.training(10), pace.training(500)), (Duration::from_secs(1), Duration::from_secs(10)));
    }

    #[test]
    fn an_instant_pace_has_done_everything_at_once() {
        assert_eq!(Pace::instant().done(1_000_000, Duration::ZERO), 1_000_000);
        assert_eq!(Pace::instant().run(1_000_000), Duration::ZERO);
    }
}
