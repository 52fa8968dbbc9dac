//! The model that a job makes.

use std::time::Duration;

use mistral_models::{DateTime, FineTunedModel, ModelCapabilities, ModelCard, ModelId};

use super::job::Job;
use crate::api::Api;
use crate::catalogue::WORKSPACE;
use crate::clock::unix_time;
use crate::lock::lock;

/// Puts the job's model into the catalogue.
///
/// What it can do is what its base can, but a classifier classifies and does nothing else. It cannot be tuned again.
pub(super) fn publish(api: &Api, job: &Job, when: Duration) -> ModelId {
    let training = &job.asked.training;
    let id = name(job, when);
    let mut catalogue = lock(&api.models);
    let base = catalogue.find(training.model.as_str()).and_then(|model| model.card());
    let mut capabilities = ModelCapabilities::default();
    match base {
        _ if training.is_classifier() => capabilities.classification = true,
        Some(base) => {
            capabilities.clone_from(&base.capabilities);
            capabilities.fine_tuning = false;
        }
        None => capabilities.completion_chat = true,
    }
    let mut card = ModelCard::new(&id, capabilities);
    card.created = Some(unix_time(when));
    card.owned_by = "emulator".to_owned();
    if let Some(base) = base {
        card.max_context_length = base.max_context_length;
    }
    let targets = training.is_classifier().then(|| job.targets.clone());
    catalogue.add(FineTunedModel::new(card, &job.id, &training.model), targets);
    id
}

/// `ft:<base>:<suffix or workspace>:<day>:<job>`, for a classifier `ft:classifier:<base>:…`.
fn name(job: &Job, when: Duration) -> ModelId {
    let training = &job.asked.training;
    let first_eight = |id: &str| id.get(..8).unwrap_or(id).to_owned();
    let kind = if training.is_classifier() { "classifier:" } else { "" };
    let suffix = training.suffix.clone().filter(|suffix| !suffix.is_empty());
    let suffix = suffix.unwrap_or_else(|| first_eight(WORKSPACE));
    let day: String = DateTime::from(unix_time(when)).as_str().chars().take(10).filter(char::is_ascii_digit).collect();
    ModelId::from(format!("ft:{kind}{}:{suffix}:{day}:{}", training.model, first_eight(job.id.as_str())))
}
