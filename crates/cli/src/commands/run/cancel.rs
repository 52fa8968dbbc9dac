use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use mistral_sdk::runs::{Runs, Stage};

use super::needs_a_service;
use super::resume::take_up;
use crate::args::{CancelRunArgs, DriveOptions, OutputOptions, PriceOptions, TakeUpOptions};
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::runs::requests;
use crate::shown::shown;

/// Stops a run for good, and collects what its jobs had answered by then.
pub(super) async fn cancel(context: &Context, args: &CancelRunArgs) -> Result<ExitCode> {
    let status = Runs::status(&args.folder).await?;
    if status.stage == Stage::Done {
        return Err(Failure::usage(format!(
            "the run in {} is done: there is nothing to cancel",
            shown(&status.folder)
        )));
    }
    let question = format!("Cancel the run of {} in {}?", requests(status.rows), shown(&status.folder));
    if !args.yes && !confirmed(question).await? {
        context.screen.note("nothing was cancelled");
        return Ok(ExitCode::Success);
    }
    needs_a_service(context)?;
    // First of all, and without the input: what runs costs money.
    let cancelled = context.connect()?.client.runs().cancel(&args.folder).await?;
    let s = if cancelled.len() == 1 { "" } else { "s" };
    context.screen.note(&format!("cancelled {} job{s}; collecting what they had answered", cancelled.len()));
    let options = TakeUpOptions {
        folder: args.folder.clone(),
        output: OutputOptions { output: None, force: false },
        prices: PriceOptions { prices: None },
        drive: DriveOptions { detach: false, wait_limit: None, cancel_on_interrupt: false, shown: args.shown },
    };
    take_up(context, &options, false).await?.see_through(context, &options.drive).await
}

/// Whether somebody at a terminal agrees. Where nobody is to be asked, whoever typed the command has agreed.
async fn confirmed(question: String) -> Result<bool> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Ok(true);
    }
    let unasked = |error| {
        Failure::unexpected("the question cannot be asked").because(error).help("Answer it beforehand with --yes.")
    };
    // In a thread of its own, so that Ctrl-C is heard.
    let answered = tokio::task::spawn_blocking(move || ask(&question)).await;
    answered.map_err(io::Error::other).and_then(|answered| answered).map_err(unasked)
}

fn ask(question: &str) -> io::Result<bool> {
    let mut out = anstream::stderr().lock();
    write!(out, "{question} [y/N] ")?;
    out.flush()?;
    drop(out);
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes" | "Yes"))
}
