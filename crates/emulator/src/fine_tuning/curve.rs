//! Figures that look like those of a training and are a function of the job.

use std::f64::consts::PI;

use crate::ids::number;

/// From this learning rate on, a training goes astray instead of learning.
pub(super) const DIVERGES: f64 = 0.1;

/// How a training goes: an exponential approach to a floor, by as much as the learning rate allowed so far.
///
/// The rate rises in a line while warming up and falls as a cosine after it. With validation data, its loss stays
/// above that of the training, and turns away from it when the data is gone through too often.
#[derive(Debug, Clone)]
pub(super) struct Curve {
    seed: u64,
    first: f64,
    floor: f64,
    /// How many times the distance to the floor is divided by e.
    strength: f64,
    warmup: f64,
    /// How far the loss of the validation ends above that of the training.
    overfit: f64,
    diverges: bool,
}

/// What is measured at one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Measured {
    pub(super) train_loss: f64,
    pub(super) valid_loss: f64,
    pub(super) accuracy: f64,
}

impl Curve {
    /// The curve of the job `id`. A classifier starts by guessing among `labels`; anything else has none.
    pub(super) fn new(id: &str, learning_rate: f64, warmup: f64, epochs: f64, labels: Option<usize>) -> Self {
        let seed = number(&[id.as_bytes(), b"curve"]);
        let spread = |salt: &[u8]| unit(seed, salt);
        let (first, floor) = match labels {
            // Guessing among n labels costs ln n.
            Some(labels) => ((labels.max(2) as f64).ln(), 0.08 + 0.1 * spread(b"floor")),
            None => (1.9 + 0.5 * spread(b"first"), 0.6 + 0.3 * spread(b"floor")),
        };
        Self {
            seed,
            first,
            floor,
            strength: (4.0 * (learning_rate / 1e-4).sqrt()).clamp(0.2, 8.0),
            warmup: warmup.clamp(0.0, 1.0),
            overfit: 0.35 * (1.0 - (-epochs / 10.0).exp()),
            diverges: learning_rate >= DIVERGES,
        }
    }

    /// What is measured when `progress` of the training, 0 to 1, is done.
    pub(super) fn at(&self, progress: f64, step: u64) -> Measured {
        let noise = |salt: &[u8]| 0.02 * (2.0 * unit(self.seed ^ step, salt) - 1.0);
        if self.diverges {
            let train_loss = round(self.first * (4.0 * progress).exp() + noise(b"train"));
            return Measured { train_loss, valid_loss: round(train_loss * 1.1), accuracy: 0.0 };
        }
        let learned = self.learned(progress);
        let smooth = self.floor + (self.first - self.floor) * (-self.strength * learned).exp();
        let valid_loss = smooth + 0.04 + self.overfit * progress * progress + noise(b"valid");
        Measured {
            train_loss: round((smooth + noise(b"train")).max(0.01)),
            valid_loss: round(valid_loss.max(0.01)),
            accuracy: round((-0.55 * valid_loss).exp().clamp(0.0, 1.0)),
        }
    }

    /// The part of all learning that is done: the area under the learning rate, 0 to 1.
    fn learned(&self, progress: f64) -> f64 {
        let warmup = self.warmup;
        let area = if progress < warmup {
            progress * progress / (2.0 * warmup)
        } else if warmup < 1.0 {
            let rest = 1.0 - warmup;
            let past = progress - warmup;
            warmup / 2.0 + past / 2.0 + rest / (2.0 * PI) * (PI * past / rest).sin()
        } else {
            0.5
        };
        // The whole area is a half, however long the warm-up.
        (2.0 * area).clamp(0.0, 1.0)
    }
}

/// A number from 0 to 1 that looks random.
fn unit(seed: u64, salt: &[u8]) -> f64 {
    number(&[&seed.to_le_bytes(), salt]) as f64 / u64::MAX as f64
}

/// Four places, which the mathematics of every platform agree on.
fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course(curve: &Curve) -> Vec<Measured> {
        (1..=10_u32).map(|tenth| curve.at(f64::from(tenth) / 10.0, u64::from(tenth))).collect()
    }

    #[test]
    fn losses_fall_and_accuracy_rises() {
        for job in ["a", "b", "c", "d"] {
            let course = course(&Curve::new(job, 1e-4, 0.05, 1.0, None));
            let (first, last) = (course[0], course[9]);
            assert!(last.train_loss < first.train_loss - 0.3, "{course:?}");
            assert!(last.valid_loss < first.valid_loss && last.accuracy > first.accuracy, "{course:?}");
            assert!(course.iter().all(|at| (0.0..=1.0).contains(&at.accuracy)), "{course:?}");
        }
    }

    #[test]
    fn a_course_is_the_jobs_own_and_repeats() {
        let course = |job| course(&Curve::new(job, 1e-4, 0.05, 1.0, None));
        assert_eq!(course("a"), course("a"));
        assert_ne!(course("a"), course("b"));
    }

    #[test]
    fn a_low_rate_learns_less_and_a_high_one_goes_astray() {
        let last = |rate| Curve::new("a", rate, 0.05, 1.0, None).at(1.0, 10).train_loss;
        assert!(last(1e-6) > last(1e-4));
        assert!(last(DIVERGES) > 10.0);
    }

    #[test]
    fn too_many_epochs_drive_the_two_losses_apart() {
        let gap = |epochs| {
            let end = Curve::new("a", 1e-4, 0.05, epochs, None).at(1.0, 10);
            end.valid_loss - end.train_loss
        };
        assert!(gap(40.0) > gap(1.0) + 0.2);
    }

    #[test]
    fn learning_is_whole_at_the_end_whatever_the_warm_up() {
        for warmup in [0.0, 0.05, 0.5, 1.0] {
            let curve = Curve::new("a", 1e-4, warmup, 1.0, None);
            assert_eq!(curve.learned(0.0), 0.0);
            assert!((curve.learned(1.0) - 1.0).abs() < 1e-9);
            assert!(curve.learned(0.4) < curve.learned(0.6));
        }
    }

    #[test]
    fn a_classifier_begins_by_guessing() {
        let first = Curve::new("a", 1e-4, 0.05, 1.0, Some(3)).at(0.0, 0).train_loss;
        assert!((first - 3f64.ln()).abs() < 0.03, "{first}");
    }
}
