use mistral_sdk::runs::{Cleanup, Runs, Stage};

use super::needs_a_service;
use crate::args::{CleanArgs, PriceOptions};
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::runs::GoOn;
use crate::shown::shown;

/// Deletes what a run has left on the service, and on this machine if asked to.
pub(super) async fn clean(context: &Context, args: &CleanArgs) -> Result<ExitCode> {
    let status = Runs::status(&args.folder).await?;
    let folder = shown(&args.folder);
    if status.stage != Stage::Done && !args.force {
        let go_on = GoOn::new(&args.folder, false, &PriceOptions { prices: None }, &context.global);
        return Err(Failure::usage(format!("the run in {folder} is not done, and could not be gone on with"))
            .help(go_on.advice())
            .help("To give it up: cancel it first with mistral-jobs run cancel, or add --force."));
    }
    let what = Cleanup::from(args.what);
    if what != Cleanup::Nothing {
        needs_a_service(context)?;
        let (deleted, left) = context.connect()?.client.runs().clean(&args.folder, what).await?;
        let s = if deleted == 1 { "" } else { "s" };
        context.screen.note(&format!("deleted {deleted} file{s} of the run in {folder} from the service"));
        if let Some(first) = left.first() {
            return Err(Failure::unexpected(format!("{} files could not be deleted; {first}", left.len()))
                .help("Run the command again later; what was deleted stays deleted."));
        }
    }
    if args.remove_folder {
        Runs::remove(&args.folder).await?;
        context.screen.note(&format!("removed {folder}"));
    }
    Ok(ExitCode::Success)
}
