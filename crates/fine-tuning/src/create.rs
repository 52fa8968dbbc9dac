//! Creating a job so that one is left, whatever the network does.

use std::collections::BTreeSet;
use std::time::Duration;

use mistral_models::{
    CreateFineTuningJob, FileId, FineTuningJob, FineTuningJobStatus, GithubRepository, Hyperparameters, JobRepository,
    ListFineTuningJobs,
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
/// How much older than the first attempt a job may be and still be the one that a 409 means.
const SLACK: Duration = Duration::from_secs(5 * 60);
/// What times in whole seconds can be off by.
const ROUNDING: Duration = Duration::from_secs(2);

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
        match possible(jobs, job, started, error.is_conflict()).await.map(|found| found.into_iter().next_back()) {
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
///
/// Only `created` is certainly ours, so nothing else is cancelled. It is, only for a job that was made since the first
/// attempt: an older one is another job, however alike, or the service would have refused this one.
async fn settle(jobs: &Jobs, job: &CreateFineTuningJob, started: Instant, created: FineTuningJob) -> FineTuningJob {
    let took = started.elapsed() + ROUNDING;
    let Ok((alike, _)) = alike(jobs, job, started).await else { return created };
    let of_an_attempt = |seen: &FineTuningJob| {
        is_live(&seen.status)
            && seen.created_at <= created.created_at
            && created.created_at.since(seen.created_at) <= took
    };
    let mut older = alike.into_iter().take_while(|seen| seen.id != created.id).filter(of_an_attempt);
    let Some(oldest) = older.next() else { return created };
    tracing::warn!(
        target: "mistral_fine_tuning",
        kept = %oldest.id,
        cancelled = %created.id,
        "the service took the same job twice; the younger is cancelled",
    );
    if let Err(error) = jobs.cancel(&created.id).await {
        tracing::warn!(target: "mistral_fine_tuning", job = %created.id, %error, "the younger job could not be cancelled");
    }
    for left in older {
        tracing::warn!(target: "mistral_fine_tuning", job = %left.id, "this job is alike and may be of a lost attempt too");
    }
    oldest
}

/// The jobs in the list that can be the one that was posted, oldest first.
///
/// That is one made since the first attempt; if the service has spoken of a `similar` job, also one that is under way.
async fn possible(
    jobs: &Jobs,
    job: &CreateFineTuningJob,
    started: Instant,
    similar: bool,
) -> Result<Vec<FineTuningJob>> {
    let (mut alike, since) = alike(jobs, job, started).await?;
    alike.retain(|seen| {
        let live = is_live(&seen.status);
        since.map_or(live, |since| seen.created_at.as_secs() >= since) || similar && live
    });
    Ok(alike)
}

/// The new jobs in the list that are like the one that was posted, oldest first; and the time of the first attempt by the
/// service's clock, in seconds, if the service tells its time.
async fn alike(jobs: &Jobs, job: &CreateFineTuningJob, started: Instant) -> Result<(Vec<FineTuningJob>, Option<i64>)> {
    let list =
        |transport, page| async move { Jobs::new(transport).list(&ListFineTuningJobs::default().page(page)).await };
    let created_at = |job: &FineTuningJob| job.created_at;
    let age = started.elapsed() + SLACK;
    let recent = Recent::look(jobs.transport(), "fine_tuning.jobs.list", age, list, created_at).await?;
    let age = i64::try_from((started.elapsed() + ROUNDING).as_secs()).unwrap_or(i64::MAX);
    let since = recent.now.map(|now| now.as_secs().saturating_sub(age));
    let alike: Vec<_> = recent.items.into_iter().filter(|seen| is_alike(seen, job)).collect();
    if alike.is_empty() && !recent.complete {
        let message = "there are too many new jobs to look through";
        return Err(Error::new(ErrorKind::UnexpectedResponse, message).during("fine_tuning.jobs.list"));
    }
    Ok((alike, since))
}

fn is_live(status: &FineTuningJobStatus) -> bool {
    !status.is_final() && *status != FineTuningJobStatus::CancellationRequested
}

/// Whether the job can be the one that was posted, for all that a list tells of it: neither the weights of files nor what a
/// classifier decides. Hyperparameters are compared where the request sets them: an answer fills in the rest.
fn is_alike(seen: &FineTuningJob, job: &CreateFineTuningJob) -> bool {
    let training = job.training_files.iter().flatten().map(|file| &file.file_id);
    seen.model == job.model
        && suffix(&seen.suffix) == suffix(&job.suffix)
        && ids(&seen.training_files) == ids(training)
        && ids(&seen.validation_files) == ids(job.validation_files.iter().flatten())
        && are_trained_on(&seen.repositories, job.repositories.as_deref().unwrap_or_default())
        && agree(&seen.job_type, &job.job_type)
        && hyperparameters_agree(&seen.hyperparameters, &job.hyperparameters)
}

/// An empty suffix is none.
fn suffix(suffix: &Option<String>) -> &str {
    suffix.as_deref().unwrap_or_default()
}

/// Ids in lower case, which is how the service writes them: upper case is as good in a request.
fn ids<'a>(ids: impl IntoIterator<Item = &'a FileId>) -> BTreeSet<String> {
    ids.into_iter().map(|id| id.as_str().to_ascii_lowercase()).collect()
}

/// Whether these are the repositories that were asked for, as far as they can be told apart.
fn are_trained_on(seen: &[JobRepository], wanted: &[GithubRepository]) -> bool {
    let is = |seen: &JobRepository, wanted: &GithubRepository| match seen {
        JobRepository::Github(seen) => {
            (&seen.owner, &seen.name) == (&wanted.owner, &wanted.name) && agree(&seen.reference, &wanted.reference)
        }
        _ => false,
    };
    seen.len() == wanted.len() && wanted.iter().all(|wanted| seen.iter().any(|seen| is(seen, wanted)))
}

/// Whether two say the same, as far as both say something.
fn agree<T: PartialEq>(seen: &Option<T>, wanted: &Option<T>) -> bool {
    seen.is_none() || wanted.is_none() || seen == wanted
}

/// Whether what was asked for is what is seen. An answer without any hyperparameters says nothing.
fn hyperparameters_agree(seen: &Hyperparameters, wanted: &Hyperparameters) -> bool {
    let same = |seen: Option<u64>, wanted: Option<u64>| wanted.is_none() || seen == wanted;
    *seen == Hyperparameters::default()
        || same(seen.training_steps, wanted.training_steps)
            && close(Some(seen.learning_rate), Some(wanted.learning_rate))
            && close(seen.weight_decay, wanted.weight_decay)
            && close(seen.warmup_fraction, wanted.warmup_fraction)
            && close(seen.epochs, wanted.epochs)
            && same(seen.seq_len, wanted.seq_len)
            && close(seen.fim_ratio, wanted.fim_ratio)
}

/// Whether the number that was asked for is seen; it may have been kept in half the digits.
fn close(seen: Option<f64>, wanted: Option<f64>) -> bool {
    match (seen, wanted) {
        (_, None) => true,
        (Some(seen), Some(wanted)) => (seen - wanted).abs() <= 1e-6 * wanted.abs(),
        (None, Some(_)) => false,
    }
}
