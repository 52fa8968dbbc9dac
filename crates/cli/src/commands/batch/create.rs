use mistral_sdk::models::CreateBatchJob;

use super::{inline, job_view, new_job};
use crate::args::CreateArgs;
use crate::context::Context;
use crate::endpoint;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::stage::GoOn;

/// Creates a job and prints it.
pub(super) async fn create(context: &Context, args: &CreateArgs) -> Result<ExitCode> {
    let mut job = new_job::from_options(&args.job, context.screen)?;
    match &args.requests {
        Some(path) => {
            let (requests, report) = inline::requests(path).await?;
            if let Some(place) = report.statistics().first_without_model.as_ref().filter(|_| is_open(&job)) {
                job.model = endpoint::default_model(&job.endpoint);
                let model = job.model.as_ref().ok_or_else(|| {
                    let what = format!("a model is needed: {place} names none, and {} has no default", job.endpoint);
                    Failure::usage(what).help("Name one with --model, or in the body of every request.")
                })?;
                new_job::tell_default(model, &job.endpoint, context.screen);
            }
            job = job.requests(requests);
        }
        None => {
            for file in &args.input_file {
                job = job.input_file(file);
            }
            default_model(context, &mut job);
        }
    }
    job.check().map_err(|invalid| {
        Failure::input(invalid.to_string()).help("Upload a file instead: mistral-jobs batch run INPUT --output OUT")
    })?;
    let session = context.connect()?;
    let created = new_job::create(context, &session, &job).await?;
    context.data().item(&created, &job_view::fields(&created))?;
    for line in GoOn::new(&created.id, &context.global).advice() {
        context.screen.note(&line);
    }
    Ok(ExitCode::Success)
}

/// Whether the job names neither a model nor an agent.
fn is_open(job: &CreateBatchJob) -> bool {
    job.model.is_none() && job.agent_id.is_none()
}

/// Uploaded requests cannot be looked at here, so the default is the endpoint's if nothing is named.
fn default_model(context: &Context, job: &mut CreateBatchJob) {
    if is_open(job) {
        job.model = endpoint::default_model(&job.endpoint);
        if let Some(model) = &job.model {
            new_job::tell_default(model, &job.endpoint, context.screen);
        }
    }
}
