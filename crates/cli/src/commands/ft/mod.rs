//! Fine-tuning jobs.

mod create;
mod demo;
pub(crate) mod job_view;
mod kind;
mod list;
mod live;
mod outside;
mod reason;
mod recipe;
mod report;
mod single;
mod training_data;
mod wait;
mod watch;

pub(crate) use reason::reason;

use crate::args::FtCommand;
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::Result;

pub(super) async fn dispatch(context: &Context, command: &FtCommand) -> Result<ExitCode> {
    match command {
        FtCommand::Create(args) if args.dry_run => create::dry_run(context, &args.recipe).await,
        FtCommand::Create(args) => create::create(context, &args.recipe).await,
        FtCommand::DryRun(args) => create::dry_run(context, args).await,
        FtCommand::Start(args) => single::start(context, args).await,
        FtCommand::Get(args) => single::get(context, args).await,
        FtCommand::List(args) => list::list(context, args).await,
        FtCommand::Cancel(args) => single::cancel(context, args).await,
        FtCommand::Wait(args) => wait::wait(context, args).await,
        FtCommand::Watch(args) => watch::watch(context, args).await,
        FtCommand::Report(args) => report::report(context, args).await,
        // It dispatches the commands it shows, and a future cannot hold itself.
        FtCommand::Demo(args) => Box::pin(demo::demo(context, args)).await,
    }
}
