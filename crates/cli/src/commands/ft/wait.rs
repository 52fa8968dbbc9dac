use futures_util::TryStreamExt as _;
use mistral_sdk::models::{FineTuningJob, FineTuningJobId, FineTuningJobStatus};
use mistral_sdk::transport::Poll;
use mistral_sdk::{ErrorKind, Progress, Until};

use super::{job_view, reason};
use crate::args::{UntilArg, WaitFtArgs};
use crate::connect::Session;
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::stage::Stage;
use crate::terminal::Activity;
use crate::tuning::Tuning;

/// Waits until a job has come as far as was asked for, and prints it.
pub(super) async fn wait(context: &Context, args: &WaitFtArgs) -> Result<ExitCode> {
    let (session, mut tuning, job) = known_job(context, &args.id).await?;
    if args.until != UntilArg::Validated {
        context.next_steps(tuning.needs_start(&job).as_slice());
    }
    let poll = args.wait_limit.map_or(session.poll, |limit| session.poll.limit(limit));
    let (until, point) = match args.until {
        UntilArg::Validated => (Until::Validated, "is validated"),
        UntilArg::Started => (Until::Started, "has started"),
        UntilArg::Done => (Until::Done, "has ended"),
    };
    let waiting = Activity::start(context.screen, &format!("waiting until job {} {point}", args.id));
    let job = follow(context, &session, &mut tuning, until, poll).await?;
    drop(waiting);
    context.data().item(&job, &job_view::fields(&job))?;
    Ok(ended(context, &job))
}

/// Follows a job until it has come so far; where nothing spins, each of its states is a line.
async fn follow(
    context: &Context,
    session: &Session,
    tuning: &mut Tuning,
    until: Until,
    poll: Poll,
) -> Result<FineTuningJob> {
    let mut progress = session.client.fine_tuning().jobs().watch(&tuning.id, poll);
    while let Some(news) = progress.try_next().await.map_err(|error| unfinished(tuning, error))? {
        let Progress::Status(job) = news else { continue };
        stands(context, tuning, &job);
        if !context.screen.draws() {
            context.screen.note(job.status.as_str());
        }
        if until.is_reached(&job.status) {
            return Ok(*job);
        }
    }
    Err(Failure::unexpected(format!("the wait for job {} saw nothing", tuning.id)))
}

/// Keeps what an interruption would say up to date.
pub(super) fn stands(context: &Context, tuning: &mut Tuning, job: &FineTuningJob) {
    *tuning = tuning.clone().at(job);
    context.stage.set(Stage::Tuning(tuning.clone()));
}

/// Looks at the job once: a wait is patient with a job that cannot be found, and an id with a typing error would be
/// waited for.
pub(super) async fn known_job(context: &Context, id: &FineTuningJobId) -> Result<(Session, Tuning, FineTuningJob)> {
    let session = context.connect()?;
    let job = session.client.fine_tuning().jobs().get(id).await?;
    let tuning = Tuning::new(id, &context.global).at(&job);
    context.stage.set(Stage::Tuning(tuning.clone()));
    Ok((session, tuning, job))
}

/// A wait that reached its limit needs no advice but the one that follows: how to go on.
pub(super) fn unfinished(tuning: &Tuning, error: mistral_sdk::Error) -> Failure {
    let failure = match error.kind() {
        ErrorKind::WaitDeadline => {
            Failure::new(ExitCode::StillRunning, format!("{error}; the job {}", tuning.goes_on()))
        }
        _ => error.into(),
    };
    tuning.add_to(failure)
}

/// Says why a job has ended without a model, and how the command ends.
pub(super) fn ended(context: &Context, job: &FineTuningJob) -> ExitCode {
    let code = exit_code(&job.status);
    if code == ExitCode::JobEnded {
        let why = reason(job).map(|reason| format!(": {reason}")).unwrap_or_default();
        context.screen.error(&format!("job {} ended {}{why}", job.id, job.status));
        let mut next = vec![format!("For its events:  {}", Tuning::new(&job.id, &context.global).command("get"))];
        if job.status == FineTuningJobStatus::FailedValidation {
            next.push("For the faults of its data: mistral-jobs data check FILE".to_owned());
        }
        context.next_steps(&next);
    }
    code
}

fn exit_code(status: &FineTuningJobStatus) -> ExitCode {
    match status {
        FineTuningJobStatus::Success => ExitCode::Success,
        // A wait for less than the end is over before it.
        status if !status.is_final() => ExitCode::Success,
        _ => ExitCode::JobEnded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_says_how_the_job_ended() {
        for (status, code) in [
            (FineTuningJobStatus::Success, ExitCode::Success),
            (FineTuningJobStatus::Validated, ExitCode::Success),
            (FineTuningJobStatus::Failed, ExitCode::JobEnded),
            (FineTuningJobStatus::FailedValidation, ExitCode::JobEnded),
            (FineTuningJobStatus::Cancelled, ExitCode::JobEnded),
        ] {
            assert_eq!(exit_code(&status), code, "{status}");
        }
    }
}
