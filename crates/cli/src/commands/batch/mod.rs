//! Batch jobs.

mod create;
mod inline;
mod job_summary;
mod job_view;
mod list;
mod new_job;
mod plan;
mod results;
pub(super) mod run;
mod single;
mod validate;
mod validate_view;
mod wait;
mod workload;

use crate::args::BatchCommand;
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::Result;

pub(super) async fn dispatch(context: &Context, command: &BatchCommand) -> Result<ExitCode> {
    match command {
        BatchCommand::Run(args) => run::run(context, args).await,
        BatchCommand::Plan(args) => plan::plan(context, args).await,
        BatchCommand::Validate(args) => validate::validate(context, args).await,
        BatchCommand::Create(args) => create::create(context, args).await,
        BatchCommand::List(args) => list::list(context, args).await,
        BatchCommand::Get(args) => single::get(context, args).await,
        BatchCommand::Wait(args) => wait::wait(context, args).await,
        BatchCommand::Watch(args) => wait::watch(context, args).await,
        BatchCommand::Cancel(args) => single::cancel(context, args).await,
        BatchCommand::Delete(args) => single::delete(context, args).await,
        BatchCommand::Results(args) => results::results(context, args).await,
    }
}
