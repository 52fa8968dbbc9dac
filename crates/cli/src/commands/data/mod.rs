//! Training data, on this machine alone: nothing here needs a key or a network.

mod changes;
pub(super) mod check;
mod check_view;
mod convert;
mod fix;
mod joined;
mod shuffle;
pub(super) mod source;
mod split;
mod stats;
pub(super) mod work;

use crate::args::DataCommand;
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::Result;

pub(super) async fn dispatch(context: &Context, command: &DataCommand) -> Result<ExitCode> {
    match command {
        DataCommand::Check(args) => check::check(context, args).await,
        DataCommand::Fix(args) => fix::fix(context, args).await,
        DataCommand::Split(args) => split::split(context, args).await,
        DataCommand::Shuffle(args) => shuffle::shuffle(context, args).await,
        DataCommand::Stats(args) => stats::stats(context, args).await,
        DataCommand::Convert(args) => convert::convert(context, args).await,
    }
}
