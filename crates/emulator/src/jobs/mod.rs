//! The batch jobs operations.

mod check;
mod create;
mod forward;
mod forwarded;
mod input;
mod job;
mod lifecycle;
mod line;
mod list;
mod look;
mod outgoing;
mod outputs;
mod parameters;
mod results;
mod run;

pub(crate) use create::create;
pub(crate) use list::list;

use std::sync::{Arc, Mutex};

use http::Response;
use mistral_models::{BatchJobId, BatchJobStatus, DeletedBatchJob};
use serde_json::json;

use crate::Body;
use crate::api::Api;
use crate::blocking::blocking;
use crate::error::{ApiError, Complaints, invalid, ok};
use crate::lock::lock;
use crate::query::Query;
use crate::table::Table;
use job::Job;
use look::Look;
use outputs::Outputs;

pub(crate) type JobTable = Table<BatchJobId, Job>;

/// `GET /v1/batch/jobs/{job_id}`.
pub(crate) async fn get(api: &Arc<Api>, id: &str, query: &Query) -> Result<Response<Body>, ApiError> {
    let mut complaints = Complaints::default();
    let inline = query.flag("inline", &mut complaints);
    complaints.check()?;
    let job = find(api, id)?;
    let api = Arc::clone(api);
    blocking(move || {
        let mut look = Look::new(&api);
        let mut job = lock(&job);
        job.advance(&api, &mut look);
        let (view, outputs) = (job.view(), Outputs::of(&job, inline));
        drop(job);
        outputs.added_to(view)
    })
    .await?
}

/// `POST /v1/batch/jobs/{job_id}/cancel`. A job that has ended, or was asked to, is answered as it is.
pub(crate) async fn cancel(api: &Arc<Api>, id: &str) -> Result<Response<Body>, ApiError> {
    let job = find(api, id)?;
    let api = Arc::clone(api);
    blocking(move || {
        let mut look = Look::new(&api);
        let mut job = lock(&job);
        job.advance(&api, &mut look);
        if !job.status.is_final() && job.cancel_requested.is_none() {
            job.cancel_requested = Some(look.now());
            job.status = BatchJobStatus::CancellationRequested;
        }
        Ok(ok(&job.view()))
    })
    .await?
}

/// `DELETE /v1/batch/jobs/{job_id}`. A job that has not ended stops with it; its files stay.
pub(crate) fn delete(api: &Api, id: &str) -> Result<Response<Body>, ApiError> {
    let id = job_id(id)?;
    if !lock(&api.jobs).remove(&id) {
        return Err(no_such_job(&id));
    }
    Ok(ok(&json!(DeletedBatchJob::new(id))))
}

/// Brings every job up to date, so that the files of those that have ended are there.
pub(crate) async fn advance_all(api: &Arc<Api>) -> Result<(), ApiError> {
    let api = Arc::clone(api);
    blocking(move || {
        let mut look = Look::new(&api);
        let jobs = lock(&api.jobs).all();
        jobs.iter().for_each(|job| lock(job).advance(&api, &mut look));
    })
    .await?;
    Ok(())
}

fn find(api: &Api, id: &str) -> Result<Arc<Mutex<Job>>, ApiError> {
    let id = job_id(id)?;
    lock(&api.jobs).get(&id).ok_or_else(|| no_such_job(&id))
}

fn job_id(text: &str) -> Result<BatchJobId, ApiError> {
    let id = BatchJobId::from(text.to_ascii_lowercase());
    match id.check() {
        Ok(()) => Ok(id),
        Err(_) => Err(invalid(json!(["path", "job_id"]), "Input should be a valid UUID", "uuid_parsing")),
    }
}

fn no_such_job(id: &BatchJobId) -> ApiError {
    ApiError::not_found(format!("No batch job with this id: {id}."))
}
