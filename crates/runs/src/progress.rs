use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

/// How far a run is. Counts never fall, and never pass the total.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Progress {
    /// Rows that are sent in all rounds so far.
    pub rows: u64,
    /// Rows that are answered or failed.
    pub done: u64,
    /// Of these, rows that failed.
    pub failed: u64,
    /// Parts in all rounds so far.
    pub parts: usize,
    /// Parts whose job was created.
    pub submitted: usize,
    /// Parts whose rows have their outcomes on disk.
    pub collected: usize,
    /// Rows a second, lately; `None` before there is something to divide.
    pub rate: Option<f64>,
    /// Seconds until all rows are done, at that rate.
    pub seconds_left: Option<u64>,
}

/// Turns sights into progress.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    done: u64,
    failed: u64,
    /// When how much was done, from the first sight of work on; older sights give way to newer ones.
    window: Vec<(Instant, u64)>,
}

/// The rate is taken over this time.
const WINDOW: Duration = Duration::from_secs(10 * 60);

impl Pace {
    /// Adds a sight of what is done.
    pub(crate) fn see(&mut self, done: u64, failed: u64, now: Instant) {
        self.done = self.done.max(done);
        self.failed = self.failed.max(failed);
        if self.window.is_empty() && self.done == 0 {
            return;
        }
        self.window.push((now, self.done));
        let old = self.window.iter().take_while(|(at, _)| now.duration_since(*at) > WINDOW).count();
        // Two sights at least make a rate, however old the first of them is.
        let most = self.window.len().saturating_sub(2);
        self.window.drain(..old.min(most));
    }

    /// Fills in what is known.
    pub(crate) fn fill(&self, progress: &mut Progress) {
        progress.done = self.done.min(progress.rows);
        progress.failed = self.failed.min(progress.done);
        let (Some((from, before)), Some((to, after))) = (self.window.first(), self.window.last()) else { return };
        let seconds = to.duration_since(*from).as_secs_f64();
        if seconds > 0.0 && after > before {
            // Counts of this size are exact in f64, and an estimate needs no more.
            let rate = (after - before) as f64 / seconds;
            progress.rate = Some(rate);
            let left = progress.rows - progress.done;
            progress.seconds_left = Duration::try_from_secs_f64(left as f64 / rate).ok().map(|left| left.as_secs());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(sights: &[(u64, u64)], rows: u64) -> Progress {
        let (mut pace, start) = (Pace::default(), Instant::now());
        for (second, done) in sights {
            pace.see(*done, 0, start + Duration::from_secs(*second));
        }
        let mut progress = Progress { rows, ..Progress::default() };
        pace.fill(&mut progress);
        progress
    }

    #[test]
    fn the_rate_is_that_of_the_work() {
        let seen = progress(&[(0, 0), (500, 0), (510, 100), (520, 200)], 1_000);
        assert_eq!((seen.done, seen.rate, seen.seconds_left), (200, Some(10.0), Some(80)));
    }

    #[test]
    fn counts_never_fall_and_never_pass_the_total() {
        assert_eq!(progress(&[(0, 80), (1, 40)], 100).done, 80);
        assert_eq!(progress(&[(0, 80), (1, 140)], 100).done, 100);
    }

    #[test]
    fn only_the_last_ten_minutes_count() {
        let seen = progress(&[(0, 1), (1_000, 100_001), (1_300, 100_301), (1_600, 100_601)], 200_000);
        assert_eq!(seen.rate, Some(1.0));
    }
}
