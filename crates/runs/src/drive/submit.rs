use std::sync::Arc;
use std::time::Duration;

use mistral_batch::Marker;
use mistral_files::Upload;
use mistral_models::{BatchJob, CreateBatchJob, FilePurpose, UnixTime};
use mistral_transport::Result;

use super::admission::{self, ROWS};
use super::look::RUN;
use crate::Event;
use crate::blocking::blocking;
use crate::context::{Context, Tell};
use crate::journal::{Creation, PartState, Record};
use crate::rows;

/// What came of an attempt to submit a part.
pub(super) enum Submission {
    /// Its job exists.
    Created,
    /// It has no job, and is to have none.
    NotCreated,
    /// It must wait: too many requests are pending.
    Held { others: u64, reason: String },
}

/// When to look for a job that a process created just before it died, counted from then.
const LOOKS: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(15), Duration::from_secs(30)];
/// How much older than the attempt a job may be, in seconds: clocks are not exact.
const SLACK: i64 = 5 * 60;

/// Sends the requests of a part and creates its job, once.
///
/// `own` is what this run has pending; `certain` whether it is known that no attempt so far has created anything, and after
/// an error whether that is so now.
pub(super) async fn submit(
    context: &Arc<Context>,
    part: &PartState,
    own: u64,
    certain: &mut bool,
    tell: &Tell,
) -> Result<Submission> {
    let number = part.part.number;
    if let Some(creation) = part.creation.as_ref().filter(|_| !*certain) {
        if let Some(job) = find(context, part, creation).await? {
            let submission = created(context, part, &job, true, tell).await?;
            if context.journal.state(|state| state.cancelled) {
                context.jobs.cancel(&job.id).await?;
            }
            return Ok(submission);
        }
    }
    *certain = true;
    let (run, spec, cancelled) =
        context.journal.state(|state| (state.begun.id.clone(), state.begun.spec.clone(), state.cancelled));
    if cancelled {
        return Ok(Submission::NotCreated);
    }
    let rows = part.part.rows.to_string();
    let job = spec.job.metadata(RUN, &run).metadata(ROWS, rows);
    let job = with_requests(context, part, job, &run, tell).await?;
    // Asked for last, so that what is counted is as fresh as can be.
    let others = admission::others_pending(context, &run).await?;
    if own + others > 0 && own + others + part.part.rows > spec.limits.pending {
        let reason = format!("{} requests are pending, and {} may be", own + others, spec.limits.pending);
        return Ok(Submission::Held { others, reason });
    }
    let marker = Marker::new(format!("{run}-{number}"));
    if part.creation.is_none() {
        let creating = Record::Creating { part: number, marker: marker.value().to_owned(), at: context.clock.now() };
        context.journal.append(creating).await?;
    }
    match context.jobs.create_once(&job, &marker).await {
        Ok(job) => created(context, part, &job, false, tell).await,
        Err(error) if admission::is_refusal(&error) => Ok(Submission::Held { others, reason: error.to_string() }),
        Err(error) => {
            *certain = !error.is_maybe_created();
            Err(error)
        }
    }
}

/// The job with its requests: in the creation itself, or in a file that is sent before.
async fn with_requests(
    context: &Arc<Context>,
    part: &PartState,
    job: CreateBatchJob,
    run: &str,
    tell: &Tell,
) -> Result<CreateBatchJob> {
    let number = part.part.number;
    let (source, plan) = (context.source.clone(), Arc::new(part.part.clone()));
    if plan.inline {
        let requests = blocking(move || rows::requests(&source, &plan)).await?;
        return Ok(job.requests(requests));
    }
    if let Some(file) = &part.file {
        return Ok(job.input_file(file));
    }
    tell.tell(Event::Uploading { part: number, bytes: plan.bytes });
    let (name, bytes) = (plan.filename(run), plan.bytes);
    let upload = Upload::replayable(name, bytes, move || rows::body(source.clone(), plan.clone()));
    let file = context.files.upload(upload, FilePurpose::Batch).await?;
    context.journal.append(Record::Uploaded { part: number, file: file.id.clone() }).await?;
    tell.tell(Event::Uploaded { part: number, file: file.id.clone() });
    Ok(job.input_file(&file.id))
}

async fn created(context: &Context, part: &PartState, job: &BatchJob, found: bool, tell: &Tell) -> Result<Submission> {
    let number = part.part.number;
    context.journal.append(Record::Created { part: number, job: job.id.clone() }).await?;
    tell.tell(Event::Created { part: number, job: job.id.clone(), rows: part.part.rows, found });
    Ok(Submission::Created)
}

/// The job that an earlier process was about to create.
///
/// A request may still have been on its way when that process died, so that the job may show a little later.
async fn find(context: &Context, part: &PartState, creation: &Creation) -> Result<Option<BatchJob>> {
    let marker = Marker::new(&creation.marker);
    let mut like = context.journal.state(|state| state.begun.spec.job.clone());
    like.input_files = part.file.clone().map(|file| vec![file]);
    let since = UnixTime::from_secs(creation.at.as_secs().saturating_sub(SLACK));
    if let Some(job) = context.jobs.find_like(&like, &marker, since).await? {
        return Ok(Some(job));
    }
    let age = context.clock.now().since(creation.at);
    let due = LOOKS.into_iter().filter(|look| age < *look).map(|look| look - age);
    let mut waited = Duration::ZERO;
    for look in due {
        tokio::time::sleep(look.saturating_sub(waited)).await;
        waited = waited.max(look);
        if let Some(job) = context.jobs.find_like(&like, &marker, since).await? {
            return Ok(Some(job));
        }
    }
    Ok(None)
}
