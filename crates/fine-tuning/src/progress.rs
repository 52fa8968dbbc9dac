use std::collections::HashMap;

use mistral_models::{Checkpoint, FineTuningEvent, FineTuningJob, FineTuningJobStatus};
use serde::Serialize;

/// Something new about a job that is watched.
///
/// What a look finds comes in the order of its time, within a second the end of the job last, and then the status if it has
/// changed. An event or a checkpoint comes
/// once; a checkpoint whose numbers were completed later comes again.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Progress {
    /// Something happened to the job.
    Event(FineTuningEvent),
    /// The model was measured in the middle of its training.
    Checkpoint(Checkpoint),
    /// The job has another status; here is the whole of it. The first look always gives one.
    Status(Box<FineTuningJob>),
}

/// Tells what is new from what was seen before.
#[derive(Debug, Default)]
pub(crate) struct News {
    /// How often each event and checkpoint, as it is written, was seen.
    seen: HashMap<String, usize>,
    status: Option<FineTuningJobStatus>,
}

impl News {
    /// What this look shows that the ones before did not.
    pub(crate) fn of(&mut self, job: FineTuningJob) -> Vec<Progress> {
        // Answers run from the newest back. Alike ones within a look are several, not the same one again.
        let mut counts = HashMap::new();
        let events = job.events.iter().rev().map(|event| {
            let ends = event.status().is_some_and(|status| status.is_final());
            ((event.created_at, ends), key(event), event.clone().into())
        });
        let checkpoints = job
            .checkpoints
            .iter()
            .rev()
            .map(|checkpoint| ((checkpoint.created_at, false), key(checkpoint), checkpoint.clone().into()));
        let mut found: Vec<(_, _, Progress)> = events.chain(checkpoints).collect();
        found.retain(|(_, key, _)| {
            let count = counts.entry(key.clone()).or_insert(0);
            *count += 1;
            *count > self.seen.get(key).copied().unwrap_or(0)
        });
        for (key, count) in counts {
            let seen = self.seen.entry(key).or_insert(0);
            *seen = (*seen).max(count);
        }
        found.sort_by_key(|(at, ..)| *at);
        let mut news: Vec<_> = found.into_iter().map(|(.., progress)| progress).collect();
        if self.status.as_ref() != Some(&job.status) {
            self.status = Some(job.status.clone());
            news.push(Progress::Status(Box::new(job)));
        }
        news
    }
}

impl From<FineTuningEvent> for Progress {
    fn from(event: FineTuningEvent) -> Self {
        Self::Event(event)
    }
}

impl From<Checkpoint> for Progress {
    fn from(checkpoint: Checkpoint) -> Self {
        Self::Checkpoint(checkpoint)
    }
}

/// The thing as it is written. What came as JSON can be written as JSON.
fn key(thing: &impl Serialize) -> String {
    serde_json::to_string(thing).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use mistral_models::{FineTuningJobType, Metrics, UnixTime};

    use super::*;

    fn event(name: &str, at: i64) -> FineTuningEvent {
        FineTuningEvent::new(name, None, UnixTime::from_secs(at))
    }

    fn checkpoint(step: u64, at: i64, metrics: Metrics) -> Checkpoint {
        Checkpoint::new(step, metrics, UnixTime::from_secs(at))
    }

    /// A job as a look would show it, from the newest back.
    fn job(status: FineTuningJobStatus, events: Vec<FineTuningEvent>, checkpoints: Vec<Checkpoint>) -> FineTuningJob {
        let mut job = FineTuningJob::new("j", FineTuningJobType::Completion, "m", UnixTime::from_secs(0));
        (job.status, job.events, job.checkpoints) = (status, events, checkpoints);
        job
    }

    fn shown(news: &[Progress]) -> Vec<String> {
        let show = |progress: &Progress| match progress {
            Progress::Event(event) => event.name.clone(),
            Progress::Checkpoint(checkpoint) => format!("step {}", checkpoint.step_number),
            Progress::Status(job) => job.status.to_string(),
        };
        news.iter().map(show).collect()
    }

    #[test]
    fn events_and_checkpoints_come_in_the_order_of_time_and_once() {
        let mut news = News::default();
        let first = job(FineTuningJobStatus::Queued, vec![event("made", 1)], vec![]);
        assert_eq!(shown(&news.of(first.clone())), ["made", "QUEUED"]);
        assert_eq!(shown(&news.of(first)), Vec::<String>::new());

        let loss = Metrics::default().train_loss(1.0);
        let events = vec![event("third", 30), event("second", 10), event("made", 1)];
        let running = job(FineTuningJobStatus::Running, events, vec![checkpoint(2, 40, loss), checkpoint(1, 20, loss)]);
        assert_eq!(shown(&news.of(running.clone())), ["second", "step 1", "third", "step 2", "RUNNING"]);
        assert_eq!(shown(&news.of(running)), Vec::<String>::new());
    }

    #[test]
    fn within_a_second_the_end_of_the_job_comes_after_its_checkpoints() {
        let status = |status: &str| {
            let data = serde_json::json!({"status": status});
            FineTuningEvent::new(status, Some(data), UnixTime::from_secs(5))
        };
        let events = vec![status("SUCCESS"), status("RUNNING")];
        let loss = Metrics::default().train_loss(1.0);
        let look = job(FineTuningJobStatus::Success, events, vec![checkpoint(2, 5, loss), checkpoint(1, 5, loss)]);
        assert_eq!(shown(&News::default().of(look)), ["RUNNING", "step 1", "step 2", "SUCCESS", "SUCCESS"]);
    }

    #[test]
    fn two_alike_events_are_two_and_a_look_that_shows_fewer_forgets_none() {
        let mut news = News::default();
        let look = |times| job(FineTuningJobStatus::Running, vec![event("note", 5); times], vec![]);
        assert_eq!(shown(&news.of(look(2))), ["note", "note", "RUNNING"]);
        assert_eq!(shown(&news.of(look(0))), Vec::<String>::new());
        assert_eq!(shown(&news.of(look(3))), ["note"]);
    }

    #[test]
    fn a_checkpoint_completed_later_comes_again_and_a_status_that_falls_back_is_told() {
        let mut news = News::default();
        let loss = Metrics::default().train_loss(1.0);
        let look = |status, metrics| job(status, vec![], vec![checkpoint(1, 20, metrics)]);
        assert_eq!(shown(&news.of(look(FineTuningJobStatus::Running, loss))), ["step 1", "RUNNING"]);
        assert_eq!(shown(&news.of(look(FineTuningJobStatus::Queued, loss.valid_loss(2.0)))), ["step 1", "QUEUED"]);
    }
}
