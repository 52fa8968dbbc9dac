use std::borrow::Cow;

use http::Method;
use percent_encoding::percent_decode_str;

use crate::error::ApiError;

/// What a request asks for, by its method and path. Ids are decoded and not yet checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    UploadFile,
    ListFiles,
    GetFile(String),
    DeleteFile(String),
    DownloadFile(String),
    SignUrl(String),
    SignedContent(String),
    CreateJob,
    ListJobs,
    GetJob(String),
    CancelJob(String),
    DeleteJob(String),
    CreateFineTuningJob,
    ListFineTuningJobs,
    GetFineTuningJob(String),
    CancelFineTuningJob(String),
    StartFineTuningJob(String),
    ListModels,
    GetModel(String),
    DeleteModel(String),
    UpdateModel(String),
    ArchiveModel(String),
    UnarchiveModel(String),
}

impl Route {
    /// The name of every operation.
    pub(crate) const OPERATIONS: [&'static str; 23] = [
        "files.upload",
        "files.list",
        "files.get",
        "files.delete",
        "files.download",
        "files.signed_url",
        "files.signed_content",
        "batch.jobs.create",
        "batch.jobs.list",
        "batch.jobs.get",
        "batch.jobs.cancel",
        "batch.jobs.delete",
        "fine_tuning.jobs.create",
        "fine_tuning.jobs.list",
        "fine_tuning.jobs.get",
        "fine_tuning.jobs.cancel",
        "fine_tuning.jobs.start",
        "models.list",
        "models.get",
        "models.delete",
        "models.update",
        "models.archive",
        "models.unarchive",
    ];

    /// Finds what `method` and `path` ask for.
    ///
    /// A path the API does not have is 404, a method it does not have there is 405.
    pub(crate) fn find(method: &Method, path: &str) -> Result<Self, ApiError> {
        let segments: Vec<Cow<'_, str>> =
            path.split('/').skip(1).map(|segment| percent_decode_str(segment).decode_utf8_lossy()).collect();
        let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
        let (allow, route) = match segments.as_slice() {
            ["v1", "files"] => ("GET, POST", pick(method, Some(Self::ListFiles), Some(Self::UploadFile), None)),
            ["v1", "files", id] if !id.is_empty() => (
                "GET, DELETE",
                pick(method, Some(Self::GetFile(id.to_string())), None, Some(Self::DeleteFile(id.to_string()))),
            ),
            ["v1", "files", id, "content"] => {
                ("GET", pick(method, Some(Self::DownloadFile(id.to_string())), None, None))
            }
            ["v1", "files", id, "url"] => ("GET", pick(method, Some(Self::SignUrl(id.to_string())), None, None)),
            ["emulator", "files", id] => ("GET", pick(method, Some(Self::SignedContent(id.to_string())), None, None)),
            ["v1", "batch", "jobs"] => ("GET, POST", pick(method, Some(Self::ListJobs), Some(Self::CreateJob), None)),
            ["v1", "batch", "jobs", id] if !id.is_empty() => (
                "GET, DELETE",
                pick(method, Some(Self::GetJob(id.to_string())), None, Some(Self::DeleteJob(id.to_string()))),
            ),
            ["v1", "batch", "jobs", id, "cancel"] => {
                ("POST", pick(method, None, Some(Self::CancelJob(id.to_string())), None))
            }
            ["v1", "fine_tuning", "jobs"] => {
                ("GET, POST", pick(method, Some(Self::ListFineTuningJobs), Some(Self::CreateFineTuningJob), None))
            }
            ["v1", "fine_tuning", "jobs", id] if !id.is_empty() => {
                ("GET", pick(method, Some(Self::GetFineTuningJob(id.to_string())), None, None))
            }
            ["v1", "fine_tuning", "jobs", id, "cancel"] => {
                ("POST", pick(method, None, Some(Self::CancelFineTuningJob(id.to_string())), None))
            }
            ["v1", "fine_tuning", "jobs", id, "start"] => {
                ("POST", pick(method, None, Some(Self::StartFineTuningJob(id.to_string())), None))
            }
            ["v1", "fine_tuning", "models", id] if !id.is_empty() => {
                ("PATCH", (method == Method::PATCH).then(|| Self::UpdateModel(id.to_string())))
            }
            ["v1", "fine_tuning", "models", id, "archive"] => (
                "POST, DELETE",
                pick(
                    method,
                    None,
                    Some(Self::ArchiveModel(id.to_string())),
                    Some(Self::UnarchiveModel(id.to_string())),
                ),
            ),
            ["v1", "models"] => ("GET", pick(method, Some(Self::ListModels), None, None)),
            ["v1", "models", id] if !id.is_empty() => (
                "GET, DELETE",
                pick(method, Some(Self::GetModel(id.to_string())), None, Some(Self::DeleteModel(id.to_string()))),
            ),
            _ => return Err(ApiError::not_found("The emulator has no such path.")),
        };
        route.ok_or_else(|| ApiError::method_not_allowed(allow))
    }

    /// The operation's name, dotted as in the SDK.
    pub(crate) fn operation(&self) -> &'static str {
        match self {
            Self::UploadFile => "files.upload",
            Self::ListFiles => "files.list",
            Self::GetFile(_) => "files.get",
            Self::DeleteFile(_) => "files.delete",
            Self::DownloadFile(_) => "files.download",
            Self::SignUrl(_) => "files.signed_url",
            Self::SignedContent(_) => "files.signed_content",
            Self::CreateJob => "batch.jobs.create",
            Self::ListJobs => "batch.jobs.list",
            Self::GetJob(_) => "batch.jobs.get",
            Self::CancelJob(_) => "batch.jobs.cancel",
            Self::DeleteJob(_) => "batch.jobs.delete",
            Self::CreateFineTuningJob => "fine_tuning.jobs.create",
            Self::ListFineTuningJobs => "fine_tuning.jobs.list",
            Self::GetFineTuningJob(_) => "fine_tuning.jobs.get",
            Self::CancelFineTuningJob(_) => "fine_tuning.jobs.cancel",
            Self::StartFineTuningJob(_) => "fine_tuning.jobs.start",
            Self::ListModels => "models.list",
            Self::GetModel(_) => "models.get",
            Self::DeleteModel(_) => "models.delete",
            Self::UpdateModel(_) => "models.update",
            Self::ArchiveModel(_) => "models.archive",
            Self::UnarchiveModel(_) => "models.unarchive",
        }
    }

    /// Whether it is one of the operations that the service has retired.
    pub(crate) fn is_of_fine_tuning_jobs(&self) -> bool {
        self.operation().starts_with("fine_tuning.jobs.")
    }

    /// Whether the answer may depend on which models there are: a batch job is worked on when somebody looks at it.
    pub(crate) fn sees_models(&self) -> bool {
        let operation = self.operation();
        operation.starts_with("models.") || operation.starts_with("batch.") || operation == "files.list"
    }
}

fn pick(method: &Method, get: Option<Route>, post: Option<Route>, delete: Option<Route>) -> Option<Route> {
    match *method {
        Method::GET => get,
        Method::POST => post,
        Method::DELETE => delete,
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(method: Method, path: &str) -> u16 {
        Route::find(&method, path).unwrap_err().into_response().status().as_u16()
    }

    #[test]
    fn a_model_id_is_one_segment_encoded_or_not() {
        let id = "ft:open-mistral-7b:587a6b29:20240514:7e773925";
        for path in ["/v1/models/ft%3Aopen-mistral-7b%3A587a6b29%3A20240514%3A7e773925", &format!("/v1/models/{id}")] {
            assert_eq!(Route::find(&Method::GET, path).unwrap(), Route::GetModel(id.to_owned()));
        }
        let archive = "/v1/fine_tuning/models/ft%3Aa/archive";
        assert_eq!(Route::find(&Method::POST, archive).unwrap(), Route::ArchiveModel("ft:a".to_owned()));
        assert_eq!(Route::find(&Method::DELETE, archive).unwrap(), Route::UnarchiveModel("ft:a".to_owned()));
        assert_eq!(Route::find(&Method::DELETE, "/v1/models/a%2Fb").unwrap(), Route::DeleteModel("a/b".to_owned()));
    }

    #[test]
    fn every_operation_is_listed() {
        let id = || "id".to_owned();
        let routes = [
            Route::UploadFile,
            Route::ListFiles,
            Route::GetFile(id()),
            Route::DeleteFile(id()),
            Route::DownloadFile(id()),
            Route::SignUrl(id()),
            Route::SignedContent(id()),
            Route::CreateJob,
            Route::ListJobs,
            Route::GetJob(id()),
            Route::CancelJob(id()),
            Route::DeleteJob(id()),
            Route::CreateFineTuningJob,
            Route::ListFineTuningJobs,
            Route::GetFineTuningJob(id()),
            Route::CancelFineTuningJob(id()),
            Route::StartFineTuningJob(id()),
            Route::ListModels,
            Route::GetModel(id()),
            Route::DeleteModel(id()),
            Route::UpdateModel(id()),
            Route::ArchiveModel(id()),
            Route::UnarchiveModel(id()),
        ];
        assert_eq!(routes.map(|route| route.operation()), Route::OPERATIONS);
    }

    #[test]
    fn an_unknown_path_is_404_and_an_unknown_method_405() {
        for path in ["", "/", "/v1", "/v1/files/", "/v1/batch/jobs/", "/v1/models/", "/v1/files/a/b", "//v1/files"] {
            assert_eq!(status(Method::GET, path), 404, "{path}");
        }
        assert_eq!(status(Method::PATCH, "/v1/files"), 405);
        assert_eq!(status(Method::GET, "/v1/batch/jobs/a/cancel"), 405);
        let refused = Route::find(&Method::PUT, "/v1/files/a").unwrap_err().into_response();
        assert_eq!(refused.headers()["allow"], "GET, DELETE");
        let refused = Route::find(&Method::GET, "/v1/fine_tuning/models/a").unwrap_err().into_response();
        assert_eq!(refused.headers()["allow"], "PATCH");
    }
}
