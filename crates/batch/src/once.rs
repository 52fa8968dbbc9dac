//! Creating a job once, whatever the network does.

use std::time::Duration;

use mistral_models::{BatchJob, CreateBatchJob, ListBatchJobs, OrderBy, UnixTime};
use mistral_transport::{Error, Recent, Result, SeenPages};
use tokio::time::Instant;

use crate::{Jobs, Marker};

/// When to look for a job whose creation was not answered, counted from the attempt's end, or from when its end was noticed.
const LOOKS: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(15), Duration::from_secs(30)];
/// How often a job is posted at the most.
const POSTS: u32 = 3;
/// How much older than the attempt a job may be and still be the one: clocks and queues are not exact.
const SLACK: Duration = Duration::from_secs(5 * 60);

/// Jobs on a full page.
const PAGE: usize = 100;

/// Why nothing can be concluded from a listing.
const OUT_OF_ORDER: &str = "the list is not in the order that was asked for";
const BARE: &str = "the list shows no metadata";

/// What a look through the listing found.
enum Sight {
    /// Jobs that carry the marker, oldest first.
    Found(Vec<BatchJob>),
    /// The whole window was seen, and no job carries the marker.
    Absent,
    /// A job that could be the one shows no metadata, or the window has no end: nothing can be concluded.
    Unclear(&'static str),
}

pub(crate) async fn create(jobs: &Jobs, job: &CreateBatchJob, marker: &Marker) -> Result<BatchJob> {
    let marked = marker.on(job);
    let started = Instant::now();
    let (mut posts, mut attempts) = (1, 0);
    let mut created = loop {
        let error = match jobs.create(&marked).await {
            Ok(created) => break created,
            Err(error) if posts == 1 && !error.is_maybe_created() => return Err(error),
            Err(error) => error,
        };
        attempts += error.attempts();
        let after = |error: Error| error.after(attempts, started.elapsed());
        if !error.is_maybe_created() {
            return last_look(jobs, &marked, marker, started, error).await.map_err(after);
        }
        // A success that cannot be read has created the job: it must not be posted again.
        let surely = error.status().is_some_and(|status| status.is_success());
        if let Some(found) = look(jobs, &marked, marker, started, &error).await.map_err(after)? {
            break found;
        }
        if surely || posts == POSTS {
            let message = format!("no answer to {posts} attempts, and no job found that carries {marker}");
            return Err(after(Error::maybe_created("batch.jobs.create_once", message).caused_by(error)));
        }
        posts += 1;
    };
    if posts > 1 {
        created = settle(jobs, &marked, marker, started, created).await;
    }
    Ok(created)
}

/// Looks for the job on the schedule. `None` if it is certain that it is not there.
async fn look(
    jobs: &Jobs,
    marked: &CreateBatchJob,
    marker: &Marker,
    started: Instant,
    lost: &Error,
) -> Result<Option<BatchJob>> {
    let ended = Instant::now();
    let mut last = Err(None);
    for at in LOOKS {
        tokio::time::sleep_until(ended + at).await;
        last = match window(jobs, marked, marker, started.elapsed()).await {
            Ok(Sight::Found(found)) => return Ok(found.into_iter().next()),
            Ok(Sight::Absent) => Ok(()),
            Ok(Sight::Unclear(reason)) => return Err(unclear(marker, reason, lost.to_string())),
            Err(error) => Err(Some(error)),
        };
    }
    match last {
        Ok(()) => Ok(None),
        Err(error) => {
            let cause = error.map_or_else(|| lost.to_string(), |error| error.to_string());
            Err(unclear(marker, "the list could not be read", cause))
        }
    }
}

fn unclear(marker: &Marker, reason: &str, cause: String) -> Error {
    let message = format!("{reason}; if the job exists, it carries {marker} in its metadata");
    Error::maybe_created("batch.jobs.create_once", message).caused_by(cause)
}

/// Sees that one job is left where several were posted: the oldest.
async fn settle(
    jobs: &Jobs,
    marked: &CreateBatchJob,
    marker: &Marker,
    started: Instant,
    created: BatchJob,
) -> BatchJob {
    let Ok(Sight::Found(mut found)) = window(jobs, marked, marker, started.elapsed()).await else { return created };
    if found.iter().all(|job| job.id != created.id) {
        found.push(created.clone());
    }
    let mut found = found.into_iter();
    let kept = found.next().unwrap_or(created);
    for younger in found.filter(|job| !job.status.is_final()) {
        cancel_younger(jobs, &kept, &younger, marker).await;
    }
    kept
}

/// What is left to say when a later attempt is refused, after an earlier one whose outcome was unknown.
async fn last_look(
    jobs: &Jobs,
    marked: &CreateBatchJob,
    marker: &Marker,
    started: Instant,
    error: Error,
) -> Result<BatchJob> {
    match window(jobs, marked, marker, started.elapsed()).await {
        Ok(Sight::Found(found)) => found.into_iter().next().ok_or(error),
        Ok(Sight::Absent) => Err(error),
        Ok(Sight::Unclear(reason)) => Err(unclear(marker, reason, error.to_string())),
        Err(_) => Err(unclear(marker, "the list could not be read", error.to_string())),
    }
}

/// Looks through the jobs created since the first attempt.
async fn window(jobs: &Jobs, marked: &CreateBatchJob, marker: &Marker, age: Duration) -> Result<Sight> {
    let list = |transport, page| async move {
        Jobs::new(transport).list(&ListBatchJobs::default().page(page).order_by(OrderBy::CreatedDesc)).await
    };
    let created_at = |job: &BatchJob| job.created_at;
    let recent = Recent::look(jobs.transport(), "batch.jobs.list", age + SLACK, list, created_at).await?;
    if !recent.newest_first {
        return Ok(Sight::Unclear(OUT_OF_ORDER));
    }
    // A list that shows notes elsewhere shows that this job has none.
    let shows_metadata = recent.items.iter().any(|job| job.metadata.is_some());
    let could_be = recent.items.iter().any(|job| job.metadata.is_none() && alike(job, marked));
    let found: Vec<_> = recent.items.into_iter().filter(|job| marker.is_on(job)).collect();
    Ok(match found.is_empty() {
        false => Sight::Found(found),
        true if !recent.complete => Sight::Unclear("there are too many new jobs to look through"),
        true if could_be && !shows_metadata => Sight::Unclear(BARE),
        true => Sight::Absent,
    })
}

/// Whether a page is in order, newest first, and ends no later than the one before; only then can the end of a window be
/// seen. It may begin with jobs that were on the page before: new ones push the others on.
fn goes_back_in_time(last: &[BatchJob], page: &[BatchJob]) -> bool {
    let ends_later = match (last.last(), page.last()) {
        (Some(last), Some(page)) => page.created_at > last.created_at,
        _ => false,
    };
    !ends_later && page.is_sorted_by(|newer, older| newer.created_at >= older.created_at)
}

/// The job that an attempt may have created which somebody else made, and whose end nobody saw: looked for at once, and on
/// the schedule.
pub(crate) async fn search(
    jobs: &Jobs,
    job: &CreateBatchJob,
    marker: &Marker,
    since: UnixTime,
) -> Result<Option<BatchJob>> {
    let began = Instant::now();
    for at in [Duration::ZERO].into_iter().chain(LOOKS) {
        tokio::time::sleep_until(began + at).await;
        if let Some(found) = find(jobs, Some(job), marker, since).await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Sees that one of the jobs with this marker is left: the oldest.
pub(crate) async fn settle_since(jobs: &Jobs, marker: &Marker, since: UnixTime, created: BatchJob) -> BatchJob {
    match find(jobs, None, marker, since).await {
        Ok(Some(oldest)) if oldest.id != created.id => {
            cancel_younger(jobs, &oldest, &created, marker).await;
            oldest
        }
        // What cannot be seen cannot be settled; the job that was created is there.
        _ => created,
    }
}

async fn cancel_younger(jobs: &Jobs, kept: &BatchJob, younger: &BatchJob, marker: &Marker) {
    tracing::warn!(
        target: "mistral_batch",
        kept = %kept.id,
        cancelled = %younger.id,
        %marker,
        "two jobs carry the same marker; the younger is cancelled",
    );
    if let Err(error) = jobs.cancel(&younger.id).await {
        tracing::warn!(target: "mistral_batch", job = %younger.id, %error, "the younger job could not be cancelled");
    }
}

/// Whether the job could be the one that was posted, for all that is known of it. The model is no help: the service may
/// answer with the name behind an alias.
fn alike(job: &BatchJob, marked: &CreateBatchJob) -> bool {
    job.endpoint == marked.endpoint && job.input_files == marked.input_files.clone().unwrap_or_default()
}

/// The job that carries the marker, among those created since `since`. `like` is the job that was to be created, if it is
/// known: what is not like it need not show its metadata.
pub(crate) async fn find(
    jobs: &Jobs,
    like: Option<&CreateBatchJob>,
    marker: &Marker,
    since: UnixTime,
) -> Result<Option<BatchJob>> {
    let unclear = |reason: &str| {
        let message = format!("{reason}; if the job exists, it carries {marker} in its metadata");
        Err(Error::maybe_created("batch.jobs.find", message))
    };
    let mut last: Vec<BatchJob> = Vec::new();
    let mut found: Option<BatchJob> = None;
    let (mut shows_metadata, mut could_be) = (false, false);
    let mut pages = SeenPages::default();
    for page in 0.. {
        let params = ListBatchJobs::default().page(page).order_by(OrderBy::CreatedDesc);
        let jobs = jobs.list(&params).await?.data;
        if pages.repeats(&jobs) {
            // A short page that comes again is all there is; a full one hides what follows.
            if found.is_none() && jobs.len() >= PAGE {
                return unclear("the list shows the same page again and again");
            }
            break;
        }
        if !goes_back_in_time(&last, &jobs) {
            return unclear(OUT_OF_ORDER);
        }
        shows_metadata |= jobs.iter().any(|job| job.metadata.is_some());
        could_be |= jobs
            .iter()
            .any(|job| job.metadata.is_none() && job.created_at >= since && like.is_none_or(|like| alike(job, like)));
        let done = jobs.is_empty() || jobs.iter().any(|job| job.created_at < since);
        // Pages go back in time, so that the last match is the oldest job.
        found = jobs.iter().rev().find(|job| marker.is_on(job)).cloned().or(found);
        if done {
            break;
        }
        last = jobs;
    }
    if found.is_none() && could_be && !shows_metadata {
        return unclear(BARE);
    }
    Ok(found)
}
