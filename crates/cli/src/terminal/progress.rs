//! How far a job is: a bar on a terminal, plain lines elsewhere.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use mistral_sdk::models::{BatchJob, BatchJobStatus};

use super::Screen;

/// Shows a job while it is waited for.
#[derive(Debug)]
pub(crate) struct Progress {
    screen: Screen,
    bar: Option<ProgressBar>,
    pace: Pace,
    said: Option<(BatchJobStatus, Instant)>,
}

/// Without a change of state, at most one line in this time.
const QUIET_TIME: Duration = Duration::from_secs(60);

const LINE: &str = "{spinner} {wide_msg}";
/// Columns of the bar.
const BAR: usize = 24;

impl Progress {
    /// Nothing is shown before the first [`update`](Self::update).
    pub(crate) fn new(screen: Screen) -> Self {
        Self { screen, bar: None, pace: Pace::default(), said: None }
    }

    /// Shows where the job stands.
    pub(crate) fn update(&mut self, job: &BatchJob, now: Instant) {
        self.pace.see(job, now);
        if self.screen.draws() {
            self.draw(job);
        } else if self.is_due(&job.status, now) {
            self.said = Some((job.status.clone(), now));
            self.screen.note(&format!("{}: {}", job.status, self.pace));
        }
    }

    /// Takes the bar away; lines stay.
    pub(crate) fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn is_due(&self, status: &BatchJobStatus, now: Instant) -> bool {
        match &self.said {
            Some((said, at)) => said != status || (now.duration_since(*at) >= QUIET_TIME && !status.is_final()),
            None => true,
        }
    }

    /// The whole line is one message: each part set on its own would be drawn on its own, beside older ones.
    fn draw(&mut self, job: &BatchJob) {
        let line = format!("{} {}{}", super::escape(job.status.as_str()), self.pace.bar(), self.pace);
        match &self.bar {
            Some(bar) => bar.set_message(line),
            None => {
                // The template is a constant that a test parses; the default style is the way out all the same.
                let style = ProgressStyle::with_template(LINE).unwrap_or_else(|_| ProgressStyle::default_spinner());
                let bar = ProgressBar::no_length().with_style(style).with_message(line);
                bar.enable_steady_tick(Duration::from_millis(120));
                self.bar = Some(bar);
            }
        }
    }
}

impl Drop for Progress {
    /// An interrupted wait leaves no half bar behind.
    fn drop(&mut self) {
        self.finish();
    }
}

/// Counts that never fall, and how fast they rise.
#[derive(Debug, Default)]
struct Pace {
    done: u64,
    failed: u64,
    total: u64,
    /// The first sight of the job at work: when, and how much was done by then.
    start: Option<(Instant, u64)>,
    latest: Option<Instant>,
    ended: bool,
}

impl Pace {
    fn see(&mut self, job: &BatchJob, now: Instant) {
        self.total = self.total.max(job.total_requests);
        self.done = self.done.max(job.done_requests());
        self.failed = self.failed.max(job.failed_requests);
        // A server may count the done before the total; a bar over 100 % helps nobody.
        self.total = if self.total == 0 { 0 } else { self.total.max(self.done) };
        if self.start.is_none() && job.status != BatchJobStatus::Queued {
            self.start = Some((now, self.done));
        }
        self.latest = Some(now);
        self.ended = job.status.is_final();
    }

    /// Requests a second since the first sight; none before there is something to divide.
    fn rate(&self) -> Option<f64> {
        let (start, at_start) = self.start?;
        let seconds = self.latest?.duration_since(start).as_secs_f64();
        let done = self.done.saturating_sub(at_start);
        // Counts of this size are exact in f64, and an estimate needs no more.
        (seconds > 0.0 && done > 0).then(|| done as f64 / seconds)
    }

    /// How much is done, to look at; nothing before there is a total.
    fn bar(&self) -> String {
        let full = u128::from(self.done) * BAR as u128 / u128::from(self.total.max(1));
        let full = usize::try_from(full).unwrap_or(BAR).min(BAR);
        if self.total == 0 { String::new() } else { format!("{}{} ", "█".repeat(full), "░".repeat(BAR - full)) }
    }

    fn left(&self) -> Option<Duration> {
        let left = self.total.checked_sub(self.done).filter(|left| *left > 0 && !self.ended)?;
        Duration::try_from_secs_f64(left as f64 / self.rate()?).ok()
    }
}

impl std::fmt::Display for Pace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.total == 0 {
            return f.write_str(if self.ended { "no requests counted" } else { "not counted yet" });
        }
        write!(f, "{}/{} done, {} failed", self.done, self.total, self.failed)?;
        if let Some(rate) = self.rate() {
            write!(f, ", {rate:.1}/s")?;
        }
        if let Some(left) = self.left() {
            write!(f, ", about {} left", Rough(left))?;
        }
        Ok(())
    }
}

/// A time as people say it: two units at most, whole seconds.
pub(crate) struct Rough(pub(crate) Duration);

impl std::fmt::Display for Rough {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seconds = self.0.as_secs();
        match seconds {
            0..60 => write!(f, "{} s", seconds.max(1)),
            60..3600 => write!(f, "{} min {} s", seconds / 60, seconds % 60),
            _ => write!(f, "{} h {} min", seconds / 3600, seconds % 3600 / 60),
        }
    }
}

#[cfg(test)]
mod tests {
    use mistral_sdk::models::{BatchEndpoint, UnixTime};

    use super::*;

    fn job(status: BatchJobStatus, succeeded: u64, failed: u64, total: u64) -> BatchJob {
        let mut job = BatchJob::new("job", BatchEndpoint::Ocr, UnixTime::from_secs(0));
        (job.status, job.succeeded_requests, job.failed_requests, job.total_requests) =
            (status, succeeded, failed, total);
        job
    }

    fn after(seconds: &[u64], jobs: &[BatchJob]) -> Pace {
        let (mut pace, start) = (Pace::default(), Instant::now());
        for (second, job) in seconds.iter().zip(jobs) {
            pace.see(job, start + Duration::from_secs(*second));
        }
        pace
    }

    #[test]
    fn a_job_at_work_shows_counts_rate_and_time_left() {
        let pace =
            after(&[0, 10], &[job(BatchJobStatus::Running, 0, 0, 1000), job(BatchJobStatus::Running, 95, 5, 1000)]);
        assert_eq!(pace.to_string(), "100/1000 done, 5 failed, 10.0/s, about 1 min 30 s left");
    }

    #[test]
    fn waiting_in_the_queue_does_not_count_against_the_rate() {
        let queued = job(BatchJobStatus::Queued, 0, 0, 10);
        let pace = after(
            &[0, 500, 510],
            &[queued, job(BatchJobStatus::Running, 0, 0, 10), job(BatchJobStatus::Running, 5, 0, 10)],
        );
        assert_eq!(pace.to_string(), "5/10 done, 0 failed, 0.5/s, about 10 s left");
    }

    #[test]
    fn a_job_that_has_not_been_counted_says_so() {
        assert_eq!(after(&[0], &[job(BatchJobStatus::Queued, 0, 0, 0)]).to_string(), "not counted yet");
    }

    #[test]
    fn counts_never_fall_and_never_pass_the_total() {
        let pace = after(&[0, 1, 2], &[80, 40, 120].map(|done| job(BatchJobStatus::Running, done, 0, 100)));
        assert_eq!((pace.done, pace.total), (120, 120));
        let pace = after(&[0, 1], &[80, 40].map(|done| job(BatchJobStatus::Running, done, 0, 100)));
        assert_eq!(pace.done, 80);
    }

    #[test]
    fn an_ended_job_has_no_time_left() {
        let ended = [job(BatchJobStatus::Running, 0, 0, 10), job(BatchJobStatus::Cancelled, 5, 0, 10)];
        assert_eq!(after(&[0, 10], &ended).to_string(), "5/10 done, 0 failed, 0.5/s");
    }

    #[test]
    fn lines_come_on_a_change_of_state_or_after_a_minute() {
        let screen = Screen { quiet: false, verbose: false };
        let start = Instant::now();
        let mut progress = Progress::new(screen);
        assert!(progress.is_due(&BatchJobStatus::Queued, start));
        progress.said = Some((BatchJobStatus::Queued, start));
        let soon = start + Duration::from_secs(59);
        assert!(!progress.is_due(&BatchJobStatus::Queued, soon));
        assert!(progress.is_due(&BatchJobStatus::Running, soon));
        assert!(progress.is_due(&BatchJobStatus::Queued, start + QUIET_TIME));
    }

    #[test]
    fn the_template_of_the_line_parses() {
        assert!(ProgressStyle::with_template(LINE).is_ok());
    }

    #[test]
    fn the_bar_is_full_when_all_is_done_and_not_before() {
        let full = |done, total| {
            let pace = Pace { done, total, ..Pace::default() };
            pace.bar().chars().filter(|part| *part == '█').count()
        };
        assert_eq!((full(0, 100), full(50, 100), full(99, 100), full(100, 100)), (0, 12, 23, 24));
        assert_eq!(full(u64::MAX, u64::MAX), 24);
        assert_eq!(Pace::default().bar(), "");
    }

    #[test]
    fn times_are_rounded_to_what_people_say() {
        let said = [0, 59, 61, 3599, 3600, 7325].map(|seconds| Rough(Duration::from_secs(seconds)).to_string());
        assert_eq!(said, ["1 s", "59 s", "1 min 1 s", "59 min 59 s", "1 h 0 min", "2 h 2 min"]);
    }
}
