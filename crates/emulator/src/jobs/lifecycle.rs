//! A job's way through its statuses.
//!
//! ```text
//! QUEUED ──► RUNNING ──► SUCCESS | FAILED | TIMEOUT_EXCEEDED
//!    └──────────┴──► CANCELLATION_REQUESTED ──► CANCELLED
//! ```
//!
//! Nothing moves by itself, unless there is an upstream: a job is brought up to date when somebody looks at it. What is seen then depends on the
//! time alone, not on how often somebody looked before; only jobs that are further behind than one [`Look`] may bring them
//! need several.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use mistral_models::{BatchError, BatchJobStatus, SampleType};

use super::check::check;
use super::job::Job;
use super::look::Look;
use super::run::{Common, Run};
use crate::api::Api;
use crate::files::made_by_job;
use crate::ids::uuid;
use crate::store::Content;

impl Job {
    /// Brings the job up to the time of the look, or as far as the look may.
    pub(super) fn advance(&mut self, api: &Api, look: &mut Look) {
        if self.status.is_final() {
            return;
        }
        let now = look.now();
        if api.hub.is_some() {
            self.end_in_time(api, now);
        } else if let Err(error) = self.try_advance(api, look) {
            self.fail(api, &error, now);
        }
    }

    /// Ends the job because the disk failed.
    pub(super) fn fail(&mut self, api: &Api, error: &io::Error, when: Duration) {
        if !self.status.is_final() {
            self.errors = vec![storage_failed(error)];
            self.end(api, BatchJobStatus::Failed, when);
        }
    }

    fn try_advance(&mut self, api: &Api, look: &mut Look) -> io::Result<()> {
        let now = look.now();
        let start = self.created.saturating_add(api.pace.queue);
        let cancelled = self.cancel_requested.map(|asked| asked.saturating_add(api.pace.cancel));
        if cancelled.is_some_and(|cancelled| cancelled <= start.min(now)) {
            self.end(api, BatchJobStatus::Cancelled, cancelled.unwrap_or(now));
            return Ok(());
        }
        if now < start {
            return Ok(());
        }
        let new = self.total.is_none();
        if new && (look.left() == 0 || !self.begin(api, start)?) {
            return Ok(());
        }

        let timed_out = start.saturating_add(self.timeout);
        let (stop, stopped) = match cancelled {
            Some(cancelled) if cancelled <= timed_out => (cancelled, BatchJobStatus::Cancelled),
            _ => (timed_out, BatchJobStatus::TimeoutExceeded),
        };
        let total = self.total.unwrap_or(0);
        let due = api.pace.done(total, now.min(stop).saturating_sub(start));
        let done = self.work(api, start, due, look)?;
        if new {
            look.checked(total);
        }
        if done < due {
            return Ok(());
        }
        let finish = start.saturating_add(api.pace.run(total));
        if self.cancel_requested.is_none() && finish <= now.min(stop) {
            self.end(api, BatchJobStatus::Success, finish);
        } else if stop <= now {
            self.end(api, stopped, stop);
        }
        Ok(())
    }

    /// Reads the input; false if the job ended with that.
    pub(super) fn begin(&mut self, api: &Api, start: Duration) -> io::Result<bool> {
        self.started = Some(start);
        let checked = check(&self.input, api.limits.job_requests)?;
        if !checked.faults.is_empty() {
            self.errors = checked.faults;
            self.end(api, BatchJobStatus::Failed, start);
            return Ok(false);
        }
        self.total = Some(checked.requests);
        self.run = Some(Run::new(api)?);
        if self.cancel_requested.is_none() {
            self.status = BatchJobStatus::Running;
        }
        Ok(true)
    }

    /// Works until `due` requests are done, or as many as one look may; tells how many are done.
    fn work(&mut self, api: &Api, started: Duration, due: u64, look: &mut Look) -> io::Result<u64> {
        let Some(run) = &mut self.run else { return Ok(0) };
        let before = run.results.done();
        let due = due.min(before + look.left());
        if due <= before {
            return Ok(before);
        }
        let common = Common {
            job: &self.id,
            endpoint: &self.endpoint,
            model: self.model.as_ref(),
            agent: self.agent_id.as_ref().map(AsRef::as_ref),
            started,
        };
        run.work(api, &self.input, &common, due)?;
        self.succeeded = run.results.succeeded;
        self.failed = run.results.failed;
        look.answered(due - before);
        Ok(run.results.done())
    }

    /// Ends the job; what was written until then is kept.
    ///
    /// Results become files, one for what succeeded and one for what failed, each only if there is any.
    pub(super) fn end(&mut self, api: &Api, status: BatchJobStatus, when: Duration) {
        self.status = status;
        self.ended = Some(when);
        self.input = Vec::new();
        let Some(run) = self.run.take() else { return };
        self.errors.extend(run.results.errors());
        match run.results.finish() {
            Ok((results, failures)) => self.publish(api, results, failures, when),
            Err(error) => {
                self.status = BatchJobStatus::Failed;
                self.errors.push(storage_failed(&error));
            }
        }
    }

    fn publish(&mut self, api: &Api, results: Content, failures: Content, when: Duration) {
        let [results, failures] = [results, failures].map(|content| (content.bytes() > 0).then(|| Arc::new(content)));
        let file = |content: &Arc<Content>, name: &str, kind: SampleType| {
            let id = uuid(&[self.id.as_str().as_bytes(), name.as_bytes()]);
            let name = format!("{}_{name}.jsonl", self.id);
            made_by_job(api, self.owner, id, name, kind, Arc::clone(content), when)
        };
        self.output_file = results.as_ref().map(|content| file(content, "results", SampleType::BatchResult));
        self.error_file = failures.as_ref().map(|content| file(content, "errors", SampleType::BatchError));
        self.results = [results, failures].into_iter().flatten().collect();
    }
}

fn storage_failed(error: &io::Error) -> BatchError {
    BatchError::new(format!("The emulator's storage failed: {error}"), 1)
}
