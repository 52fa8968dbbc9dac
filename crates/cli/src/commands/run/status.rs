use mistral_sdk::runs::Runs;

use super::status_view;
use crate::args::RunStatusArgs;
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::Result;
use crate::versioned::Versioned;

/// Says how far a run is.
pub(super) async fn status(context: &Context, args: &RunStatusArgs) -> Result<ExitCode> {
    let status = Runs::status(&args.folder).await?;
    context.data().item(&Versioned::of(&status), &status_view::fields(&status))?;
    Ok(ExitCode::Success)
}
