use mistral_sdk::ErrorKind;
use mistral_sdk::models::{DryRun, FineTuningJobId};

use super::{job_view, recipe};
use crate::args::RecipeArgs;
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::stage::{Stage, same_api};
use crate::terminal::Activity;
use crate::tuning::Tuning;

/// Creates a job and prints it.
pub(super) async fn create(context: &Context, args: &RecipeArgs) -> Result<ExitCode> {
    let (session, job) = recipe::prepare(context, args).await?;
    let before = context.stage.replace(Stage::CreatingTuning);
    let creating = Activity::start(context.screen, "creating the job");
    let created = session.client.fine_tuning().jobs().create(&job).await;
    drop(creating);
    let created = created.map_err(|error| refused(error, &before, &same_api(&context.global)))?;
    // The request is no longer under way.
    context.stage.set(before);
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

/// Why there is no job, what leads on, and what was uploaded for nothing.
fn refused(error: mistral_sdk::Error, before: &Stage, same_api: &str) -> Failure {
    if error.is_maybe_created() {
        return Failure::from(error).help(format!("Look for it: mistral-jobs ft list{same_api}"));
    }
    let help = match error.kind() {
        ErrorKind::Conflict => Some(match named_job(&error.to_string()) {
            Some(id) => format!("To watch the other job: mistral-jobs ft watch {id}{same_api}"),
            None => format!("Look for the other job: mistral-jobs ft list{same_api}"),
        }),
        _ if error.status().is_some_and(|status| status.as_u16() == 422) => Some(format!(
            "Models that can be tuned have fine_tuning among their capabilities: mistral-jobs models list -o json{same_api}"
        )),
        _ => None,
    };
    let mut failure = Failure::from(error);
    failure = help.into_iter().fold(failure, Failure::help);
    if let Stage::Sent(files) = before {
        for file in files {
            failure = failure.fact("uploaded file", file.as_str()).help(format!(
                "To use it, name its id in place of FILE; to delete it: mistral-jobs files delete {file}{same_api}"
            ));
        }
    }
    failure
}

/// The first job that a text names.
fn named_job(text: &str) -> Option<FineTuningJobId> {
    let words = text.split(|char: char| !char.is_ascii_hexdigit() && char != '-');
    words.map(FineTuningJobId::from).find(|id| id.check().is_ok())
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
    fields.extend(dry_run.epochs.map(|epochs| ("epochs, by the service", epochs.to_string())));
    fields.extend(dry_run.training_steps.map(|steps| ("training steps", steps.to_string())));
    fields.push(("the service says", dry_run.details.clone()));
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_job_that_is_in_the_way_is_found_in_what_the_service_says() {
        let id = "3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11";
        assert_eq!(named_job(&format!("A similar job is RUNNING already: {id}.")), Some(id.into()));
        assert_eq!(named_job("A similar job is there."), None);
    }
}
