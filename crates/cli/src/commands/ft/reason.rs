use mistral_sdk::models::{FineTuningJob, FineTuningJobStatus};

use super::job_view;

/// Why a job ended without a model, in the service's words; `None` for any other job, and where nothing is said.
///
/// No document names a place for the reason. It is the error of the newest event that has one, or else whatever the event
/// says that told of the end.
pub(crate) fn reason(job: &FineTuningJob) -> Option<String> {
    if !job.status.is_final() || job.status == FineTuningJobStatus::Success {
        return None;
    }
    let error = job.events.iter().find_map(|event| event.error());
    error.map(str::to_owned).or_else(|| {
        let last = job.events.iter().find(|event| event.status().as_ref() == Some(&job.status))?;
        let more = last.data.as_ref()?.as_object()?.keys().any(|key| key != "status");
        more.then(|| job_view::event(last))
    })
}

#[cfg(test)]
mod tests {
    use mistral_sdk::models::{FineTuningEvent, FineTuningJobType, UnixTime};
    use serde_json::{Value, json};

    use super::*;

    fn said(status: FineTuningJobStatus, events: &[Value]) -> Option<String> {
        let mut job = FineTuningJob::new("job", FineTuningJobType::Completion, "m", UnixTime::from_secs(0));
        job.status = status;
        let event = |data: &Value| FineTuningEvent::new("status-updated", Some(data.clone()), UnixTime::from_secs(0));
        job.events = events.iter().map(event).collect();
        reason(&job)
    }

    #[test]
    fn the_reason_is_the_newest_error() {
        let events = [json!({"status": "FAILED", "error": "no data"}), json!({"error": "older"})];
        assert_eq!(said(FineTuningJobStatus::Failed, &events).as_deref(), Some("no data"));
        assert_eq!(said(FineTuningJobStatus::Success, &events), None);
        assert_eq!(said(FineTuningJobStatus::Running, &events), None);
    }

    #[test]
    fn without_an_error_it_is_what_the_last_event_says_beyond_the_status() {
        let told = json!({"status": "CANCELLED", "by": "ops"});
        assert_eq!(
            said(FineTuningJobStatus::Cancelled, &[told]).as_deref(),
            Some("status-updated · by: ops, status: CANCELLED")
        );
        assert_eq!(said(FineTuningJobStatus::Cancelled, &[json!({"status": "CANCELLED"})]), None);
        assert_eq!(said(FineTuningJobStatus::Failed, &[]), None);
    }
}
