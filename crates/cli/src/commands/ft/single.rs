//! One call about one job.

use mistral_sdk::models::FineTuningJobStatus;

use super::job_view;
use crate::args::FtJobArgs;
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::Result;
use crate::tuning::Tuning;

pub(super) async fn get(context: &Context, args: &FtJobArgs) -> Result<ExitCode> {
    let job = context.connect()?.client.fine_tuning().jobs().get(&args.id).await?;
    let mut fields = job_view::fields(&job);
    fields.extend(job_view::hyperparameters(&job.hyperparameters));
    fields
        .extend(job.events.iter().map(|event| ("event", format!("{}  {}", event.created_at, job_view::event(event)))));
    context.data().item(&job, &fields)?;
    Ok(ExitCode::Success)
}

pub(super) async fn start(context: &Context, args: &FtJobArgs) -> Result<ExitCode> {
    let job = context.connect()?.client.fine_tuning().jobs().start(&args.id).await?;
    context.data().item(&job, &job_view::fields(&job))?;
    context.next_steps(&Tuning::new(&job.id, &context.global).advice());
    Ok(ExitCode::Success)
}

pub(super) async fn cancel(context: &Context, args: &FtJobArgs) -> Result<ExitCode> {
    let job = context.connect()?.client.fine_tuning().jobs().cancel(&args.id).await?;
    context.data().item(&job, &job_view::fields(&job))?;
    if job.status.is_final() && job.status != FineTuningJobStatus::Cancelled {
        context.screen.warn(&format!("nothing was cancelled: the job had ended {}", job.status));
    }
    Ok(ExitCode::Success)
}
