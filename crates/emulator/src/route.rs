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
    ListModels,
    GetModel(String),
    DeleteModel(String),
}

impl Route {
    /// The name of every operation.
    pub(crate) const OPERATIONS: [&'static str; 15] = [
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
        "models.list",
        "models.get",
        "models.delete",
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
            Self::ListModels => "models.list",
            Self::GetModel(_) => "models.get",
            Self::DeleteModel(_) => "models.delete",
        }
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
            Route::ListModels,
            Route::GetModel(id()),
            Route::DeleteModel(id()),
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
    }
}
