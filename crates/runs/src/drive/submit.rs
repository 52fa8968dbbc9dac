use std::sync::Arc;

use mistral_batch::Marker;
use mistral_files::Upload;
use mistral_models::{BatchJob, CreateBatchJob, FilePurpose, UnixTime};
use mistral_transport::Result;

use super::admission::{self, ROWS};
use super::look::RUN;
use super::turn;
use crate::Event;
use crate::blocking::blocking;
use crate::context::{Context, Tell};
use crate::journal::{PartState, Record};
use crate::rows;

/// What came of an attempt to submit a part.
pub(super) enum Submission {
    /// Its job exists. What others had pending before, if that was asked for.
    Created { others: Option<u64> },
    /// It has no job, and is to have none.
    NotCreated,
    /// It must wait: too many requests are pending. `alone` if, for all that can be counted, none is.
    Held { others: u64, reason: String, alone: bool },
}

/// How much older than the attempt a job may be, in seconds: clocks are not exact.
const SLACK: i64 = 5 * 60;

/// Sends the requests of a part and creates its job, once.
///
/// `pending` is what each part of this run had pending when that was last seen; `certain` whether it is known that no attempt
/// so far has created anything, and after an error whether that is so now.
pub(super) async fn submit(
    context: &Arc<Context>,
    part: &PartState,
    pending: Vec<u64>,
    certain: &mut bool,
    tell: &Tell,
) -> Result<Submission> {
    let number = part.part.number;
    let (run, spec) = context.journal.state(|state| (state.begun.id.clone(), state.begun.spec.clone()));
    let in_doubt = part.creation.as_ref().filter(|_| !*certain).map(|creation| {
        (Marker::new(&creation.marker), UnixTime::from_secs(creation.at.as_secs().saturating_sub(SLACK)))
    });
    if let Some((marker, since)) = &in_doubt {
        let mut like = spec.job.clone();
        like.input_files = part.file.clone().map(|file| vec![file]);
        if let Some(job) = context.jobs.search(&like, marker, *since).await? {
            return created(context, part, &job, true, None, tell).await;
        }
    }
    *certain = true;
    if context.journal.state(|state| state.cancelled) {
        return Ok(Submission::NotCreated);
    }
    let rows = part.part.rows.to_string();
    let job = spec.job.metadata(RUN, &run).metadata(ROWS, rows);
    let job = with_requests(context, part, job, &run, tell).await?;
    // Asked for last, so that what is counted is as fresh as can be.
    // One part at a time, and one run: each counts what those before it have created.
    let _mine = context.turn.lock().await;
    let turn = match context.journal.state(|state| state.begun.base_uri.clone()) {
        Some(address) => turn::take(address).await,
        None => None,
    };
    let others = admission::others_pending(context, &run).await?;
    let own: u64 = context.journal.state(|state| {
        let open = state.parts.iter().filter(|part| part.job.is_some() && part.collected.is_none());
        open.map(|part| pending.get(part.part.number).copied().unwrap_or(part.part.rows)).sum()
    });
    if own + others > 0 && own + others + part.part.rows > spec.limits.pending {
        let reason = format!("{} requests are pending, and {} may be", own + others, spec.limits.pending);
        return Ok(Submission::Held { others, reason, alone: false });
    }
    let marker = Marker::new(format!("{run}-{number}"));
    let creating = Record::Creating { part: number, marker: marker.value().to_owned(), at: context.clock.now() };
    // The run may have been cancelled meanwhile.
    if !context.journal.append_if(creating, |state| !state.cancelled).await? {
        return Ok(Submission::NotCreated);
    }
    let once = context.jobs.create_once(&job, &marker).await;
    drop(turn);
    match once {
        Ok(mut job) => {
            if let Some((_, since)) = in_doubt {
                job = context.jobs.settle(&marker, since, job).await;
            }
            created(context, part, &job, false, Some(others), tell).await
        }
        Err(error) if admission::is_refusal(&error) => {
            Ok(Submission::Held { others, reason: error.to_string(), alone: own + others == 0 })
        }
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
        // It may have been deleted since an earlier process sent it.
        match context.files.get(file).await {
            Ok(found) if found.deleted != Some(true) => return Ok(job.input_file(file)),
            Ok(_) => {}
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error),
        }
    }
    tell.tell(Event::Uploading { part: number, bytes: plan.bytes });
    let (name, bytes) = (plan.filename(run), plan.bytes);
    let upload = Upload::replayable(name, bytes, move || rows::body(source.clone(), plan.clone()));
    let file = context.files.upload(upload, FilePurpose::Batch).await?;
    context.journal.append(Record::Uploaded { part: number, file: file.id.clone() }).await?;
    tell.tell(Event::Uploaded { part: number, file: file.id.clone() });
    Ok(job.input_file(&file.id))
}

async fn created(
    context: &Context,
    part: &PartState,
    job: &BatchJob,
    found: bool,
    others: Option<u64>,
    tell: &Tell,
) -> Result<Submission> {
    let number = part.part.number;
    context.journal.append(Record::Created { part: number, job: job.id.clone() }).await?;
    tell.tell(Event::Created { part: number, job: job.id.clone(), rows: part.part.rows, found });
    Ok(Submission::Created { others })
}
