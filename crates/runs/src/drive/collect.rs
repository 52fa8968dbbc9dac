use std::sync::{Arc, Mutex, PoisonError};

use futures_core::Stream;
use futures_util::{StreamExt as _, future, stream};
use mistral_batch::ResultLine;
use mistral_models::{BatchJob, BatchJobStatus};
use mistral_transport::{Error, ErrorKind, Result};

use super::sights::Ended;
use crate::context::{Context, Tell};
use crate::join::join;
use crate::journal::{Collected, Record};
use crate::part::Part;
use crate::{Event, Tally, Usage};

/// Remarks that are kept of a part.
const REMARKS: usize = 10;

/// What came of an attempt to collect a part.
pub(super) enum Collection {
    /// What became of its rows is on disk.
    Done,
    /// Its results are not to be found, which may pass.
    ResultsGone(Error),
}

/// Brings what became of the rows of a part to disk. With `give_up`, results that are not to be found do not exist any more.
pub(super) async fn collect(
    context: &Arc<Context>,
    part: &Part,
    ended: Ended,
    give_up: bool,
    tell: &Tell,
) -> Result<Collection> {
    let (why, hold) = (why_missing(&ended), context.journal.hold().await);
    let mut collected = Collected {
        part: part.number,
        status: None,
        tally: Tally::default(),
        usage: Usage::default(),
        errors: Vec::new(),
        results_gone: false,
        files: Vec::new(),
    };
    let joined = match ended {
        Ended::Job(job) => {
            let job = latest(context, part, *job).await?;
            let gone = Arc::new(Mutex::new(None));
            let joined = join(&context.source, part, results(context, &job, &gone, give_up), why, Some(hold)).await;
            let gone = gone.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let (Some(error), false) = (gone.as_ref(), give_up) {
                return Ok(Collection::ResultsGone(Error::new(ErrorKind::NotFound, error.clone()).during("runs.run")));
            }
            let mut joined = joined?;
            collected.results_gone = gone.is_some();
            joined.remarks.extend(gone);
            // A job that succeeded counts what its requests failed of, which every row says for itself.
            let errors = job.errors.iter().filter(|_| job.status != BatchJobStatus::Success);
            collected.errors.extend(errors.map(|error| format!("{} × {}", error.count, error.message)));
            collected.files.extend(job.output_file.into_iter().chain(job.error_file));
            collected.status = Some(job.status);
            joined
        }
        Ended::Gone | Ended::NeverSent => join(&context.source, part, stream::empty(), why, Some(hold)).await?,
    };
    collected.errors.extend(joined.remarks);
    collected.errors.truncate(REMARKS);
    (collected.tally, collected.usage) = (joined.tally, joined.usage);
    context.journal.append(Record::Collected(Box::new(collected.clone()))).await?;
    let Collected { part, status, tally, errors, .. } = collected;
    for message in errors {
        tell.tell(Event::Remark { part, message });
    }
    tell.tell(Event::Collected { part, status, tally });
    Ok(Collection::Done)
}

/// The job as it is now: a listing may show less of it, or show it as it was.
async fn latest(context: &Context, part: &Part, job: BatchJob) -> Result<BatchJob> {
    if part.inline {
        // It would come with all its results at once.
        return Ok(job);
    }
    match context.jobs.get(&job.id).await {
        Ok(latest) if latest.status.is_final() => Ok(latest),
        Ok(_) => Ok(job),
        Err(error) if error.is_not_found() => Ok(job),
        Err(error) => Err(error),
    }
}

/// The results of a job. Those that are not to be found are told of in `gone`; with `give_up` they end the stream like any
/// others.
fn results(
    context: &Context,
    job: &BatchJob,
    gone: &Arc<Mutex<Option<String>>>,
    give_up: bool,
) -> impl Stream<Item = Result<ResultLine>> + Send + use<> {
    let gone = gone.clone();
    context.jobs.result_lines(job).filter_map(move |line| {
        future::ready(match line {
            Err(error) if error.is_not_found() => {
                let what = if give_up { "do not exist any more" } else { "are not to be found" };
                let message = format!("its results {what}: {error}");
                *gone.lock().unwrap_or_else(PoisonError::into_inner) = Some(message);
                (!give_up).then_some(Err(error))
            }
            line => Some(line),
        })
    })
}

/// Why a row of a part that ended so has no result.
fn why_missing(ended: &Ended) -> String {
    match ended {
        Ended::Job(job) => match &job.status {
            BatchJobStatus::Success => "the job's results do not mention this request".to_owned(),
            status => match job.errors.first() {
                Some(error) => format!("the job ended {status} before this request was answered: {}", error.message),
                None => format!("the job ended {status} before this request was answered"),
            },
        },
        Ended::Gone => "the job of this request does not exist any more".to_owned(),
        Ended::NeverSent => "the run was cancelled before this request was sent".to_owned(),
    }
}
