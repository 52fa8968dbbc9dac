//! Runs that `batch run` has left in folders.

mod cancel;
mod clean;
mod cost;
mod list;
mod resume;
mod retry;
mod status;
mod status_view;

use crate::args::RunCommand;
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};

pub(super) async fn dispatch(context: &Context, command: &RunCommand) -> Result<ExitCode> {
    match command {
        RunCommand::List(args) => list::list(context, args).await,
        RunCommand::Status(args) => status::status(context, args).await,
        RunCommand::Resume(args) => resume::resume(context, args).await,
        RunCommand::Retry(args) => retry::retry(context, args).await,
        RunCommand::Cancel(args) => cancel::cancel(context, args).await,
        RunCommand::Cost(args) => cost::cost(context, args).await,
        RunCommand::Clean(args) => clean::clean(context, args).await,
    }
}

/// Refuses an emulator that ends with the command: no job of a run can be there.
fn needs_a_service(context: &Context) -> Result<()> {
    match context.global.emulator {
        true => {
            Err(Failure::usage("--emulator: the jobs of a run are not in an emulator that begins with this command")
                .help("Name the one that has them: --base-url URL"))
        }
        false => Ok(()),
    }
}
