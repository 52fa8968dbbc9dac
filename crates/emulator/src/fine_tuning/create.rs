use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::Response;
use mistral_models::{DryRun, FileId, FilePurpose, FineTuningJobId, Model};
use serde_json::json;

use super::data::{Data, Files};
use super::estimate::Estimate;
use super::job::{ESTIMATED, Job};
use super::parameters::{Parameters, Training};
use crate::Body;
use crate::api::Api;
use crate::auth::Owner;
use crate::blocking::blocking;
use crate::body::RequestBody;
use crate::error::{ApiError, Complaints, ok};
use crate::json::with_nulls;
use crate::lock::lock;
use crate::query::Query;
use crate::store::Content;

/// `POST /v1/fine_tuning/jobs`: a job, or with `dry_run` what it would take.
///
/// A job is answered as `QUEUED`: its data is read when it is validated. That of a dry run is read at once.
pub(crate) async fn create(
    api: &Arc<Api>,
    owner: Owner,
    query: &Query,
    body: &mut RequestBody,
) -> Result<Response<Body>, ApiError> {
    let mut complaints = Complaints::default();
    let dry_run = query.flag("dry_run", &mut complaints).unwrap_or(false);
    complaints.check()?;
    let body = body.collect(api.limits.json_bytes).await?;
    let api = Arc::clone(api);
    blocking(move || {
        let asked = Parameters::parse(&body)?;
        tunable(&api, asked.training.model.as_str())?;
        let files = files(&api, owner, &asked.training)?;
        if dry_run { estimate(&api, &asked, &files) } else { queue(&api, owner, asked, files) }
    })
    .await?
}

fn queue(api: &Api, owner: Owner, asked: Parameters, files: Files) -> Result<Response<Body>, ApiError> {
    let now = api.clock.now();
    // One creation at a time, or two similar ones could pass each other.
    let _turn = lock(&api.admission);
    if let Some(refusal) = similar(api, &asked.training, now) {
        return Err(refusal);
    }
    let id = FineTuningJobId::from(api.ids.next());
    let job = Job::new(id.clone(), owner, asked, files, now);
    let view = job.view();
    lock(&api.fine_tuning_jobs).insert(id, job);
    api.ledger.fine_tuning_job_created();
    Ok(ok(&view))
}

/// The refusal of a job that is like one under way, whoever created that.
fn similar(api: &Api, asked: &Training, now: Duration) -> Option<ApiError> {
    let jobs: Vec<Arc<Mutex<Job>>> = lock(&api.fine_tuning_jobs).all();
    jobs.iter().find_map(|job| {
        let mut job = lock(job);
        if job.asked.training != *asked {
            return None;
        }
        job.advance(api, now);
        job.is_under_way().then(|| {
            let message = format!("A similar job is {} already: {}.", job.status, job.id);
            ApiError::conflict(message)
        })
    })
}

/// What a job like this would take. Of data that it would refuse, the reason is told as well.
fn estimate(api: &Api, asked: &Parameters, files: &Files) -> Result<Response<Body>, ApiError> {
    let data = Data::read(files, &asked.training)?;
    let estimate = Estimate::new(data.tokens, &asked.training.hyperparameters);
    let details = match data.refusal(asked.skip) {
        Some((error, _)) => format!("[emulator] The job would end in FAILED_VALIDATION: {error}"),
        None => format!(
            "[emulator] {} samples in {} bytes, {} of them invalid; prices are made up and nothing is billed.",
            data.samples, data.bytes, data.invalid,
        ),
    };
    let mut dry_run = DryRun::new(details, estimate.metadata(api.pace.training(estimate.steps)));
    dry_run.epochs = Some(estimate.epochs);
    dry_run.training_steps = Some(estimate.steps);
    Ok(ok(&with_nulls(&dry_run, &ESTIMATED)))
}

/// Refuses a model that is not there or cannot be tuned, in the form users have seen.
fn tunable(api: &Api, id: &str) -> Result<(), ApiError> {
    let models = lock(&api.models);
    match models.find(id) {
        Some(Model::Base(base)) if base.card.capabilities.fine_tuning => Ok(()),
        _ => Err(ApiError::unprocessable(format!("Model not available for fine-tuning: {}", id.escape_debug()))),
    }
}

/// The files of the job, each with its content. They must be there, and uploaded for fine-tuning.
fn files(api: &Api, owner: Owner, asked: &Training) -> Result<Files, ApiError> {
    let now = api.clock.now();
    let mut complaints = Complaints::default();
    let mut table = lock(&api.files);
    let mut open = |name: &str, at: usize, id: &FileId| -> Option<(FileId, Arc<Content>)> {
        let location = json!(["body", name, at]);
        let stored = table.get(id, owner, now);
        match stored.and_then(|stored| Some((&stored.file.purpose, stored.content.clone()?))) {
            Some((FilePurpose::FineTune, content)) => return Some((id.clone(), content)),
            Some((purpose, _)) => {
                complaints.add(location, format!("File {id} has the purpose {purpose}, not fine-tune"), "value_error");
            }
            None => complaints.add(location, format!("No file with this id: {id}"), "value_error"),
        }
        None
    };
    let training = asked.training_files.iter().enumerate();
    let validation = asked.validation_files.iter().enumerate();
    let files = Files {
        training: training.filter_map(|(at, file)| open("training_files", at, &file.file_id)).collect(),
        validation: validation.filter_map(|(at, id)| open("validation_files", at, id)).collect(),
    };
    complaints.check()?;
    Ok(files)
}
