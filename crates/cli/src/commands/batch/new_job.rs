//! A job from the command line.

use mistral_sdk::Marker;
use mistral_sdk::models::{BatchEndpoint, BatchJob, CreateBatchJob, ListBatchJobs, ModelId};

use crate::args::{JobOptions, unique_metadata};
use crate::connect::Session;
use crate::context::Context;
use crate::endpoint;
use crate::failure::{Failure, Result};
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
    context.stage.set(Stage::Creating(Creation::new(&marker, &context.global)));
    let creating = Activity::start(context.screen, "creating the job");
    let created = session.client.batch().jobs().create_once(job, &marker).await;
    drop(creating);
    // Whatever follows, the request is no longer under way.
    context.stage.set(Stage::Harmless);
    created.map_err(|error| match error.is_maybe_created() {
        true => Failure::from(error).help(look_for(&marker, &same_api(&context.global))),
        false => error.into(),
    })
}

/// Says which model requests get that name none, if it is the endpoint's default.
pub(super) fn tell_default(model: &ModelId, endpoint: &BatchEndpoint, screen: Screen) {
    screen.note(&format!("model: {model} (the default for {endpoint}; --model names another)"));
}
