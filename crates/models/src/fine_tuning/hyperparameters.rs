use std::ops::RangeInclusive;

use serde::{Deserialize, Deserializer, Serialize};

use crate::{FineTuningJobType, Invalid};

/// How to train. What is `None` is not sent, and left to the service.
///
/// One type for completion and classifier jobs: the wire does not tell them apart either, and only
/// [`fim_ratio`](Self::fim_ratio) belongs to one of them.
///
/// ```
/// use mistral_models::Hyperparameters;
///
/// let hyperparameters = Hyperparameters::default().training_steps(10).learning_rate(1e-5);
/// assert_eq!(serde_json::to_value(&hyperparameters)?, serde_json::json!({"training_steps": 10, "learning_rate": 1e-5}));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Hyperparameters {
    /// How many optimiser steps, 1 or more. About `epochs` times the megabytes of training data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training_steps: Option<u64>,
    /// How far a step goes, 1e-8 to 1. 0.0001 unless set, which is sent as the official clients do.
    #[serde(default = "default_learning_rate", deserialize_with = "learning_rate_or_default")]
    pub learning_rate: f64,
    /// How strongly weights are pulled towards 0, 0 to 1. The service's own default is 0.1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_decay: Option<f64>,
    /// The part of the steps in which the learning rate rises from 0, 0 to 1. The service's own default is 0.05.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warmup_fraction: Option<f64>,
    /// How often the data is gone through, above 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epochs: Option<f64>,
    /// The longest sample in tokens, 100 or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq_len: Option<u64>,
    /// The part of the samples trained as fill-in-the-middle, 0 to 1; completion jobs only. The service's own default is
    /// 0.9.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fim_ratio: Option<f64>,
}

impl Default for Hyperparameters {
    fn default() -> Self {
        Self {
            training_steps: None,
            learning_rate: default_learning_rate(),
            weight_decay: None,
            warmup_fraction: None,
            epochs: None,
            seq_len: None,
            fim_ratio: None,
        }
    }
}

impl Hyperparameters {
    /// How many optimiser steps, 1 or more.
    pub fn training_steps(mut self, steps: u64) -> Self {
        self.training_steps = Some(steps);
        self
    }

    /// How far a step goes, 1e-8 to 1.
    pub fn learning_rate(mut self, rate: f64) -> Self {
        self.learning_rate = rate;
        self
    }

    /// How strongly weights are pulled towards 0, 0 to 1.
    pub fn weight_decay(mut self, decay: f64) -> Self {
        self.weight_decay = Some(decay);
        self
    }

    /// The part of the steps in which the learning rate rises from 0, 0 to 1.
    pub fn warmup_fraction(mut self, fraction: f64) -> Self {
        self.warmup_fraction = Some(fraction);
        self
    }

    /// How often the data is gone through, above 0.
    pub fn epochs(mut self, epochs: f64) -> Self {
        self.epochs = Some(epochs);
        self
    }

    /// The longest sample in tokens, 100 or more.
    pub fn seq_len(mut self, tokens: u64) -> Self {
        self.seq_len = Some(tokens);
        self
    }

    /// The part of the samples trained as fill-in-the-middle, 0 to 1; completion jobs only.
    pub fn fim_ratio(mut self, ratio: f64) -> Self {
        self.fim_ratio = Some(ratio);
        self
    }

    /// Tells before sending what the API would refuse for a job of this type.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for a number outside the range its field names, and a [`fim_ratio`](Self::fim_ratio) for a classifier.
    pub fn check(&self, job_type: Option<&FineTuningJobType>) -> Result<(), Invalid> {
        let Self { training_steps, learning_rate, weight_decay, warmup_fraction, epochs, seq_len, fim_ratio } = self;
        at_least("hyperparameters.training_steps", *training_steps, 1)?;
        within("hyperparameters.learning_rate", Some(*learning_rate), 1e-8..=1.0)?;
        within("hyperparameters.weight_decay", *weight_decay, 0.0..=1.0)?;
        within("hyperparameters.warmup_fraction", *warmup_fraction, 0.0..=1.0)?;
        if let Some(epochs) = epochs.filter(|epochs| !(*epochs > 0.0 && epochs.is_finite())) {
            let problem = format!("{epochs} is out of range; expected a number above 0");
            return Err(Invalid::new("hyperparameters.epochs", problem));
        }
        at_least("hyperparameters.seq_len", *seq_len, 100)?;
        within("hyperparameters.fim_ratio", *fim_ratio, 0.0..=1.0)?;
        if fim_ratio.is_some() && job_type == Some(&FineTuningJobType::Classifier) {
            return Err(Invalid::new("hyperparameters.fim_ratio", "a classifier has none; it is for completion jobs"));
        }
        Ok(())
    }
}

fn default_learning_rate() -> f64 {
    0.0001
}

/// `null` and an absent key mean the same.
fn learning_rate_or_default<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Option::deserialize(deserializer).map(|rate| rate.unwrap_or_else(default_learning_rate))
}

fn at_least(field: &'static str, value: Option<u64>, least: u64) -> Result<(), Invalid> {
    match value {
        Some(value) if value < least => {
            Err(Invalid::new(field, format!("{value} is out of range; expected {least} or more")))
        }
        _ => Ok(()),
    }
}

/// What is not a number is within no range.
fn within(field: &'static str, value: Option<f64>, range: RangeInclusive<f64>) -> Result<(), Invalid> {
    match value {
        Some(value) if !range.contains(&value) => {
            let (least, most) = range.into_inner();
            Err(Invalid::new(field, format!("{value} is out of range; expected {least} to {most}")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(hyperparameters: &Hyperparameters) -> String {
        hyperparameters.check(None).unwrap_err().to_string()
    }

    #[test]
    fn numbers_out_of_range_are_refused_by_name_and_range() {
        let default = Hyperparameters::default;
        assert_eq!(default().check(None), Ok(()));
        for rate in [0.0, -1.0, 1.5, 1e-9, f64::NAN, f64::INFINITY] {
            let refused = refused(&default().learning_rate(rate));
            assert!(refused.starts_with("hyperparameters.learning_rate: "), "{refused}");
            assert!(refused.ends_with("is out of range; expected 0.00000001 to 1"), "{refused}");
        }
        assert_eq!(default().learning_rate(1e-8).check(None), Ok(()));
        assert_eq!(
            refused(&default().training_steps(0)),
            "hyperparameters.training_steps: 0 is out of range; expected 1 or more"
        );
        assert!(refused(&default().weight_decay(1.1)).starts_with("hyperparameters.weight_decay: 1.1 is out of range"));
        assert!(refused(&default().warmup_fraction(-0.1)).starts_with("hyperparameters.warmup_fraction: -0.1"));
        assert!(refused(&default().epochs(0.0)).contains("expected a number above 0"));
        assert!(refused(&default().seq_len(99)).contains("expected 100 or more"));
        assert!(refused(&default().fim_ratio(2.0)).contains("expected 0 to 1"));
    }

    #[test]
    fn a_classifier_has_no_fim_ratio() {
        let fim = Hyperparameters::default().fim_ratio(0.5);
        assert_eq!(fim.check(Some(&FineTuningJobType::Completion)), Ok(()));
        assert!(fim.check(Some(&FineTuningJobType::Classifier)).is_err());
    }

    #[test]
    fn an_answer_without_hyperparameters_has_the_documented_learning_rate() {
        for json in ["{}", r#"{"learning_rate": null}"#] {
            assert_eq!(serde_json::from_str::<Hyperparameters>(json).unwrap(), Hyperparameters::default(), "{json}");
        }
    }
}
