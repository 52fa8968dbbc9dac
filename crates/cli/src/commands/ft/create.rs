use mistral_sdk::models::DryRun;

use super::{job_view, recipe};
use crate::args::RecipeArgs;
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::stage::Stage;
use crate::terminal::Activity;
use crate::tuning::Tuning;

/// Creates a job and prints it.
pub(super) async fn create(context: &Context, args: &RecipeArgs) -> Result<ExitCode> {
    let (session, job) = recipe::prepare(context, args).await?;
    let before = context.stage.replace(Stage::CreatingTuning);
    let creating = Activity::start(context.screen, "creating the job");
    let created = session.client.fine_tuning().jobs().create(&job).await;
    drop(creating);
    // Whatever follows, the request is no longer under way.
    context.stage.set(before);
    let created = created.map_err(|error| match error.is_maybe_created() {
        true => Failure::from(error).help("Look for it: mistral-jobs ft list"),
        false => error.into(),
    })?;
    let mut fields = job_view::fields(&created);
    fields.extend(job_view::hyperparameters(&created.hyperparameters));
    context.data().item(&created, &fields)?;
    let tuning = Tuning::new(&created.id, &context.global);
    let mut next = tuning.advice();
    if !created.auto_start && !tuning.emulated {
        next.insert(0, format!("To see its cost: {} --until validated", tuning.command("wait")));
        next.insert(1, format!("To start it:     {}", tuning.command("start")));
    }
    context.next_steps(&next);
    Ok(ExitCode::Success)
}

/// Prints what the service expects a job to take.
pub(super) async fn dry_run(context: &Context, args: &RecipeArgs) -> Result<ExitCode> {
    let (session, job) = recipe::prepare(context, args).await?;
    let asking = Activity::start(context.screen, "asking for the estimate");
    let estimate = session.client.fine_tuning().jobs().dry_run(&job).await?;
    drop(asking);
    context.data().item(&estimate, &fields(&estimate))?;
    context.screen.note("an estimate of the service, not a price; no job was created");
    Ok(ExitCode::Success)
}

fn fields(dry_run: &DryRun) -> Vec<(&'static str, String)> {
    let mut fields = job_view::estimate(&dry_run.estimate);
    fields.extend(dry_run.epochs.map(|epochs| ("epochs", epochs.to_string())));
    fields.extend(dry_run.training_steps.map(|steps| ("training steps", steps.to_string())));
    fields.push(("the service says", dry_run.details.clone()));
    fields
}
