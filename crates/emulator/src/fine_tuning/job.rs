use std::time::Duration;

use mistral_models::{
    Checkpoint, ClassifierTarget, FineTuningEvent, FineTuningJob, FineTuningJobId, FineTuningJobMetadata,
    FineTuningJobStatus, JobIntegration, JobRepository, ModelId,
};
use serde_json::{Value, json};

use super::data::{Data, Files};
use super::estimate::Estimate;
use super::parameters::Parameters;
use super::run::Run;
use crate::auth::Owner;
use crate::clock::unix_time;
use crate::json::with_nulls;

/// A fine-tuning job: what was asked for, and how far it has come.
pub(crate) struct Job {
    pub(super) id: FineTuningJobId,
    pub(super) owner: Owner,
    pub(super) asked: Parameters,
    /// Held until the job has ended, so that deleting a file does not stop a job.
    pub(super) files: Files,
    pub(super) created: Duration,
    pub(super) cancel_requested: Option<Duration>,

    pub(super) status: FineTuningJobStatus,
    pub(super) modified: Duration,
    /// Oldest first.
    pub(super) events: Vec<FineTuningEvent>,
    /// Oldest first.
    pub(super) checkpoints: Vec<Checkpoint>,
    /// Known from the validation on.
    pub(super) estimate: Option<Estimate>,
    /// How long the training takes.
    pub(super) expected: Duration,
    pub(super) started: Option<Duration>,
    /// What the classifier decides; known in full from the validation on.
    pub(super) targets: Vec<ClassifierTarget>,
    pub(super) run: Option<Run>,
    pub(super) trained_tokens: Option<u64>,
    pub(super) fine_tuned_model: Option<ModelId>,
}

impl Job {
    pub(super) fn new(id: FineTuningJobId, owner: Owner, asked: Parameters, files: Files, created: Duration) -> Self {
        let mut job = Self {
            id,
            owner,
            targets: Data::default().targets(&asked.training.targets),
            asked,
            files,
            created,
            cancel_requested: None,
            status: FineTuningJobStatus::Queued,
            modified: created,
            events: Vec::new(),
            checkpoints: Vec::new(),
            estimate: None,
            expected: Duration::ZERO,
            started: None,
            run: None,
            trained_tokens: None,
            fine_tuned_model: None,
        };
        job.enter(FineTuningJobStatus::Queued, created, json!({"note": "[emulator] No model is trained."}));
        job
    }

    /// Changes the status, and tells of it in an event with `more` beside it.
    pub(super) fn enter(&mut self, status: FineTuningJobStatus, when: Duration, more: Value) {
        let mut data = more;
        data["status"] = json!(status);
        self.events.push(FineTuningEvent::new(FineTuningEvent::STATUS_UPDATED, Some(data), unix_time(when)));
        self.status = status;
        self.modified = self.modified.max(when);
        if self.status.is_final() {
            self.files = Files::default();
            self.run = None;
        }
    }

    /// Whether a job like this one has to wait for it: it is queued, validated or running.
    pub(super) fn is_under_way(&self) -> bool {
        !self.status.is_final() && self.status != FineTuningJobStatus::CancellationRequested
    }

    /// The job as the service writes it in a list and in the answer to its creation.
    pub(super) fn view(&self) -> Value {
        let mut view = self.details();
        if let Value::Object(fields) = &mut view {
            for key in ["events", "checkpoints", "classifier_targets"] {
                fields.remove(key);
            }
        }
        view
    }

    /// The job as the service writes it when it is asked for by its id.
    pub(super) fn details(&self) -> Value {
        let training = &self.asked.training;
        let mut job = FineTuningJob::new(&self.id, training.kind.clone(), &training.model, unix_time(self.created));
        job.auto_start = self.asked.auto_start;
        job.status = self.status.clone();
        job.modified_at = unix_time(self.modified);
        job.training_files = training.training_files.iter().map(|file| file.file_id.clone()).collect();
        job.validation_files.clone_from(&training.validation_files);
        job.hyperparameters = training.hyperparameters.clone();
        job.fine_tuned_model.clone_from(&self.fine_tuned_model);
        job.suffix.clone_from(&training.suffix);
        job.integrations = self.asked.integrations.iter().cloned().map(JobIntegration::Wandb).collect();
        job.trained_tokens = self.trained_tokens;
        job.repositories = training.repositories.iter().cloned().map(JobRepository::Github).collect();
        job.events = self.events.iter().rev().cloned().collect();
        job.checkpoints = self.checkpoints.iter().rev().cloned().collect();
        job.classifier_targets.clone_from(&self.targets);

        let mut view = with_nulls(&job, &["fine_tuned_model", "suffix", "trained_tokens"]);
        view["hyperparameters"] = with_nulls(&job.hyperparameters, &["training_steps", "epochs", "seq_len"]);
        view["metadata"] = self.metadata().map_or(Value::Null, |metadata| with_nulls(&metadata, &ESTIMATED));
        let each = |value: &mut Value, keys: &[&str]| {
            value.as_array_mut().into_iter().flatten().for_each(|item| *item = with_nulls(item, keys));
        };
        each(&mut view["integrations"], &["name", "run_name", "url"]);
        each(&mut view["repositories"], &["ref"]);
        for checkpoint in view["checkpoints"].as_array_mut().into_iter().flatten() {
            let metrics = &mut checkpoint["metrics"];
            *metrics = with_nulls(metrics, &["train_loss", "valid_loss", "valid_mean_token_accuracy"]);
        }
        if let Value::Object(fields) = &mut view {
            fields.remove(if training.is_classifier() { "repositories" } else { "classifier_targets" });
        }
        view
    }

    fn metadata(&self) -> Option<FineTuningJobMetadata> {
        let mut metadata = self.estimate.as_ref()?.metadata(self.expected);
        metadata.estimated_start_time = self.started.map(unix_time);
        Some(metadata)
    }
}

/// The keys of an estimate.
pub(super) const ESTIMATED: [&str; 7] = [
    "expected_duration_seconds",
    "cost",
    "cost_currency",
    "train_tokens_per_step",
    "train_tokens",
    "data_tokens",
    "estimated_start_time",
];
