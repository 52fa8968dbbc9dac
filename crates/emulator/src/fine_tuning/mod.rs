//! The fine-tuning jobs operations.

mod create;
mod curve;
mod data;
mod estimate;
mod job;
mod lifecycle;
mod list;
mod parameters;
mod run;
mod tuned;

pub(crate) use create::create;
pub(crate) use list::list;

use std::sync::{Arc, Mutex};

use http::Response;
use mistral_models::{FineTuningJobId, FineTuningJobStatus};
use serde_json::json;

use crate::Body;
use crate::api::Api;
use crate::blocking::blocking;
use crate::error::{ApiError, invalid, ok};
use crate::lock::lock;
use crate::table::Table;
use job::Job;

pub(crate) type FineTuningJobTable = Table<FineTuningJobId, Job>;

/// `GET /v1/fine_tuning/jobs/{job_id}`.
pub(crate) async fn get(api: &Arc<Api>, id: &str) -> Result<Response<Body>, ApiError> {
    look(api, id, |_, _| Ok(())).await
}

/// `POST /v1/fine_tuning/jobs/{job_id}/cancel`. A job that has ended, or was asked to, is answered as it is.
pub(crate) async fn cancel(api: &Arc<Api>, id: &str) -> Result<Response<Body>, ApiError> {
    look(api, id, |job, now| {
        if job.is_under_way() {
            job.cancel_requested = Some(now);
            job.enter(FineTuningJobStatus::CancellationRequested, now, json!({}));
        }
        Ok(())
    })
    .await
}

/// `POST /v1/fine_tuning/jobs/{job_id}/start`. A job that was started already is answered as it is, so that asking
/// twice is harmless; one that cannot be started is refused.
pub(crate) async fn start(api: &Arc<Api>, id: &str) -> Result<Response<Body>, ApiError> {
    look(api, id, |job, now| {
        if job.status == FineTuningJobStatus::Validated {
            job.begin(now);
        }
        if job.started.is_none() {
            let message = format!("The job is {}; only one that is VALIDATED can be started.", job.status);
            return Err(ApiError::bad_request(message));
        }
        Ok(())
    })
    .await
}

/// Brings every job up to date, so that the models of those that have succeeded are there.
pub(crate) async fn advance_all(api: &Arc<Api>) -> Result<(), ApiError> {
    let jobs = lock(&api.fine_tuning_jobs).all();
    if jobs.is_empty() {
        return Ok(());
    }
    let api = Arc::clone(api);
    blocking(move || {
        let now = api.clock.now();
        jobs.iter().for_each(|job| lock(job).advance(&api, now));
    })
    .await?;
    Ok(())
}

/// Brings a job up to date, does `change` at that time, and answers the job.
async fn look(
    api: &Arc<Api>,
    id: &str,
    change: impl FnOnce(&mut Job, std::time::Duration) -> Result<(), ApiError> + Send + 'static,
) -> Result<Response<Body>, ApiError> {
    let job = find(api, id)?;
    let api = Arc::clone(api);
    blocking(move || {
        let now = api.clock.now();
        let mut job = lock(&job);
        job.advance(&api, now);
        change(&mut job, now)?;
        Ok(ok(&job.details()))
    })
    .await?
}

fn find(api: &Api, id: &str) -> Result<Arc<Mutex<Job>>, ApiError> {
    let id = FineTuningJobId::from(id.to_ascii_lowercase());
    if id.check().is_err() {
        return Err(invalid(json!(["path", "job_id"]), "Input should be a valid UUID", "uuid_parsing"));
    }
    let job = lock(&api.fine_tuning_jobs).get(&id);
    job.ok_or_else(|| ApiError::not_found(format!("No fine-tuning job with this id: {id}.")))
}
