use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::Response;
use mistral_models::{BatchJobId, BatchJobStatus, FileId};
use serde_json::json;
use serde_json::value::RawValue;

use super::forward;
use super::job::Job;
use super::look::Look;
use super::parameters::Parameters;
use crate::Body;
use crate::api::Api;
use crate::auth::Owner;
use crate::blocking::blocking;
use crate::body::RequestBody;
use crate::error::{ApiError, Complaints, ok};
use crate::lock::lock;
use crate::store::{Content, ContentWriter, Folder};
use crate::upstream::Hub;

/// `POST /v1/batch/jobs`: from uploaded files, or from requests in the body.
///
/// The answer is always `QUEUED`, with no requests counted: the input is read when the job starts.
pub(crate) async fn create(api: &Arc<Api>, owner: Owner, body: &mut RequestBody) -> Result<Response<Body>, ApiError> {
    let body = body.collect(api.limits.json_bytes).await?;
    let api = Arc::clone(api);
    blocking(move || queue(&api, owner, &body)).await?
}

fn queue(api: &Arc<Api>, owner: Owner, body: &[u8]) -> Result<Response<Body>, ApiError> {
    let asked = Parameters::parse(body)?;
    if api.hub.is_some() && !Hub::can_spawn() {
        return Err(ApiError::no_runtime());
    }
    let now = api.clock.now();
    let input = match &asked.requests {
        Some(requests) => vec![Arc::new(spool(&api.folder, requests)?)],
        None => contents(api, owner, &asked.input_files, now)?,
    };
    let job = Job {
        id: BatchJobId::from(api.ids.next()),
        owner,
        endpoint: asked.endpoint,
        model: asked.model,
        agent_id: asked.agent_id,
        metadata: asked.metadata,
        input_files: asked.input_files,
        input,
        inline: asked.requests.is_some(),
        created: now,
        timeout: Duration::from_secs(asked.timeout_hours * 3_600),
        cancel_requested: None,
        status: BatchJobStatus::Queued,
        started: None,
        ended: None,
        total: None,
        succeeded: 0,
        failed: 0,
        errors: Vec::new(),
        run: None,
        output_file: None,
        error_file: None,
        results: Vec::new(),
    };
    let (id, view) = (job.id.clone(), job.view());
    admit(api, job)?;
    forward::start(api, &id);
    Ok(ok(&view))
}

/// Lets the job in if the requests waiting and at work stay within the limit of the workspace, or if the limit is only
/// measured.
///
/// What the service answers past the limit is not documented; here it is 400 in the general shape, because sending the
/// same again at once would not help.
fn admit(api: &Api, job: Job) -> Result<(), ApiError> {
    // One creation at a time, or two could pass the limit together.
    let _turn = lock(&api.admission);
    let others: Vec<Arc<Mutex<Job>>> = lock(&api.jobs).all();
    let mut look = Look::new(api);
    let pending = |job: &Arc<Mutex<Job>>| {
        let mut job = lock(job);
        job.advance(api, &mut look);
        job.pending()
    };
    let waiting: u64 = others.iter().map(pending).sum();
    let together = waiting.saturating_add(job.pending());
    let limit = api.limits.pending_requests;
    if together > limit && api.limits.enforce_pending {
        api.ledger.job_refused_for_pending();
        return Err(ApiError::bad_request(format!(
            "{together} requests would be pending, with {waiting} of other jobs; the limit is {limit}.",
        )));
    }
    api.ledger.job_created(job.metadata.as_ref(), together);
    lock(&api.jobs).insert(job.id.clone(), job);
    Ok(())
}

fn contents(api: &Api, owner: Owner, ids: &[FileId], now: Duration) -> Result<Vec<Arc<Content>>, ApiError> {
    let mut complaints = Complaints::default();
    let mut files = lock(&api.files);
    let mut contents = Vec::new();
    for (at, id) in ids.iter().enumerate() {
        match files.content(id, owner, now) {
            Some(content) => contents.push(content),
            None => {
                let message = format!("No file with this id: {id}");
                complaints.add(json!(["body", "input_files", at]), message, "value_error");
            }
        }
    }
    complaints.check()?;
    Ok(contents)
}

/// Writes inline requests to disk as the lines of a file, so that they are worked on like any other.
fn spool(folder: &Folder, requests: &[&RawValue]) -> io::Result<Content> {
    let mut writer = ContentWriter::create(folder)?;
    for request in requests {
        // Inside a JSON string a line end is always escaped: those left stand between tokens.
        writer.write(request.get().replace(['\n', '\r'], " ").as_bytes())?;
        writer.write(b"\n")?;
    }
    writer.finish()
}
