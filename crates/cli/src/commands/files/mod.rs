//! Files kept by the service.

mod download;
mod file_view;
mod list;
mod single;
mod upload;

use crate::args::FilesCommand;
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::Result;

pub(super) async fn dispatch(context: &Context, command: &FilesCommand) -> Result<ExitCode> {
    match command {
        FilesCommand::Upload(args) => upload::upload(context, args).await,
        FilesCommand::List(args) => list::list(context, args).await,
        FilesCommand::Get(args) => single::get(context, args).await,
        FilesCommand::Delete(args) => single::delete(context, args).await,
        FilesCommand::Download(args) => download::download(context, args).await,
        FilesCommand::Url(args) => single::url(context, args).await,
    }
}
