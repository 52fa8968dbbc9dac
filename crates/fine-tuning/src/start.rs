//! Starting a validated job, whatever the network does.

use std::time::Duration;

use mistral_models::{FineTuningJob, FineTuningJobId, FineTuningJobStatus};
use mistral_transport::{Error, ErrorKind, Result};

use crate::Jobs;

pub(crate) const OPERATION: &str = "fine_tuning.jobs.start";

/// How often a start is posted at the most.
const POSTS: u32 = 3;
/// When to look at a job whose start was not answered, counted from the attempt's end.
const LOOKS: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(15)];

pub(crate) async fn start(jobs: &Jobs, id: &FineTuningJobId) -> Result<FineTuningJob> {
    let started = tokio::time::Instant::now();
    let (mut posts, mut attempts) = (1, 0);
    loop {
        let error = match jobs.post_start(id).await {
            Ok(job) => return Ok(job),
            Err(error) if error.is_maybe_created() || posts > 1 => error,
            Err(error) => return Err(error),
        };
        attempts += error.attempts();
        let job = look(jobs, id).await.map_err(|unseen| {
            let message = format!("an answer was lost, and job {id} cannot be read");
            Error::new(unseen.kind(), message).during(OPERATION).caused_by(unseen).after(attempts, started.elapsed())
        })?;
        if has_started(&job.status) {
            return Ok(job);
        }
        // What is refused after an attempt in doubt is refused for good, and only a validated job can be started.
        let again = error.is_maybe_created() && job.status == FineTuningJobStatus::Validated;
        if posts == POSTS || !again {
            let message = format!("no good answer to {posts} attempts, and job {id} is {}", job.status);
            let error = Error::new(error.kind(), message).during(OPERATION).caused_by(error);
            return Err(error.after(attempts, started.elapsed()));
        }
        posts += 1;
    }
}

/// Looks at the job on the schedule until it shows that it was started; as it was last seen, if it never does.
async fn look(jobs: &Jobs, id: &FineTuningJobId) -> Result<FineTuningJob> {
    let ended = tokio::time::Instant::now();
    let mut last = Ok(None);
    for at in LOOKS {
        tokio::time::sleep_until(ended + at).await;
        last = match jobs.get(id).await {
            Ok(job) if has_started(&job.status) => return Ok(job),
            Ok(job) => Ok(Some(job)),
            Err(error) if error.is_transient() => Err(error),
            Err(error) => return Err(error),
        };
    }
    last?.ok_or_else(|| Error::new(ErrorKind::UnexpectedResponse, "there was no look"))
}

/// Whether a job of this status is past the point where it waits to be started. A status this version does not know is no
/// sign of it.
fn has_started(status: &FineTuningJobStatus) -> bool {
    use FineTuningJobStatus::{Failed, Running, Started, Success};

    matches!(status, Started | Running | Success | Failed)
}
