use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use mistral_sdk::runs::Stage;

use super::resume::take_up;
use crate::args::{CancelRunArgs, DriveOptions, OutputOptions, PriceOptions};
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::runs::requests;
use crate::shown::shown;

/// Stops a run for good, and collects what its jobs had answered by then.
pub(super) async fn cancel(context: &Context, args: &CancelRunArgs) -> Result<ExitCode> {
    let drive = DriveOptions { detach: false, wait_limit: None, shown: args.shown };
    let prices = PriceOptions { prices: None };
    let taken = take_up(context, &args.folder, &prices, &drive, &OutputOptions { output: None, force: false }).await?;
    let status = taken.run.status();
    if status.stage == Stage::Done {
        return Err(Failure::usage(format!(
            "the run in {} is done: there is nothing to cancel",
            shown(&status.folder)
        )));
    }
    if !args.yes && !confirmed(&format!("Cancel the run of {} in {}?", requests(status.rows), shown(&status.folder)))? {
        context.screen.note("nothing was cancelled");
        return Ok(ExitCode::Success);
    }
    let cancelled = taken.run.cancel().await.map_err(|error| taken.go_on.failed(error))?;
    let s = if cancelled.len() == 1 { "" } else { "s" };
    context.screen.note(&format!("cancelled {} job{s}; collecting what they had answered", cancelled.len()));
    taken.see_through(context, &drive).await
}

/// Whether somebody at a terminal agrees. Where nobody is to be asked, whoever typed the command has agreed.
fn confirmed(question: &str) -> Result<bool> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Ok(true);
    }
    let mut out = anstream::stderr().lock();
    let unasked =
        |error| Failure::unexpected("the question cannot be asked").because(error).help("Add --yes to answer it.");
    write!(out, "{question} [y/N] ").and_then(|()| out.flush()).map_err(unasked)?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(unasked)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes" | "Yes"))
}
