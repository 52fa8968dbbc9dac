//! What time it is for the emulator: the life of every job and the expiry of every file hang on it.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::lock::lock;

/// Tells the time to an [`Emulator`](crate::Emulator).
///
/// A clock may stand still or jump ahead. If it goes backwards, the emulator keeps the latest time it has seen, so that
/// no job ever loses progress.
pub trait Clock: Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> SystemTime;
}

/// The time of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// The time of tokio's clock, counted from the machine's time when it was made. The default.
///
/// Under `tokio::time::pause` it stands still and jumps with tokio's timers, so that a test waits for a job of hours in
/// no time.
#[derive(Debug, Clone, Copy)]
pub struct TokioClock {
    began: SystemTime,
    since: tokio::time::Instant,
}

impl TokioClock {
    /// A clock that shows the machine's time and goes on with tokio's.
    pub fn new() -> Self {
        Self { began: SystemTime::now(), since: tokio::time::Instant::now() }
    }
}

impl Default for TokioClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for TokioClock {
    fn now(&self) -> SystemTime {
        self.began.checked_add(self.since.elapsed()).unwrap_or(self.began)
    }
}

/// A clock that moves only when told to. Clones show the same time.
///
/// ```
/// use std::time::Duration;
/// use mistral_emulator::{Clock, ManualClock};
///
/// let clock = ManualClock::default();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(90));
/// assert_eq!(clock.now(), before + Duration::from_secs(90));
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<Mutex<SystemTime>>);

impl ManualClock {
    /// A clock that stands at `time`.
    pub fn at(time: SystemTime) -> Self {
        Self(Arc::new(Mutex::new(time)))
    }

    /// Moves the clock ahead.
    pub fn advance(&self, by: Duration) {
        let mut now = lock(&self.0);
        *now = now.checked_add(by).unwrap_or(*now);
    }
}

impl Default for ManualClock {
    /// Stands at 2026-01-01T00:00:00Z.
    fn default() -> Self {
        Self::at(UNIX_EPOCH + Duration::from_secs(1_767_225_600))
    }
}

impl Clock for ManualClock {
    fn now(&self) -> SystemTime {
        *lock(&self.0)
    }
}

/// A clock that never goes backwards, read as time since the epoch: the form that adds and compares without surprises.
pub(crate) struct SteadyClock {
    clock: Box<dyn Clock>,
    latest: Mutex<Duration>,
}

impl SteadyClock {
    pub(crate) fn new(clock: Box<dyn Clock>) -> Self {
        Self { clock, latest: Mutex::new(Duration::ZERO) }
    }

    pub(crate) fn now(&self) -> Duration {
        let now = self.clock.now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut latest = lock(&self.latest);
        *latest = now.max(*latest);
        *latest
    }
}

/// The moment as the API writes it.
pub(crate) fn unix_time(moment: Duration) -> mistral_models::UnixTime {
    mistral_models::UnixTime::from_secs(i64::try_from(moment.as_secs()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_set_back_does_not_take_time_back() {
        struct Falling(Mutex<u64>);
        impl Clock for Falling {
            fn now(&self) -> SystemTime {
                let mut seconds = lock(&self.0);
                *seconds -= 1;
                UNIX_EPOCH + Duration::from_secs(*seconds)
            }
        }
        let clock = SteadyClock::new(Box::new(Falling(Mutex::new(100))));
        assert_eq!((clock.now().as_secs(), clock.now().as_secs()), (99, 99));
    }

    #[tokio::test(start_paused = true)]
    async fn the_tokio_clock_stands_still_and_jumps_with_paused_time() {
        let clock = TokioClock::new();
        let before = clock.now();
        assert_eq!(clock.now(), before);
        tokio::time::sleep(Duration::from_secs(3_600)).await;
        assert_eq!(clock.now().duration_since(before).unwrap().as_secs(), 3_600);
    }
}
