//! The life of a job whose lines are answered by a server: the task drives it, the clock can only end it.

use std::sync::Arc;
use std::time::Duration;

use mistral_models::{BatchJobStatus, RawJson};

use super::job::Job;
use super::outgoing::Outgoing;
use super::results::RequestName;
use crate::api::Api;
use crate::store::Content;
use crate::upstream::UpstreamAnswer;

impl Job {
    /// Ends the job if it was cancelled, or is out of time; `timeout_hours` count from the start of work here too.
    pub(super) fn end_in_time(&mut self, api: &Api, now: Duration) {
        let cancelled = self.cancel_requested.map(|asked| asked.saturating_add(api.pace.cancel));
        let timed_out = self.started.map(|started| started.saturating_add(self.timeout));
        let cancelled = cancelled.map(|when| (when, BatchJobStatus::Cancelled));
        let timed_out = timed_out.map(|when| (when, BatchJobStatus::TimeoutExceeded));
        let first = cancelled.into_iter().chain(timed_out).min_by_key(|(when, _)| *when);
        if let Some((when, status)) = first.filter(|(when, _)| *when <= now) {
            self.end(api, status, when);
        }
    }

    /// Checks the input and begins; what there is to forward, unless the job has ended before or with that.
    pub(super) fn begin_forwarding(&mut self, api: &Api) -> Option<(Vec<Arc<Content>>, Outgoing)> {
        let now = api.clock.now();
        self.end_in_time(api, now);
        if self.status.is_final() {
            return None;
        }
        match self.begin(api, now) {
            Ok(true) => Some((self.input.clone(), self.outgoing())),
            Ok(false) => None,
            Err(error) => {
                self.fail(api, &error, now);
                None
            }
        }
    }

    fn outgoing(&self) -> Outgoing {
        let model = self.model.as_ref().map(|model| ("model", RawJson::new(model)));
        let agent = self.agent_id.as_ref().map(|agent| ("agent_id", RawJson::new(agent)));
        let asked = model.into_iter().chain(agent).filter_map(|(key, value)| Some((key, value.ok()?))).collect();
        Outgoing { job: self.id.clone(), endpoint: self.endpoint.clone(), asked }
    }

    /// Takes in the answer to one line, unless the job has ended meanwhile.
    pub(super) fn record(&mut self, api: &Api, name: &RequestName, custom_id: Option<&str>, answer: &UpstreamAnswer) {
        let Some(run) = &mut self.run else { return };
        let written = run.results.add(name, custom_id, answer.status, &answer.body).and_then(|()| run.results.pause());
        self.succeeded = run.results.succeeded;
        self.failed = run.results.failed;
        if let Err(error) = written {
            self.fail(api, &error, api.clock.now());
        }
    }

    /// Every line is answered. A job that was asked to cancel before is left to the clock, like any other.
    pub(super) fn end_forwarding(&mut self, api: &Api) {
        let now = api.clock.now();
        self.end_in_time(api, now);
        if !self.status.is_final() && self.cancel_requested.is_none() {
            self.end(api, BatchJobStatus::Success, now);
        }
    }
}
