//! A job from the command line.

use mistral_sdk::Marker;
use mistral_sdk::models::{BatchEndpoint, BatchJob, CreateBatchJob, ListBatchJobs, ModelId};

use crate::args::{JobOptions, unique_metadata};
use crate::connect::Session;
use crate::context::Context;
use crate::endpoint;
use crate::failure::{Failure, Result};
use crate::input::Checked;
use crate::stage::{Creation, Stage, look_for, same_api};
use crate::terminal::{Activity, Screen};

/// The job without its requests.
///
/// # Errors
///
/// What the API would refuse, before anything is sent.
pub(super) fn from_options(options: &JobOptions, screen: Screen) -> Result<CreateBatchJob> {
    let mut job = CreateBatchJob::new(endpoint::resolve(&options.endpoint)?).timeout_hours(options.timeout_hours);
    for (key, value) in unique_metadata(&options.metadata)? {
        if ListBatchJobs::default().metadata(&key, &value).check().is_err() {
            screen.warn(&format!("--metadata: no list can be filtered by {key:?}, which is a parameter of the list"));
        }
        job = job.metadata(key, value);
    }
    job.model = options.model.clone();
    job.agent_id = options.agent_id.clone();
    job.check().map_err(|invalid| {
        Failure::usage(format!("--{invalid}")).help("Correct the option; mistral-jobs batch run --help describes it.")
    })?;
    Ok(job)
}

/// Creates the job, once: a lost answer is followed by a look for the job, not by a second one.
pub(super) async fn create(context: &Context, session: &Session, job: &CreateBatchJob) -> Result<BatchJob> {
    let marker = Marker::random();
    let before = context.stage.take();
    let creation = Creation::after(&before, &marker, &context.global);
    context.stage.set(Stage::Creating(creation));
    let creating = Activity::start(context.screen, "creating the job");
    let created = session.client.batch().jobs().create_once(job, &marker).await;
    drop(creating);
    // Whatever follows, the request is no longer under way.
    context.stage.set(before);
    created.map_err(|error| match error.is_maybe_created() {
        true => Failure::from(error).help(look_for(&marker, &same_api(&context.global))),
        false => error.into(),
    })
}

/// The model for requests that name none, and what to know about those that name one.
///
/// # Errors
///
/// A request without any model, where the endpoint has no model of its own.
pub(super) fn choose_model(job: &mut CreateBatchJob, input: &Checked, screen: Screen) -> Result<()> {
    if job.agent_id.is_some() {
        return Ok(());
    }
    if job.model.is_none() {
        job.model = match input.unnamed {
            Some(line) => Some(default(&job.endpoint, input, line, screen)?),
            // All name one; if it is the same, the job may as well.
            None if input.models.len() == 1 => input.models.keys().next().map(Into::into),
            None => None,
        };
    }
    if let Some(model) = &job.model {
        warn_of_others(model, input, screen);
    }
    Ok(())
}

fn default(endpoint: &BatchEndpoint, input: &Checked, line: u64, screen: Screen) -> Result<ModelId> {
    let model = endpoint::default_model(endpoint).ok_or_else(|| {
        Failure::usage(format!(
            "a model is needed: {}:{line} names none, and {endpoint} has no default",
            input.path.display()
        ))
        .help("Name one with --model, or in the body of every request.")
    })?;
    screen.note(&format!("model: {model} (the default for {endpoint}; --model names another)"));
    Ok(model)
}

/// A request that names a model gets that one, or is refused; no document says which.
fn warn_of_others(model: &ModelId, input: &Checked, screen: Screen) {
    let others: Vec<_> = input.models.iter().filter(|(name, _)| name.as_str() != model.as_str()).collect();
    let count: u64 = others.iter().map(|(_, count)| **count).sum();
    if count == 0 {
        return;
    }
    let names: Vec<_> = others.iter().take(3).map(|(name, count)| format!("{name} ({count})")).collect();
    let more = if others.len() > 3 { ", …" } else { "" };
    let requests = if count == 1 { "1 request names".to_owned() } else { format!("{count} requests name") };
    screen.warn(&format!("{requests} another model than the job's {model}: {}{more}", names.join(", ")));
}
