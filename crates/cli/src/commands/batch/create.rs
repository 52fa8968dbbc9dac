use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use mistral_sdk::models::{BatchRequest, CreateBatchJob};

use super::{job_view, new_job, run};
use crate::args::CreateArgs;
use crate::context::Context;
use crate::endpoint;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::input::Sendable;
use crate::stage::GoOn;

/// Creates a job and prints it.
pub(super) async fn create(context: &Context, args: &CreateArgs) -> Result<ExitCode> {
    let mut job = new_job::from_options(&args.job, context.screen)?;
    match &args.requests {
        Some(path) => {
            let input = run::check(context, path).await?;
            let (requests, most) = (input.requests(), CreateBatchJob::MAX_INLINE_REQUESTS);
            if requests > most {
                return Err(Failure::input(format!(
                    "{}: {requests} inline requests are more than {most}",
                    path.display()
                ))
                .help("Upload a file instead: mistral-jobs batch run INPUT --output OUT"));
            }
            new_job::choose_model(&mut job, &input, context.screen)?;
            job = job.requests(read(path, Sendable::new(&input).await?.path()).await?);
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

/// Uploaded requests cannot be looked at here, so the default is the endpoint's if nothing is named.
fn default_model(context: &Context, job: &mut CreateBatchJob) {
    if job.model.is_some() || job.agent_id.is_some() {
        return;
    }
    job.model = endpoint::default_model(&job.endpoint);
    if let Some(model) = &job.model {
        let endpoint = &job.endpoint;
        context.screen.note(&format!("model: {model} (the default for {endpoint}; --model names another)"));
    }
}

/// The requests of a file that has been checked.
async fn read(shown: &Path, path: &Path) -> Result<Vec<BatchRequest>> {
    let unreadable =
        |error: std::io::Error| Failure::input(format!("{} cannot be read", shown.display())).because(error);
    let mut requests = Vec::new();
    for line in BufReader::new(File::open(path).map_err(unreadable)?).split(b'\n') {
        requests.push(serde_json::from_slice(&line.map_err(unreadable)?).map_err(|error| unreadable(error.into()))?);
        // There are few, but each may be long.
        tokio::task::yield_now().await;
    }
    Ok(requests)
}
