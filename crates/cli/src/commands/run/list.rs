use mistral_sdk::models::List;
use mistral_sdk::runs::Runs;

use super::status_view;
use crate::args::ListRunsArgs;
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::Result;

/// Lists the runs in a folder.
pub(super) async fn list(context: &Context, args: &ListRunsArgs) -> Result<ExitCode> {
    let runs = Runs::list(&args.folder).await?;
    let data = context.data();
    data.list(&List::new(runs), status_view::table)?;
    Ok(ExitCode::Success)
}
