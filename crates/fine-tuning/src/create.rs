//! Creating a job so that one is left, whatever the network does.

use std::collections::BTreeSet;
use std::time::Duration;

use mistral_models::{
    CreateFineTuningJob, FileId, FineTuningJob, FineTuningJobStatus, Hyperparameters, ListFineTuningJobs,
};
use mistral_transport::retry::{Backoff, Jitter};
use mistral_transport::{Error, ErrorKind, Recent, Result};
use tokio::time::Instant;

use crate::Jobs;
use crate::refusal::of_creation;

const OPERATION: &str = "fine_tuning.jobs.create";

/// How often a job is posted at the most.
const POSTS: u32 = 3;
/// How long after an attempt in doubt the job is posted again: time for a request that is still being worked on.
const PAUSE: Backoff = Backoff {
    floor: Duration::from_secs(5),
    initial: Duration::from_secs(10),
    factor: 1.0,
    cap: Duration::from_secs(10),
    jitter: Jitter::Full,
};
/// When to look for the job, counted from the last attempt's end.
const LOOKS: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(15), Duration::from_secs(30)];
/// How much older than the attempt a job may be and still be the one: clocks and queues are not exact.
const SLACK: Duration = Duration::from_secs(5 * 60);

pub(crate) async fn create(jobs: &Jobs, job: &CreateFineTuningJob) -> Result<FineTuningJob> {
    let started = Instant::now();
    let (mut posts, mut attempts) = (1, 0);
    loop {
        let error = match jobs.post(job).await {
            Ok(created) if posts > 1 => return Ok(settle(jobs, job, started, created).await),
            Ok(created) => return Ok(created),
            Err(error) if posts == 1 && !error.is_maybe_created() => return Err(of_creation(error)),
            Err(error) => error,
        };
        // A success that cannot be read has created the job: it must not be posted again.
        let surely = error.status().is_some_and(|status| status.is_success());
        attempts += error.attempts();
        if surely || !error.is_maybe_created() || posts == POSTS {
            let found = look_up(jobs, job, started, error).await;
            return found.map_err(|error| error.after(attempts, started.elapsed()));
        }
        tokio::time::sleep(PAUSE.delay(0)).await;
        posts += 1;
    }
}

/// Looks on the schedule for the job that an attempt in doubt may have created, after the last attempt has ended in `error`.
async fn look_up(jobs: &Jobs, job: &CreateFineTuningJob, started: Instant, error: Error) -> Result<FineTuningJob> {
    let ended = Instant::now();
    let mut unread = None;
    for at in LOOKS {
        tokio::time::sleep_until(ended + at).await;
        match seen(jobs, job, started.elapsed()).await.map(|seen| seen.into_iter().next_back()) {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => unread = None,
            Err(error) => unread = Some(error),
        }
    }
    let (message, cause) = match unread {
        Some(unread) => ("an answer was lost, and the list of jobs could not be read", unread),
        // The service has the last word on what it refuses for other reasons than a similar job.
        None if !error.is_conflict() && !error.is_maybe_created() => return Err(of_creation(error)),
        None if error.is_conflict() => {
            ("an answer was lost; a similar job is under way, but none in the list can be told to be this one", error)
        }
        None => ("an answer was lost, and no job in the list can be told to be this one", error),
    };
    Err(Error::maybe_created(OPERATION, message).caused_by(cause))
}

/// Sees that one job is left where two were posted and the service took both: the older.
async fn settle(jobs: &Jobs, job: &CreateFineTuningJob, started: Instant, created: FineTuningJob) -> FineTuningJob {
    let Ok(seen) = seen(jobs, job, started.elapsed()).await else { return created };
    let Some(older) = seen.into_iter().find(|seen| seen.id != created.id && is_live(&seen.status)) else {
        return created;
    };
    tracing::warn!(
        target: "mistral_fine_tuning",
        kept = %older.id,
        cancelled = %created.id,
        "the service took the same job twice; the younger is cancelled",
    );
    if let Err(error) = jobs.cancel(&created.id).await {
        tracing::warn!(target: "mistral_fine_tuning", job = %created.id, %error, "the younger job could not be cancelled");
    }
    older
}

/// The jobs in the list that can be the one that was posted, oldest first.
///
/// One that has reached its end must have been created since the first attempt: an older one is an earlier try of the user's.
async fn seen(jobs: &Jobs, job: &CreateFineTuningJob, age: Duration) -> Result<Vec<FineTuningJob>> {
    let list =
        |transport, page| async move { Jobs::new(transport).list(&ListFineTuningJobs::default().page(page)).await };
    let created_at = |job: &FineTuningJob| job.created_at;
    let recent = Recent::look(jobs.transport(), "fine_tuning.jobs.list", age + SLACK, list, created_at).await?;
    let first = recent.now.map(|now| now.as_secs().saturating_sub(i64::try_from(age.as_secs()).unwrap_or(i64::MAX)));
    let possible =
        |seen: &FineTuningJob| is_live(&seen.status) || first.is_some_and(|first| seen.created_at.as_secs() >= first);
    let found: Vec<_> = recent.items.into_iter().filter(|seen| is_alike(seen, job) && possible(seen)).collect();
    if found.is_empty() && !recent.complete {
        let message = "there are too many new jobs to look through";
        return Err(Error::new(ErrorKind::UnexpectedResponse, message).during("fine_tuning.jobs.list"));
    }
    Ok(found)
}

fn is_live(status: &FineTuningJobStatus) -> bool {
    !status.is_final() && *status != FineTuningJobStatus::CancellationRequested
}

/// Whether the job is the one that was posted, for all that is known of it. The suffix and the data are compared whole,
/// hyperparameters where the request sets them: an answer fills in the rest.
fn is_alike(seen: &FineTuningJob, job: &CreateFineTuningJob) -> bool {
    let training = job.training_files.iter().flatten().map(|file| &file.file_id);
    let validation = job.validation_files.iter().flatten();
    seen.model == job.model
        && seen.suffix == job.suffix
        && seen.training_files.iter().collect::<BTreeSet<&FileId>>() == training.collect()
        && seen.validation_files.iter().collect::<BTreeSet<&FileId>>() == validation.collect()
        && agree(&seen.job_type, &job.job_type)
        && agree_in_all(&seen.hyperparameters, &job.hyperparameters)
}

/// Whether two say the same, as far as both say something.
fn agree<T: PartialEq>(seen: &Option<T>, wanted: &Option<T>) -> bool {
    seen.is_none() || wanted.is_none() || seen == wanted
}

fn agree_in_all(seen: &Hyperparameters, wanted: &Hyperparameters) -> bool {
    agree(&seen.training_steps, &wanted.training_steps)
        && close(Some(seen.learning_rate), Some(wanted.learning_rate))
        && close(seen.weight_decay, wanted.weight_decay)
        && close(seen.warmup_fraction, wanted.warmup_fraction)
        && close(seen.epochs, wanted.epochs)
        && agree(&seen.seq_len, &wanted.seq_len)
        && close(seen.fim_ratio, wanted.fim_ratio)
}

/// As [`agree`], for numbers that may have been kept in half the digits.
fn close(seen: Option<f64>, wanted: Option<f64>) -> bool {
    match (seen, wanted) {
        (Some(seen), Some(wanted)) => (seen - wanted).abs() <= 1e-6 * wanted.abs(),
        _ => true,
    }
}
