//! A job's way through its statuses.
//!
//! ```text
//! QUEUED ──► VALIDATING ──► VALIDATED ──► RUNNING ──► SUCCESS | FAILED
//!   │            │    └► FAILED_VALIDATION   │
//!   └────────────┴─────────────┴─────────────┴──► CANCELLATION_REQUESTED ──► CANCELLED
//! ```
//!
//! Nothing moves by itself: a job is brought up to date when somebody looks at it. What is seen then depends on the
//! time alone, not on how often somebody looked before.

use std::io;
use std::time::Duration;

use mistral_models::FineTuningJobStatus;
use serde_json::json;

use super::data::Data;
use super::estimate::Estimate;
use super::job::Job;
use super::run::Run;
use super::tuned;
use crate::api::Api;

impl Job {
    /// Brings the job up to `now`.
    pub(super) fn advance(&mut self, api: &Api, now: Duration) {
        if self.status.is_final() {
            return;
        }
        if let Err(error) = self.try_advance(api, now) {
            let error = format!("The emulator's storage failed: {error}");
            self.enter(FineTuningJobStatus::Failed, now, json!({"error": error}));
        }
    }

    /// Where a cancellation was asked for, no status but `CANCELLED` follows, and training goes on until then.
    fn try_advance(&mut self, api: &Api, now: Duration) -> io::Result<()> {
        let validating = self.created.saturating_add(api.pace.queue);
        if self.status == FineTuningJobStatus::Queued && validating <= now {
            self.enter(FineTuningJobStatus::Validating, validating, json!({}));
        }
        let validated = validating.saturating_add(api.pace.validation);
        if self.status == FineTuningJobStatus::Validating && validated <= now {
            self.validate(api, validated)?;
        }
        if self.status == FineTuningJobStatus::Validated && self.asked.auto_start {
            self.begin(validated);
        }
        let cancelled = self.cancel_requested.map(|asked| asked.saturating_add(api.pace.cancel));
        self.train(now.min(cancelled.unwrap_or(now)));
        if let Some(cancelled) = cancelled.filter(|cancelled| *cancelled <= now) {
            self.enter(FineTuningJobStatus::Cancelled, cancelled, json!({}));
        } else if self.status == FineTuningJobStatus::Running {
            self.finish(api, now);
        }
        Ok(())
    }

    /// Reads the data, and ends the job if it cannot be trained on.
    fn validate(&mut self, api: &Api, when: Duration) -> io::Result<()> {
        let data = Data::read(&self.files, &self.asked.training)?;
        if let Some((error, problems)) = data.refusal(self.asked.skip) {
            let more = json!({"error": error, "problems": problems});
            self.enter(FineTuningJobStatus::FailedValidation, when, more);
            return Ok(());
        }
        if self.asked.training.is_classifier() {
            self.targets = data.targets(&self.asked.training.targets);
        }
        let estimate = Estimate::new(data.tokens, &self.asked.training.hyperparameters);
        self.expected = api.pace.training(estimate.steps);
        self.estimate = Some(estimate);
        let more = if data.invalid > 0 { json!({"skipped_samples": data.invalid}) } else { json!({}) };
        self.enter(FineTuningJobStatus::Validated, when, more);
        Ok(())
    }

    /// Begins the training of a validated job.
    pub(super) fn begin(&mut self, when: Duration) {
        let Some(estimate) = self.estimate else { return };
        self.run = Some(Run::of(self, &estimate, when));
        self.started = Some(when);
        self.enter(FineTuningJobStatus::Running, when, json!({}));
    }

    fn train(&mut self, until: Duration) {
        let (Some(run), Some(estimate)) = (&mut self.run, self.estimate) else { return };
        for (when, checkpoint) in run.checkpoints(until) {
            self.checkpoints.push(checkpoint);
            self.modified = self.modified.max(when);
        }
        if self.status == FineTuningJobStatus::CancellationRequested {
            self.trained_tokens = Some(run.steps_done(until).saturating_mul(estimate.tokens_per_step));
        }
    }

    fn finish(&mut self, api: &Api, now: Duration) {
        let (Some(run), Some(estimate)) = (&self.run, self.estimate) else { return };
        match run.end() {
            (end, _) if end > now => {}
            (end, true) => {
                self.trained_tokens = Some(estimate.train_tokens);
                self.fine_tuned_model = Some(tuned::publish(api, self, end));
                self.enter(FineTuningJobStatus::Success, end, json!({}));
            }
            (end, false) => {
                let error = "The training diverged: the loss grows without end. Use a lower learning rate.";
                self.enter(FineTuningJobStatus::Failed, end, json!({"error": error}));
            }
        }
    }
}
