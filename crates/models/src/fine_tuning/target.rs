use serde::{Deserialize, Serialize};

use crate::Invalid;
use crate::open_enum::open_enum;

use super::training_file::{default_weight, weight_or_default};

open_enum! {
    /// How a classifier is told that it was wrong.
    LossFunction {
        /// One label of the target is right.
        SingleClass = "single_class",
        /// Any number of labels can be right at once.
        MultiClass = "multi_class",
    }
}

/// One thing a classifier decides, and the labels it can decide for.
///
/// ```
/// use mistral_models::{ClassifierTarget, LossFunction};
///
/// let topics = ClassifierTarget::new("topics", ["billing", "bugs"]).loss_function(LossFunction::MultiClass);
/// assert_eq!(topics.weight, 1.0);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClassifierTarget {
    /// Its name, a key of `labels` in the training data.
    pub name: String,
    /// The labels there are.
    pub labels: Vec<String>,
    /// How much its loss counts beside that of other targets, 0 or more. 1 unless set, which is sent as the official
    /// clients do.
    #[serde(default = "default_weight", deserialize_with = "weight_or_default")]
    pub weight: f64,
    /// Whether one label is right or several can be; `None` leaves it to the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss_function: Option<LossFunction>,
}

impl ClassifierTarget {
    /// A target with these labels and a weight of 1.
    pub fn new<L: Into<String>>(name: impl Into<String>, labels: impl IntoIterator<Item = L>) -> Self {
        Self {
            name: name.into(),
            labels: labels.into_iter().map(Into::into).collect(),
            weight: default_weight(),
            loss_function: None,
        }
    }

    /// How much its loss counts beside that of other targets, 0 or more.
    pub fn weight(mut self, weight: f64) -> Self {
        self.weight = weight;
        self
    }

    /// Whether one label is right or several can be.
    pub fn loss_function(mut self, function: impl Into<LossFunction>) -> Self {
        self.loss_function = Some(function.into());
        self
    }

    pub(super) fn check(&self) -> Result<(), Invalid> {
        if self.weight >= 0.0 && self.weight.is_finite() {
            return Ok(());
        }
        let problem =
            format!("the weight {} of {:?} is out of range; expected a number of 0 or more", self.weight, self.name);
        Err(Invalid::new("classifier_targets", problem))
    }
}
