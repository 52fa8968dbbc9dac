use std::sync::Arc;

use futures_util::{StreamExt as _, future, stream};
use mistral_batch::Outcome;
use mistral_models::{BatchJob, BatchJobStatus};
use mistral_transport::Result;

use super::sights::Ended;
use crate::Event;
use crate::context::{Context, Tell};
use crate::join::join;
use crate::journal::{Collected, Record};
use crate::part::Part;

/// Remarks that are kept of a part.
const REMARKS: usize = 10;

/// Brings what became of the rows of a part to disk.
pub(super) async fn collect(context: &Arc<Context>, part: &Part, ended: Ended, tell: &Tell) -> Result<()> {
    let why = why_missing(&ended);
    let (joined, status, files, errors) = match ended {
        Ended::Job(job) => {
            let gone = Arc::new(std::sync::Mutex::new(None));
            let results = results(context, &job, &gone);
            let mut joined = join(&context.source, part, results, why).await?;
            let gone = gone.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
            joined.remarks.extend(gone);
            let files = job.output_file.iter().chain(&job.error_file).cloned().collect();
            // A job that succeeded counts what its requests failed of, which every row says for itself.
            let errors = job.errors.iter().filter(|_| job.status != BatchJobStatus::Success);
            let errors = errors.map(|error| format!("{} × {}", error.count, error.message));
            (joined, Some(job.status.clone()), files, errors.collect::<Vec<_>>())
        }
        Ended::Gone | Ended::NeverSent => {
            let joined = join(&context.source, part, stream::empty(), why).await?;
            (joined, None, Vec::new(), Vec::new())
        }
    };
    let remarks: Vec<_> = errors.into_iter().chain(joined.remarks).take(REMARKS).collect();
    let (number, tally) = (part.number, joined.tally);
    let collected =
        Collected { part: number, status: status.clone(), tally, usage: joined.usage, errors: remarks.clone(), files };
    context.journal.append(Record::Collected(Box::new(collected))).await?;
    for message in remarks {
        tell.tell(Event::Remark { part: number, message });
    }
    tell.tell(Event::Collected { part: number, status, tally });
    Ok(())
}

/// The results of a job. Those that do not exist any more end the stream, and are told of in `gone`.
fn results(
    context: &Context,
    job: &BatchJob,
    gone: &Arc<std::sync::Mutex<Option<String>>>,
) -> impl futures_core::Stream<Item = Result<Outcome>> + Send + use<> {
    let gone = gone.clone();
    context.jobs.results(job).filter_map(move |outcome| {
        future::ready(match outcome {
            Err(error) if error.is_not_found() => {
                let message = format!("its results do not exist any more: {error}");
                *gone.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(message);
                None
            }
            outcome => Some(outcome),
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
        Ended::Gone => "the job does not exist any more".to_owned(),
        Ended::NeverSent => "the run was cancelled before this request was sent".to_owned(),
    }
}
