//! What a training would take, by the arithmetic of the documents and prices of our own.

use std::time::Duration;

use mistral_models::{FineTuningJobMetadata, Hyperparameters};

/// The length of a sequence, in tokens, unless the job sets it.
const SEQUENCE: u64 = 32_768;

/// How many sequences go into one step.
const SEQUENCES_PER_STEP: u64 = 4;

/// How often the data is gone through, unless the job says how long to train.
const EPOCHS: f64 = 3.0;

/// The fewest steps then, so that little data still makes a curve.
const FEWEST_STEPS: u64 = 10;

/// Euros for a million tokens trained, and for any training at least. Made up; nothing is billed here.
const PRICE_PER_MILLION: f64 = 3.0;
const LEAST_PRICE: f64 = 4.0;

/// How long a training is, and what it would cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Estimate {
    pub(super) data_tokens: u64,
    pub(super) tokens_per_step: u64,
    pub(super) steps: u64,
    pub(super) train_tokens: u64,
    pub(super) epochs: f64,
    /// In euros.
    pub(super) cost: f64,
}

impl Estimate {
    /// A training on `data_tokens` of data.
    ///
    /// `training_steps` goes before `epochs`. Steps and epochs follow from each other: a step takes four sequences, an
    /// epoch all tokens of the data.
    pub(super) fn new(data_tokens: u64, asked: &Hyperparameters) -> Self {
        let tokens_per_step = SEQUENCES_PER_STEP.saturating_mul(asked.seq_len.unwrap_or(SEQUENCE));
        let data = data_tokens.max(1) as f64;
        // A float too large for the integer becomes the largest one.
        let steps_of = |epochs: f64| ((epochs * data / tokens_per_step as f64).ceil() as u64).max(1);
        let steps = match (asked.training_steps, asked.epochs) {
            (Some(steps), _) => steps,
            (None, Some(epochs)) => steps_of(epochs),
            (None, None) => steps_of(EPOCHS).max(FEWEST_STEPS),
        };
        let train_tokens = steps.saturating_mul(tokens_per_step);
        let millions = train_tokens as f64 / 1e6;
        Self {
            data_tokens,
            tokens_per_step,
            steps,
            train_tokens,
            epochs: (train_tokens as f64 / data * 1e4).round() / 1e4,
            cost: (millions * PRICE_PER_MILLION * 100.0).round().max(LEAST_PRICE * 100.0) / 100.0,
        }
    }

    /// The estimate as the service writes it, for a training that takes so long.
    pub(super) fn metadata(&self, takes: Duration) -> FineTuningJobMetadata {
        let mut metadata = FineTuningJobMetadata::default();
        metadata.expected_duration_seconds = Some(takes.as_secs() + u64::from(takes.subsec_nanos() > 0));
        metadata.cost = Some(self.cost);
        metadata.cost_currency = Some("EUR".to_owned());
        metadata.train_tokens_per_step = Some(self.tokens_per_step);
        metadata.train_tokens = Some(self.train_tokens);
        metadata.data_tokens = Some(self.data_tokens);
        metadata
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_and_epochs_follow_from_each_other() {
        let by_steps = Estimate::new(402_113, &Hyperparameters::default().training_steps(10));
        assert_eq!((by_steps.tokens_per_step, by_steps.train_tokens), (131_072, 1_310_720));
        assert_eq!((by_steps.epochs, by_steps.cost), (3.2596, 4.0));
        let by_epochs = Estimate::new(402_113, &Hyperparameters::default().epochs(3.2));
        assert_eq!(by_epochs.steps, 10);
        let both = Hyperparameters::default().training_steps(7).epochs(100.0);
        assert_eq!(Estimate::new(402_113, &both).steps, 7);
    }

    #[test]
    fn little_data_still_makes_a_curve() {
        assert_eq!(Estimate::new(100, &Hyperparameters::default()).steps, 10);
        assert_eq!(Estimate::new(100, &Hyperparameters::default().epochs(1.0)).steps, 1);
    }

    #[test]
    fn much_data_costs_by_the_token_and_nothing_overflows() {
        assert_eq!(Estimate::new(100, &Hyperparameters::default().training_steps(100)).cost, 39.32);
        let huge = Hyperparameters::default().training_steps(u64::MAX).seq_len(u64::MAX);
        let huge = Estimate::new(0, &huge);
        assert_eq!(huge.train_tokens, u64::MAX);
        assert!(huge.epochs.is_finite() && huge.cost.is_finite());
    }
}
