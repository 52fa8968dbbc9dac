//! The types of the Mistral AI API for batch jobs, fine-tuning, files and models: plain data and nothing that moves it.
//!
//! Everything here is a value that can be kept, compared, serialised and sent by any means. Two dependencies, `serde`
//! and `serde_json`; no client, no runtime, no clock.
//!
//! * **Parameters** are values too: [`CreateBatchJob`], [`CreateFineTuningJob`], [`ListFiles`]. `new` or `default` takes what
//!   is required, one setter a field the rest, and `check` tells before sending what the API would refuse.
//! * **Answers** are honest about the server: every enum keeps a value it does not know ([`BatchJobStatus`]), every
//!   doubtful field is optional, unknown keys are ignored.
//! * **Ids** are types of their own, so a file id in a job's place does not compile.
//! * **Secrets** of other services, such as a tracker's key, are sent and never shown ([`Secret`]).
//! * **Lines** of batch files are [`BatchRequest`] and [`BatchResult`]; bodies stay unparsed ([`RawJson`]) until asked.
//!
//! ```
//! use mistral_models::{BatchEndpoint, BatchJob, CreateBatchJob};
//!
//! let job = CreateBatchJob::new(BatchEndpoint::ChatCompletions)
//!     .model("mistral-small-latest")
//!     .input_file("0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d");
//! job.check()?;
//! assert_eq!(
//!     serde_json::to_value(&job)?,
//!     serde_json::json!({
//!         "endpoint": "/v1/chat/completions",
//!         "model": "mistral-small-latest",
//!         "input_files": ["0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d"],
//!         "timeout_hours": 24,
//!     }),
//! );
//!
//! let answer = r#"{"id": "3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11", "endpoint": "/v1/chat/completions",
//!     "input_files": [], "errors": [], "status": "PAUSED", "created_at": 1751881200, "total_requests": 3,
//!     "completed_requests": 1, "succeeded_requests": 1, "failed_requests": 0}"#;
//! let job: BatchJob = serde_json::from_str(answer)?;
//! assert_eq!(job.status.as_str(), "PAUSED"); // a status this version has never heard of
//! assert!(!job.status.is_final());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `null` and an absent key mean the same in every answer and are both read as `None`. `None` is written as an absent
//! key; only a result line always has its `response` and `error`, the parameters of a query ([`ListFiles`]) always
//! have all their keys, of which `null` is not sent, and a [`Change`] tells an absent key from `null`.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod batch;
mod constant;
mod date_time;
mod error_body;
mod file;
mod fine_tuning;
mod id;
mod invalid;
mod list;
mod model;
mod null;
mod open_enum;
mod order_by;
mod raw_json;
mod secret;
mod unechoed;
mod unix_time;

pub use batch::{
    BatchEndpoint, BatchError, BatchJob, BatchJobStatus, BatchRequest, BatchResponse, BatchResult, CreateBatchJob,
    DeletedBatchJob, GetBatchJob, ListBatchJobs,
};
pub use date_time::DateTime;
pub use error_body::{ErrorBody, Issue, IssueLocation};
pub use file::{
    DeletedFile, File, FilePurpose, FileSource, FileVisibility, GetSignedUrl, ListFiles, SampleType, SignedUrl,
};
pub use fine_tuning::{
    Checkpoint, ClassifierTarget, CreateFineTuningJob, DryRun, FineTuningCreation, FineTuningEvent, FineTuningJob,
    FineTuningJobMetadata, FineTuningJobStatus, FineTuningJobType, GithubRepository, Hyperparameters, Integration,
    JobIntegration, JobRepository, ListFineTuningJobs, LossFunction, Metrics, TrainedRepository, TrainingFile,
    WandbIntegration, WandbRun,
};
pub use id::{AgentId, BatchJobId, FileId, FineTuningJobId, ModelId};
pub use invalid::Invalid;
pub use list::List;
pub use model::{
    ArchivedModel, BaseModel, Change, ClassifierModel, CompletionModel, DeletedModel, FineTunedModel, ListModels,
    Model, ModelCapabilities, ModelCard, TunedModel, TunedModelCard, UnarchivedModel, UpdateModel,
};
pub use order_by::OrderBy;
pub use raw_json::RawJson;
pub use secret::Secret;
pub use unix_time::UnixTime;
