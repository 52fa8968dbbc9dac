use mistral_sdk::runs::{PriceTable, Run};

use super::needs_a_service;
use crate::args::{DriveOptions, ResumeArgs, TakeUpOptions};
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::Result;
use crate::outfile::OutFile;
use crate::runs::{self, Conclusion, GoOn, is_named_after, within};
use crate::stage::Stage;
use crate::terminal::Activity;

/// Goes on with a run where it stopped.
pub(super) async fn resume(context: &Context, args: &ResumeArgs) -> Result<ExitCode> {
    let taken = take_up(context, &args.taken, args.give_up_missing).await?;
    taken.see_through(context, &args.taken.drive).await
}

/// A run that was taken up.
pub(super) struct Taken {
    pub(super) run: Run,
    pub(super) go_on: GoOn,
    pub(super) prices: PriceTable,
}

/// Takes up the run in a folder, which may get another output.
pub(super) async fn take_up(context: &Context, options: &TakeUpOptions, give_up_missing: bool) -> Result<Taken> {
    needs_a_service(context)?;
    let TakeUpOptions { folder, output, prices: price_options, drive } = options;
    let prices = runs::price_table(price_options)?;
    let out = output.output.as_deref().map(|path| OutFile::new(path, output.force, None)).transpose()?;
    let session = context.connect()?;
    let go_on = GoOn::new(folder, false, price_options, &context.global).cancelling(drive.cancel_on_interrupt);
    context.stage.set(Stage::Run(go_on.clone()));
    let reading = Activity::start(context.screen, "reading the run");
    let runs = session.client.runs().poll(within(session.poll, drive.wait_limit)).prices(prices.clone());
    let runs = runs.give_up_missing_jobs(give_up_missing);
    let run = runs.resume(folder).await?;
    drop(reading);
    if let Some(out) = out {
        run.set_output(out.target().map(ToOwned::to_owned), output.force).await?;
    }
    Ok(Taken { run, go_on, prices })
}

impl Taken {
    /// Drives the run to its end, or only submits what is to be submitted.
    pub(super) async fn see_through(self, context: &Context, drive: &DriveOptions) -> Result<ExitCode> {
        let Self { run, go_on, prices } = self;
        let driven = runs::drive(context, &run, &go_on, drive.shown.progress, drive.detach).await?;
        if drive.detach {
            return runs::detached(context, &driven, &go_on);
        }
        let status = &driven.status;
        let passing = status.output.as_ref().is_some_and(|output| is_named_after(&status.folder, output));
        let conclusion = Conclusion { go_on: &go_on, options: &drive.shown, prices: &prices, started: None, passing };
        conclusion.draw(context, run, driven).await
    }
}
