use mistral_sdk::runs::Stage;

use super::resume::take_up;
use crate::args::RetryArgs;
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::runs::requests;

/// Sends what failed once more.
pub(super) async fn retry(context: &Context, args: &RetryArgs) -> Result<ExitCode> {
    let taken = take_up(context, &args.taken, false).await?;
    if taken.run.status().stage != Stage::Done {
        return Err(taken.go_on.add_to(Failure::usage("the run is not done; see it through first")));
    }
    match taken.run.retry().await? {
        0 => context.screen.note("nothing is left that may succeed if it is sent again"),
        rows => context.screen.note(&format!("sending {} again", requests(rows))),
    }
    taken.see_through(context, &args.taken.drive).await
}
