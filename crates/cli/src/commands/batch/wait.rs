use std::time::{Duration, Instant};

use futures_util::TryStreamExt as _;
use mistral_sdk::ErrorKind;
use mistral_sdk::models::{BatchJob, BatchJobId, BatchJobStatus};

use super::job_view;
use crate::args::{Format, WaitArgs};
use crate::connect::Session;
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::stage::{GoOn, Stage};
use crate::terminal::Progress;

/// Waits for the end of a job and prints it.
pub(super) async fn wait(context: &Context, args: &WaitArgs) -> Result<ExitCode> {
    let (session, go_on) = known_job(context, &args.id).await?;
    let waited = watch_to_the_end(context, &session, &args.id, args.wait_limit).await;
    let job = waited.map_err(|failure| go_on.add_to(failure))?;
    context.data().item(&job, &job_view::fields(&job))?;
    Ok(exit_code(&job))
}

/// Prints a job each time it changes.
pub(super) async fn watch(context: &Context, args: &WaitArgs) -> Result<ExitCode> {
    let (session, go_on) = known_job(context, &args.id).await?;
    let poll = args.wait_limit.map_or(session.poll, |limit| session.poll.limit(limit));
    let (mut changes, data) = (session.client.batch().jobs().watch(&args.id, poll), context.data());
    let mut last = None;
    while let Some(job) = changes.try_next().await.map_err(|error| go_on.add_to(waiting(context, error)))? {
        match data.format {
            Format::Table if last.is_none() => data.table(&job_view::change(&job))?,
            Format::Table => data.table(&job_view::change(&job).without_header())?,
            Format::Json | Format::Jsonl => data.json_item(&job)?,
        }
        last = Some(job);
    }
    Ok(last.as_ref().map_or(ExitCode::Unexpected, exit_code))
}

/// Looks at the job once: a wait is patient with a job that cannot be found, and an id with a typing error would be
/// waited for.
async fn known_job(context: &Context, id: &BatchJobId) -> Result<(Session, GoOn)> {
    let session = context.connect()?;
    session.client.batch().jobs().get(id).await?;
    let go_on = GoOn::new(id, &context.global);
    context.stage.set(Stage::Job(go_on.clone()));
    Ok((session, go_on))
}

/// Waits for the end of a job and shows how far it is.
pub(super) async fn watch_to_the_end(
    context: &Context,
    session: &Session,
    id: &BatchJobId,
    limit: Option<Duration>,
) -> Result<BatchJob> {
    let poll = limit.map_or(session.poll, |limit| session.poll.limit(limit));
    let mut progress = Progress::new(context.screen);
    let (mut changes, mut last) = (session.client.batch().jobs().watch(id, poll), None);
    while let Some(job) = changes.try_next().await.map_err(|error| waiting(context, error))? {
        progress.update(&job, Instant::now());
        last = Some(job);
    }
    last.ok_or_else(|| Failure::unexpected(format!("the wait for job {id} saw nothing")))
}

/// A wait that reached its limit needs no advice but the one that follows: how to go on.
fn waiting(context: &Context, error: mistral_sdk::Error) -> Failure {
    match error.kind() {
        ErrorKind::WaitDeadline => {
            let goes_on = if context.global.emulator { "" } else { "; the job goes on" };
            Failure::new(ExitCode::StillRunning, format!("{error}{goes_on}"))
        }
        _ => error.into(),
    }
}

fn exit_code(job: &BatchJob) -> ExitCode {
    match job.status {
        BatchJobStatus::Success if job.failed_requests == 0 => ExitCode::Success,
        BatchJobStatus::Success => ExitCode::SomeFailed,
        _ => ExitCode::JobEnded,
    }
}

#[cfg(test)]
mod tests {
    use mistral_sdk::models::{BatchEndpoint, UnixTime};

    use super::*;

    #[test]
    fn the_exit_code_says_how_the_job_ended() {
        let mut job = BatchJob::new("job", BatchEndpoint::Ocr, UnixTime::from_secs(0));
        for (status, failed, code) in [
            (BatchJobStatus::Success, 0, ExitCode::Success),
            (BatchJobStatus::Success, 1, ExitCode::SomeFailed),
            (BatchJobStatus::Failed, 0, ExitCode::JobEnded),
            (BatchJobStatus::Cancelled, 1, ExitCode::JobEnded),
            (BatchJobStatus::TimeoutExceeded, 0, ExitCode::JobEnded),
        ] {
            (job.status, job.failed_requests) = (status, failed);
            assert_eq!(exit_code(&job), code);
        }
    }
}
