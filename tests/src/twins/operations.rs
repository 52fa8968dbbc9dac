//! The operations of the API and their parameters, as `CONTRACT.md` has them.

use super::generation::{Spoken, Version};
use super::value::Kind;

/// One operation.
#[derive(Debug)]
pub struct Operation {
    /// Its name: the path of the call a user of the facade writes.
    pub name: &'static str,
    /// Who speaks it.
    pub spoken: Spoken,
    /// What it can be given.
    pub parameters: &'static [Parameter],
}

/// One parameter of an operation.
#[derive(Debug)]
pub struct Parameter {
    /// Its name on the wire, or that of the id in the path.
    pub name: &'static str,
    /// Its values.
    pub kind: Kind,
    /// Who can say it.
    pub spoken: Spoken,
    /// Older clients than these cannot leave it out.
    pub required_before: (Version, Version),
    /// Whether it can be given as null.
    pub nullable: bool,
}

const NEVER: (Version, Version) = ((0, 0, 0), (0, 0, 0));
const EVER: (Version, Version) = ((u32::MAX, 0, 0), (u32::MAX, 0, 0));

const fn optional(name: &'static str, kind: Kind) -> Parameter {
    Parameter { name, kind, spoken: Spoken::ALWAYS, required_before: NEVER, nullable: false }
}

const fn required(name: &'static str, kind: Kind) -> Parameter {
    Parameter { required_before: EVER, ..optional(name, kind) }
}

impl Parameter {
    const fn nullable(self) -> Self {
        Self { nullable: true, ..self }
    }

    const fn since(self, python: Version, typescript: Version) -> Self {
        Self { spoken: Spoken::since(python, typescript), ..self }
    }

    const fn required_before(self, python: Version, typescript: Version) -> Self {
        Self { required_before: (python, typescript), ..self }
    }
}

pub(super) const STATUSES: &[&str] =
    &["QUEUED", "RUNNING", "SUCCESS", "FAILED", "TIMEOUT_EXCEEDED", "CANCELLATION_REQUESTED", "CANCELLED"];
pub(super) const TUNING_STATUSES: &[&str] = &[
    "QUEUED",
    "STARTED",
    "VALIDATING",
    "VALIDATED",
    "RUNNING",
    "FAILED_VALIDATION",
    "FAILED",
    "SUCCESS",
    "CANCELLED",
    "CANCELLATION_REQUESTED",
];
const ENDPOINTS: &[&str] = &["/v1/chat/completions", "/v1/embeddings", "/v1/fim/completions", "/v1/moderations"];
const PURPOSES: &[&str] = &["fine-tune", "batch"];

const FILE_ID: &[Parameter] = &[required("file_id", Kind::Id)];
const JOB_ID: &[Parameter] = &[required("job_id", Kind::Id)];
const MODEL_ID: &[Parameter] = &[required("model_id", Kind::Model)];

const fn operation(name: &'static str, spoken: Spoken, parameters: &'static [Parameter]) -> Operation {
    Operation { name, spoken, parameters }
}

/// Every operation of the contract.
pub const OPERATIONS: &[Operation] = &[
    operation(
        "batch.jobs.list",
        Spoken::ALWAYS,
        &[
            optional("page", Kind::Page),
            optional("page_size", Kind::PageSize),
            optional("model", Kind::Text).nullable(),
            optional("agent_id", Kind::Text).nullable().since((1, 9, 3), (1, 7, 5)),
            optional("metadata", Kind::Notes).nullable(),
            optional("created_after", Kind::Moment).nullable(),
            optional("created_by_me", Kind::Flag),
            optional("status", Kind::Many(STATUSES)).nullable(),
            optional("order_by", Kind::One(&["created", "-created"])).since((1, 12, 3), (1, 14, 1)),
        ],
    ),
    operation(
        "batch.jobs.create",
        Spoken::ALWAYS,
        &[
            required("endpoint", Kind::One(ENDPOINTS)),
            optional("input_files", Kind::Ids).required_before((1, 10, 1), (1, 12, 0)),
            optional("requests", Kind::Requests).nullable().since((1, 10, 1), (1, 12, 0)),
            optional("model", Kind::Model).required_before((1, 9, 3), (1, 7, 5)),
            optional("agent_id", Kind::Agent).nullable().since((1, 9, 3), (1, 7, 5)),
            optional("metadata", Kind::Tags).nullable(),
            optional("timeout_hours", Kind::Hours),
        ],
    ),
    operation(
        "batch.jobs.get",
        Spoken::ALWAYS,
        &[required("job_id", Kind::Id), optional("inline", Kind::Flag).nullable().since((1, 10, 1), (1, 12, 0))],
    ),
    operation("batch.jobs.cancel", Spoken::ALWAYS, JOB_ID),
    operation("batch.jobs.delete", Spoken::since((2, 2, 0), (2, 2, 0)), JOB_ID),
    operation(
        "files.upload",
        Spoken::ALWAYS,
        &[
            required("file", Kind::Upload),
            optional("purpose", Kind::One(PURPOSES)),
            optional("expiry", Kind::Hours).nullable().since((2, 0, 0), (1, 15, 1)),
            optional("visibility", Kind::One(&["workspace", "user"])).since((2, 0, 0), (1, 15, 1)),
        ],
    ),
    operation(
        "files.list",
        Spoken::ALWAYS,
        &[
            optional("page", Kind::Page),
            optional("page_size", Kind::PageSize),
            optional("include_total", Kind::Flag).since((1, 10, 0), (1, 12, 0)),
            optional(
                "sample_type",
                Kind::Many(&["pretrain", "instruct", "batch_request", "batch_result", "batch_error"]),
            )
            .nullable(),
            optional("source", Kind::Many(&["upload", "repository", "mistral"])).nullable(),
            optional("search", Kind::Text).nullable(),
            optional("purpose", Kind::One(PURPOSES)).nullable(),
            optional("mimetypes", Kind::Many(&["application/jsonl", "application/pdf", "text/plain"]))
                .nullable()
                .since((1, 12, 0), (1, 14, 0)),
        ],
    ),
    operation("files.get", Spoken::ALWAYS, FILE_ID),
    operation("files.delete", Spoken::ALWAYS, FILE_ID),
    operation("files.download", Spoken::ALWAYS, FILE_ID),
    operation(
        "files.signed_url",
        Spoken::since((1, 2, 4), (1, 3, 6)),
        &[required("file_id", Kind::Id), optional("expiry", Kind::Hours)],
    ),
    operation(
        "fine_tuning.jobs.list",
        Spoken::FINE_TUNING,
        &[
            optional("page", Kind::Page),
            optional("page_size", Kind::PageSize),
            optional("model", Kind::Text).nullable(),
            optional("created_after", Kind::Moment).nullable(),
            optional("created_before", Kind::Moment).nullable().since((1, 7, 0), (1, 7, 0)),
            optional("created_by_me", Kind::Flag),
            optional("status", Kind::One(TUNING_STATUSES)).nullable(),
            optional("wandb_project", Kind::Text).nullable(),
            optional("wandb_name", Kind::Text).nullable(),
            optional("suffix", Kind::Text).nullable(),
        ],
    ),
    operation(
        "fine_tuning.jobs.create",
        Spoken::FINE_TUNING,
        &[
            required("model", Kind::Model),
            required("hyperparameters", Kind::Hyperparameters),
            // Nobody demands it, but a job without is none.
            required("training_files", Kind::TrainingFiles),
            optional("validation_files", Kind::Ids).nullable(),
            optional("suffix", Kind::Suffix).nullable(),
            optional("integrations", Kind::Integrations).nullable(),
            optional("auto_start", Kind::Flag),
            optional("invalid_sample_skip_percentage", Kind::Share).since((1, 7, 0), (1, 7, 0)),
            optional("job_type", Kind::One(&["completion", "classifier"])).nullable().since((1, 7, 0), (1, 7, 0)),
            optional("repositories", Kind::Repositories).nullable().since((1, 7, 0), (1, 7, 0)),
            optional("classifier_targets", Kind::Targets).nullable().since((1, 7, 0), (1, 7, 0)),
        ],
    ),
    operation("fine_tuning.jobs.get", Spoken::FINE_TUNING, JOB_ID),
    operation("fine_tuning.jobs.cancel", Spoken::FINE_TUNING, JOB_ID),
    operation("fine_tuning.jobs.start", Spoken::FINE_TUNING, JOB_ID),
    operation(
        "models.list",
        Spoken::ALWAYS,
        &[
            optional("provider", Kind::Text).nullable().since((2, 0, 0), (1, 15, 1)),
            optional("model", Kind::Text).nullable().since((2, 0, 0), (1, 15, 1)),
        ],
    ),
    operation("models.get", Spoken::ALWAYS, MODEL_ID),
    operation("models.delete", Spoken::ALWAYS, MODEL_ID),
    operation(
        "models.update",
        Spoken::ALWAYS,
        &[
            required("model_id", Kind::Model),
            optional("name", Kind::Text).nullable(),
            optional("description", Kind::Text).nullable(),
        ],
    ),
    operation("models.archive", Spoken::ALWAYS, MODEL_ID),
    operation("models.unarchive", Spoken::ALWAYS, MODEL_ID),
];
