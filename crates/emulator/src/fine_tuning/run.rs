//! A training under way, as far as its pace allows.

use std::time::Duration;

use mistral_models::{Checkpoint, Metrics};

use super::curve::{Curve, DIVERGES};
use super::estimate::Estimate;
use super::job::Job;
use crate::clock::unix_time;

/// How many checkpoints a training makes, if it has as many steps.
const CHECKPOINTS: u64 = 10;

/// A training: when it began, how long it takes, and what it measures.
#[derive(Debug, Clone)]
pub(super) struct Run {
    began: Duration,
    takes: Duration,
    steps: u64,
    curve: Curve,
    validates: bool,
    classifies: bool,
    diverges: bool,
    /// How many checkpoints there are.
    made: u64,
}

impl Run {
    /// The training of a validated job.
    pub(super) fn of(job: &Job, estimate: &Estimate, began: Duration) -> Self {
        let asked = &job.asked.training;
        let hyperparameters = &asked.hyperparameters;
        let warmup = hyperparameters.warmup_fraction.unwrap_or(0.0);
        let labels = || job.targets.iter().map(|target| target.labels.len()).max().unwrap_or(0);
        let labels = asked.is_classifier().then(labels);
        Self {
            began,
            takes: job.expected,
            steps: estimate.steps,
            curve: Curve::new(job.id.as_str(), hyperparameters.learning_rate, warmup, estimate.epochs, labels),
            validates: !asked.validation_files.is_empty(),
            classifies: asked.is_classifier(),
            diverges: hyperparameters.learning_rate >= DIVERGES,
            made: 0,
        }
    }

    /// When it is over, and whether it learnt anything: one that goes astray stops half-way.
    pub(super) fn end(&self) -> (Duration, bool) {
        let takes = if self.diverges { self.takes / 2 } else { self.takes };
        (self.began.saturating_add(takes), !self.diverges)
    }

    /// How many steps are done at `now`.
    pub(super) fn steps_done(&self, now: Duration) -> u64 {
        let elapsed = now.saturating_sub(self.began).as_nanos();
        let takes = self.takes.as_nanos();
        if elapsed >= takes {
            return self.steps;
        }
        u64::try_from(elapsed.saturating_mul(u128::from(self.steps)) / takes).unwrap_or(self.steps)
    }

    /// The checkpoints made since the last call, up to `now`.
    pub(super) fn checkpoints(&mut self, now: Duration) -> Vec<(Duration, Checkpoint)> {
        let count = self.steps.min(CHECKPOINTS);
        let until = now.min(self.end().0);
        let mut due = Vec::new();
        while self.made < count {
            let step = u128::from(self.steps) * u128::from(self.made + 1) / u128::from(count);
            let step = u64::try_from(step).unwrap_or(self.steps);
            let progress = step as f64 / self.steps as f64;
            let when = self.began.saturating_add(self.time_of(step));
            if when > until {
                break;
            }
            due.push((when, Checkpoint::new(step, self.metrics(progress, step), unix_time(when))));
            self.made += 1;
        }
        due
    }

    /// How long so many steps take.
    fn time_of(&self, step: u64) -> Duration {
        let nanos = self.takes.as_nanos().saturating_mul(u128::from(step)) / u128::from(self.steps.max(1));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// Without validation files there is nothing to measure but the training loss; a classifier writes no tokens that
    /// could be right.
    fn metrics(&self, progress: f64, step: u64) -> Metrics {
        let measured = self.curve.at(progress, step);
        let metrics = Metrics::default().train_loss(measured.train_loss);
        match (self.validates, self.classifies) {
            (false, _) => metrics,
            (true, true) => metrics.valid_loss(measured.valid_loss),
            (true, false) => metrics.valid_loss(measured.valid_loss).valid_mean_token_accuracy(measured.accuracy),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(steps: u64, diverges: bool) -> Run {
        Run {
            began: Duration::from_secs(100),
            takes: Duration::from_secs(10),
            steps,
            curve: Curve::new("job", 1e-4, 0.05, 1.0, None),
            validates: false,
            classifies: false,
            diverges,
            made: 0,
        }
    }

    fn steps_at(run: &mut Run, seconds: u64) -> Vec<u64> {
        run.checkpoints(Duration::from_secs(seconds)).iter().map(|(_, checkpoint)| checkpoint.step_number).collect()
    }

    #[test]
    fn a_checkpoint_comes_with_every_tenth_of_the_steps() {
        let mut run = run(57, false);
        assert!(steps_at(&mut run, 100).is_empty());
        assert_eq!(steps_at(&mut run, 105), [5, 11, 17, 22, 28]);
        assert_eq!(steps_at(&mut run, 999), [34, 39, 45, 51, 57]);
        assert!(steps_at(&mut run, 1_000).is_empty());
    }

    #[test]
    fn few_steps_make_as_many_checkpoints() {
        assert_eq!(steps_at(&mut run(3, false), 110), [1, 2, 3]);
        assert_eq!(steps_at(&mut run(u64::MAX, false), 110).last(), Some(&u64::MAX));
    }

    #[test]
    fn a_training_that_goes_astray_stops_half_way() {
        let mut run = run(100, true);
        assert_eq!(run.end(), (Duration::from_secs(105), false));
        assert_eq!(steps_at(&mut run, 999), [10, 20, 30, 40, 50]);
    }

    #[test]
    fn steps_are_spread_evenly_over_the_time() {
        let run = run(40, false);
        assert_eq!([99, 100, 105, 110, 999].map(|at| run.steps_done(Duration::from_secs(at))), [0, 0, 20, 40, 40]);
    }
}
