use std::io;
use std::sync::{Arc, Mutex};

use http::{Request, Response};

use crate::Body;
use crate::auth::authorize;
use crate::body::RequestBody;
use crate::catalogue::Catalogue;
use crate::clock::SteadyClock;
use crate::engine::Engine;
use crate::error::ApiError;
use crate::faults::{self, Faults, Wire};
use crate::files::{self, FileTable};
use crate::fine_tuning::{self, FineTuningJobTable};
use crate::ids::{Ids, Secret};
use crate::jobs::{self, JobTable};
use crate::ledger::{self, Ledger};
use crate::limits::Limits;
use crate::models;
use crate::pace::Pace;
use crate::query::Query;
use crate::route::Route;
use crate::store::Folder;
use crate::upstream::Hub;

/// Everything the handles of one emulator share.
///
/// Where two locks are held, a job's comes before the tables'.
pub(crate) struct Api {
    pub(crate) clock: SteadyClock,
    pub(crate) pace: Pace,
    pub(crate) limits: Limits,
    pub(crate) engine: Box<dyn Engine>,
    /// The way to a server that answers in place of the engine.
    pub(crate) hub: Option<Hub>,
    pub(crate) ids: Ids,
    pub(crate) secret: Secret,
    pub(crate) ledger: Ledger,
    pub(crate) faults: Faults,
    pub(crate) models: Mutex<Catalogue>,
    pub(crate) files: Mutex<FileTable>,
    pub(crate) jobs: Mutex<JobTable>,
    pub(crate) fine_tuning_jobs: Mutex<FineTuningJobTable>,
    pub(crate) fine_tuning_retired: bool,
    /// Held while a job is let in.
    pub(crate) admission: Mutex<()>,
    pub(crate) folder: Folder,
    #[cfg(feature = "server")]
    pub(crate) allow_remote: bool,
}

/// Answers one request, and notes it in the ledger. An error stands for a connection that ends without an answer.
pub(crate) async fn answer(api: Arc<Api>, request: Request<RequestBody>) -> io::Result<Response<Body>> {
    let (head, mut body) = request.into_parts();
    if head.uri.path() == ledger::PATH {
        // Judging is neither judged nor disturbed.
        return Ok(api.ledger.page(&head.method));
    }
    let route = Route::find(&head.method, head.uri.path());
    let operation = route.as_ref().ok().map(Route::operation);
    let fault = api.faults.next(operation);
    let index = fault.as_ref().map(faults::Playing::index);
    let number = api.ledger.arrived(api.clock.now(), operation, &head.method, &head.uri, &head.headers, index);
    let response = match fault {
        None => {
            let own = process(&api, route, &head, &mut body).await;
            body.drain(api.limits.file_bytes).await;
            Ok(own)
        }
        Some(fault) => {
            let own = if fault.commits() { Some(process(&api, route, &head, &mut body).await) } else { None };
            body.drain(api.limits.file_bytes).await;
            let wire = head.extensions.get::<Wire>().cloned().unwrap_or_default();
            faults::deliver(fault, own, wire).await
        }
    };
    api.ledger.answered(number, response.as_ref().ok().map(Response::status), body.read());
    response
}

async fn process(
    api: &Arc<Api>,
    route: Result<Route, ApiError>,
    head: &http::request::Parts,
    body: &mut RequestBody,
) -> Response<Body> {
    let answer = match route {
        Ok(route) => dispatch(api, route, head, body).await,
        Err(error) => Err(error),
    };
    answer.unwrap_or_else(ApiError::into_response)
}

async fn dispatch(
    api: &Arc<Api>,
    route: Route,
    head: &http::request::Parts,
    body: &mut RequestBody,
) -> Result<Response<Body>, ApiError> {
    let query = Query::parse(head.uri.query());
    let owner = match &route {
        // The signature stands in for a key.
        Route::SignedContent(id) => return files::signed_content(api, id, &query).await,
        _ => authorize(&head.headers, &api.secret)?,
    };
    if api.fine_tuning_retired && route.is_of_fine_tuning_jobs() {
        return Err(ApiError::gone("Fine-tuning jobs are retired. Fine-tuned models can still be managed."));
    }
    if route.sees_models() {
        fine_tuning::advance_all(api).await?;
    }
    match route {
        Route::UploadFile => files::upload(api, owner, head, body).await,
        Route::ListFiles => {
            jobs::advance_all(api).await?;
            files::list(api, owner, &query)
        }
        Route::GetFile(id) => files::get(api, owner, &id),
        Route::DeleteFile(id) => files::delete(api, owner, &id),
        Route::DownloadFile(id) => files::download(api, owner, &id).await,
        Route::SignUrl(id) => files::sign_url(api, owner, &id, &query, head),
        Route::SignedContent(id) => files::signed_content(api, &id, &query).await,
        Route::CreateJob => jobs::create(api, owner, body).await,
        Route::ListJobs => jobs::list(api, owner, &query).await,
        Route::GetJob(id) => jobs::get(api, &id, &query).await,
        Route::CancelJob(id) => jobs::cancel(api, &id).await,
        Route::DeleteJob(id) => jobs::delete(api, &id),
        Route::CreateFineTuningJob => fine_tuning::create(api, owner, &query, body).await,
        Route::ListFineTuningJobs => fine_tuning::list(api, owner, &query).await,
        Route::GetFineTuningJob(id) => fine_tuning::get(api, &id).await,
        Route::CancelFineTuningJob(id) => fine_tuning::cancel(api, &id).await,
        Route::StartFineTuningJob(id) => fine_tuning::start(api, &id).await,
        Route::ListModels => Ok(models::list(api, &query).await),
        Route::GetModel(id) => models::get(api, &id).await,
        Route::DeleteModel(id) => models::delete(api, &id),
        Route::UpdateModel(id) => models::update(api, &id, body).await,
        Route::ArchiveModel(id) => models::archive(api, &id, true),
        Route::UnarchiveModel(id) => models::archive(api, &id, false),
    }
}
