//! One call about one job.

use mistral_sdk::models::GetBatchJob;

use super::job_view;
use crate::args::{GetJobArgs, JobArgs};
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::Result;
use crate::stage::GoOn;

pub(super) async fn get(context: &Context, args: &GetJobArgs) -> Result<ExitCode> {
    let params = if args.inline { GetBatchJob::default().inline(true) } else { GetBatchJob::default() };
    let job = context.connect()?.client.batch().jobs().get_with(&args.id, &params).await?;
    context.data().item(&job, &job_view::fields(&job))?;
    Ok(ExitCode::Success)
}

pub(super) async fn cancel(context: &Context, args: &JobArgs) -> Result<ExitCode> {
    let job = context.connect()?.client.batch().jobs().cancel(&args.id).await?;
    context.data().item(&job, &job_view::fields(&job))?;
    if !job.status.is_final() {
        GoOn::new(&job.id, &context.global).advice().iter().for_each(|line| context.screen.note(line));
    }
    Ok(ExitCode::Success)
}

pub(super) async fn delete(context: &Context, args: &JobArgs) -> Result<ExitCode> {
    let deleted = context.connect()?.client.batch().jobs().delete(&args.id).await?;
    let fields = [("id", deleted.id.to_string()), ("deleted", deleted.deleted.to_string())];
    context.data().item(&deleted, &fields)?;
    Ok(ExitCode::Success)
}
