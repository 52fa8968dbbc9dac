//! One file a command: arguments in, calls of the library, data and messages out.

mod batch;
mod data;
mod emulator;
mod files;
pub(crate) mod ft;
mod listing;
mod models;
mod run;

use crate::args::Command;
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::Result;

/// Does what the command line asks for.
pub(crate) async fn dispatch(context: &Context, command: &Command) -> Result<ExitCode> {
    match command {
        Command::Batch(command) => batch::dispatch(context, command).await,
        Command::Run(command) => run::dispatch(context, command).await,
        Command::Ft(command) => ft::dispatch(context, command).await,
        Command::Data(command) => data::dispatch(context, command).await,
        Command::Files(command) => files::dispatch(context, command).await,
        Command::Models(command) => models::dispatch(context, command).await,
        Command::Emulator(command) => emulator::dispatch(context, command).await,
    }
}
