//! What a training run measured, ready to be drawn: on a terminal or on a page.

mod axis;
mod number;
mod thin;

pub(crate) use axis::Axis;
pub(crate) use number::{grouped, number};
pub(crate) use thin::thin;

use mistral_sdk::models::Checkpoint;

/// A value at a training step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    pub(crate) step: u64,
    pub(crate) value: f64,
}

/// The curves of a job, each in the order of the steps.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Curves {
    pub(crate) train: Vec<Point>,
    pub(crate) valid: Vec<Point>,
    pub(crate) accuracy: Vec<Point>,
    /// Values that no axis can show.
    pub(crate) left_out: usize,
}

/// A larger magnitude is no loss anybody measured, and the sums of an axis would overflow.
const LARGEST: f64 = 1e100;

impl Curves {
    /// The service sends the newest checkpoint first; of two for one step, the newer counts.
    pub(crate) fn new(checkpoints: &[Checkpoint]) -> Self {
        let mut curves = Self::default();
        for checkpoint in in_order(checkpoints) {
            let metrics = &checkpoint.metrics;
            let step = checkpoint.step_number;
            for (value, points) in [
                (metrics.train_loss, &mut curves.train),
                (metrics.valid_loss, &mut curves.valid),
                (metrics.valid_mean_token_accuracy, &mut curves.accuracy),
            ] {
                match value {
                    Some(value) if value.abs() < LARGEST => points.push(Point { step, value }),
                    Some(_) => curves.left_out += 1,
                    None => {}
                }
            }
        }
        curves
    }
}

/// The checkpoints in the order of their steps, one a step.
pub(crate) fn in_order(checkpoints: &[Checkpoint]) -> Vec<&Checkpoint> {
    let mut sorted: Vec<_> = checkpoints.iter().collect();
    sorted.sort_by_key(|checkpoint| checkpoint.step_number);
    sorted.dedup_by_key(|checkpoint| checkpoint.step_number);
    sorted
}

/// The point with the lowest value; of equals, the first.
pub(crate) fn lowest(points: &[Point]) -> Option<Point> {
    points.iter().copied().min_by(|one, other| one.value.total_cmp(&other.value))
}
