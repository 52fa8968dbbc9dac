//! The answers of the API field by field, as `CONTRACT.md` has them.

use crate::twins::generation::{Spoken, Version};
use crate::twins::operations::{STATUSES, TUNING_STATUSES};

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// Any text.
    Text,
    /// A UUID.
    Id,
    /// A whole number from 0.
    Count,
    /// Seconds since 1970.
    Time,
    /// A date and time as text.
    Moment,
    /// A number.
    Number,
    /// True or false.
    Flag,
    /// One of these, or a value of the future.
    Open(&'static [&'static str]),
    /// Always this.
    Always(&'static str),
    /// An object whose keys nobody fixed.
    Free,
    /// Several of the same.
    List(&'static Shape),
    /// An object.
    Object(&'static [Field]),
    /// One of several objects.
    Either(&'static [&'static [Field]]),
}

/// A field of an object.
#[derive(Debug)]
pub struct Field {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    /// Whether it may be absent.
    pub(super) optional: bool,
    /// Whether it may be null.
    pub(super) nullable: bool,
    /// Since when the clients bear it absent or null; older ones demand a value.
    pub(super) bearable: Spoken,
    /// Since when the clients know it.
    pub(super) known: Spoken,
}

const fn field(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, optional: false, nullable: false, bearable: Spoken::ALWAYS, known: Spoken::ALWAYS }
}

const fn optional(name: &'static str, shape: Shape) -> Field {
    Field { optional: true, ..field(name, shape) }
}

impl Field {
    const fn nullable(self) -> Self {
        Self { nullable: true, ..self }
    }

    const fn since(self, python: Version, typescript: Version) -> Self {
        Self { known: Spoken::since(python, typescript), ..self }
    }

    const fn bearable_since(self, python: Version, typescript: Version) -> Self {
        Self { bearable: Spoken::since(python, typescript), ..self }
    }
}

const BATCH_JOB: &[Field] = &[
    field("id", Shape::Id),
    optional("object", Shape::Always("batch")),
    field("input_files", Shape::List(&Shape::Id)),
    optional("metadata", Shape::Free).nullable(),
    field("endpoint", Shape::Text),
    optional("model", Shape::Text).nullable().bearable_since((1, 9, 3), (1, 7, 5)),
    optional("agent_id", Shape::Text).nullable().since((1, 9, 3), (1, 7, 5)),
    optional("output_file", Shape::Id).nullable(),
    optional("error_file", Shape::Id).nullable(),
    field("errors", Shape::List(&Shape::Object(&[field("message", Shape::Text), optional("count", Shape::Count)]))),
    optional("outputs", Shape::List(&Shape::Free)).nullable().since((1, 10, 1), (1, 12, 0)),
    field("status", Shape::Open(STATUSES)),
    field("created_at", Shape::Time),
    field("total_requests", Shape::Count),
    field("completed_requests", Shape::Count),
    field("succeeded_requests", Shape::Count),
    field("failed_requests", Shape::Count),
    optional("started_at", Shape::Time).nullable(),
    optional("completed_at", Shape::Time).nullable(),
];

const BATCH_JOBS: &[Field] = &[
    optional("data", Shape::List(&Shape::Object(BATCH_JOB))),
    optional("object", Shape::Always("list")),
    field("total", Shape::Count),
];

const BATCH_JOB_DELETED: &[Field] =
    &[field("id", Shape::Id), optional("object", Shape::Always("batch")), optional("deleted", Shape::Flag)];

const FILE: &[Field] = &[
    field("id", Shape::Id),
    field("object", Shape::Always("file")),
    field("bytes", Shape::Count),
    field("created_at", Shape::Time),
    field("filename", Shape::Text),
    field("purpose", Shape::Open(&["fine-tune", "batch"])),
    field("sample_type", Shape::Open(&["pretrain", "instruct", "batch_request", "batch_result", "batch_error"])),
    field("source", Shape::Open(&["upload", "repository", "mistral"])),
    optional("num_lines", Shape::Count).nullable(),
    optional("mimetype", Shape::Text).nullable().since((1, 9, 3), (1, 7, 5)),
    optional("signature", Shape::Text).nullable().since((1, 9, 3), (1, 7, 5)),
    optional("expires_at", Shape::Time).nullable().since((2, 0, 0), (1, 15, 1)),
    optional("visibility", Shape::Open(&["workspace", "user"])).nullable().since((2, 0, 0), (1, 15, 1)),
];

const FILE_READ: &[Field] = &[
    field("id", Shape::Id),
    field("object", Shape::Always("file")),
    field("bytes", Shape::Count),
    field("created_at", Shape::Time),
    field("filename", Shape::Text),
    field("purpose", Shape::Open(&["fine-tune", "batch"])),
    field("sample_type", Shape::Open(&["pretrain", "instruct"])),
    field("source", Shape::Open(&["upload", "repository"])),
    optional("num_lines", Shape::Count).nullable(),
    field("deleted", Shape::Flag),
];

const FILES: &[Field] = &[
    field("data", Shape::List(&Shape::Object(FILE))),
    field("object", Shape::Always("list")),
    optional("total", Shape::Count).nullable().bearable_since((1, 10, 0), (1, 12, 0)),
];

const FILE_DELETED: &[Field] =
    &[field("id", Shape::Id), field("object", Shape::Always("file")), field("deleted", Shape::Flag)];

const SIGNED_URL: &[Field] = &[field("url", Shape::Text)];

const HYPERPARAMETERS: Shape = Shape::Object(&[
    optional("training_steps", Shape::Count).nullable(),
    optional("learning_rate", Shape::Number),
    optional("weight_decay", Shape::Number).nullable(),
    optional("warmup_fraction", Shape::Number).nullable(),
    optional("epochs", Shape::Number).nullable(),
    optional("seq_len", Shape::Count).nullable(),
]);

const ESTIMATE: Shape = Shape::Object(&[
    optional("expected_duration_seconds", Shape::Count).nullable(),
    optional("cost", Shape::Number).nullable(),
    optional("cost_currency", Shape::Text).nullable(),
    optional("train_tokens_per_step", Shape::Count).nullable(),
    optional("train_tokens", Shape::Count).nullable(),
    optional("data_tokens", Shape::Count).nullable(),
    optional("estimated_start_time", Shape::Time).nullable(),
]);

const INTEGRATIONS: Shape = Shape::List(&Shape::Object(&[
    field("type", Shape::Always("wandb")),
    field("project", Shape::Text),
    optional("name", Shape::Text).nullable(),
    optional("run_name", Shape::Text).nullable(),
    optional("url", Shape::Text).nullable().since((1, 7, 0), (1, 7, 0)),
]));

const EVENTS: Shape = Shape::List(&Shape::Object(&[
    field("name", Shape::Text),
    optional("data", Shape::Free).nullable(),
    field("created_at", Shape::Time),
]));

const CHECKPOINTS: Shape = Shape::List(&Shape::Object(&[
    field(
        "metrics",
        Shape::Object(&[
            optional("train_loss", Shape::Number).nullable(),
            optional("valid_loss", Shape::Number).nullable(),
            optional("valid_mean_token_accuracy", Shape::Number).nullable(),
        ]),
    ),
    field("step_number", Shape::Count),
    field("created_at", Shape::Time),
]));

const TARGETS: Shape = Shape::List(&Shape::Object(&[
    field("name", Shape::Text),
    field("labels", Shape::List(&Shape::Text)),
    field("weight", Shape::Number),
    field("loss_function", Shape::Open(&["single_class", "multi_class"])),
]));

macro_rules! tuning_job {
    ($kind:literal $(, $more:expr)*) => {
        &[
            field("id", Shape::Id),
            field("auto_start", Shape::Flag),
            field("model", Shape::Text),
            field("status", Shape::Open(TUNING_STATUSES)),
            field("created_at", Shape::Time),
            field("modified_at", Shape::Time),
            field("training_files", Shape::List(&Shape::Id)),
            field("hyperparameters", HYPERPARAMETERS),
            field("job_type", Shape::Always($kind)),
            optional("object", Shape::Always("job")),
            optional("validation_files", Shape::List(&Shape::Id)).nullable(),
            optional("fine_tuned_model", Shape::Text).nullable(),
            optional("suffix", Shape::Text).nullable(),
            optional("integrations", INTEGRATIONS).nullable(),
            optional("trained_tokens", Shape::Count).nullable(),
            optional("metadata", ESTIMATE).nullable(),
            $($more,)*
        ]
    };
}

const TUNING_JOB: Shape = Shape::Either(&[tuning_job!("completion"), tuning_job!("classifier")]);
const TUNING_JOB_READ: Shape = Shape::Either(&[
    tuning_job!("completion", optional("events", EVENTS), optional("checkpoints", CHECKPOINTS)),
    tuning_job!(
        "classifier",
        optional("events", EVENTS),
        optional("checkpoints", CHECKPOINTS),
        field("classifier_targets", TARGETS)
    ),
]);
const TUNING_JOBS: &[Field] = &[
    optional("data", Shape::List(&TUNING_JOB)),
    optional("object", Shape::Always("list")),
    field("total", Shape::Count),
];

const CAPABILITIES: Shape = Shape::Object(&[
    optional("completion_chat", Shape::Flag),
    optional("completion_fim", Shape::Flag),
    optional("function_calling", Shape::Flag),
    optional("fine_tuning", Shape::Flag),
    optional("vision", Shape::Flag).since((1, 1, 0), (1, 1, 0)),
    optional("classification", Shape::Flag).since((1, 9, 1), (1, 7, 5)),
]);

macro_rules! card {
    ($kind:literal $(, $more:expr)*) => {
        &[
            field("id", Shape::Text),
            field("capabilities", CAPABILITIES),
            optional("object", Shape::Always("model")),
            optional("created", Shape::Time),
            optional("owned_by", Shape::Text),
            optional("name", Shape::Text).nullable(),
            optional("description", Shape::Text).nullable(),
            optional("max_context_length", Shape::Count),
            optional("aliases", Shape::List(&Shape::Text)),
            optional("deprecation", Shape::Moment).nullable(),
            optional("default_model_temperature", Shape::Number).nullable(),
            field("type", Shape::Always($kind)),
            $($more,)*
        ]
    };
}

const CARD: Shape = Shape::Either(&[
    card!("base"),
    card!("fine-tuned", field("job", Shape::Id), field("root", Shape::Text), optional("archived", Shape::Flag)),
]);
const CARDS: &[Field] = &[optional("object", Shape::Always("list")), optional("data", Shape::List(&CARD))];
const MODEL_DELETED: &[Field] =
    &[field("id", Shape::Text), optional("object", Shape::Always("model")), optional("deleted", Shape::Flag)];

const TUNED_CAPABILITIES: Shape = Shape::Object(&[
    optional("completion_chat", Shape::Flag),
    optional("completion_fim", Shape::Flag),
    optional("function_calling", Shape::Flag),
    optional("fine_tuning", Shape::Flag),
    optional("classification", Shape::Flag).since((1, 9, 1), (1, 7, 5)),
]);

macro_rules! tuned {
    ($kind:literal $(, $more:expr)*) => {
        &[
            field("id", Shape::Text),
            field("owned_by", Shape::Text),
            field("root", Shape::Text),
            field("workspace_id", Shape::Text).since((1, 9, 3), (1, 7, 5)),
            field("root_version", Shape::Text).since((1, 9, 3), (1, 7, 5)),
            field("created", Shape::Time),
            field("archived", Shape::Flag),
            field("capabilities", TUNED_CAPABILITIES),
            optional("job", Shape::Id).nullable().bearable_since((2, 2, 0), (2, 2, 0)),
            optional("object", Shape::Always("model")),
            optional("name", Shape::Text).nullable(),
            optional("description", Shape::Text).nullable(),
            optional("max_context_length", Shape::Count),
            optional("aliases", Shape::List(&Shape::Text)),
            field("model_type", Shape::Always($kind)),
            $($more,)*
        ]
    };
}

const TUNED: Shape = Shape::Either(&[tuned!("completion"), tuned!("classifier", field("classifier_targets", TARGETS))]);
const ARCHIVED: &[Field] =
    &[field("id", Shape::Text), optional("object", Shape::Always("model")), optional("archived", Shape::Flag)];

/// What each operation answers.
pub const ANSWERS: &[(&str, Shape)] = &[
    ("batch.jobs.list", Shape::Object(BATCH_JOBS)),
    ("batch.jobs.create", Shape::Object(BATCH_JOB)),
    ("batch.jobs.get", Shape::Object(BATCH_JOB)),
    ("batch.jobs.cancel", Shape::Object(BATCH_JOB)),
    ("batch.jobs.delete", Shape::Object(BATCH_JOB_DELETED)),
    ("files.upload", Shape::Object(FILE)),
    ("files.list", Shape::Object(FILES)),
    ("files.get", Shape::Object(FILE_READ)),
    ("files.delete", Shape::Object(FILE_DELETED)),
    ("files.signed_url", Shape::Object(SIGNED_URL)),
    ("fine_tuning.jobs.list", Shape::Object(TUNING_JOBS)),
    ("fine_tuning.jobs.create", TUNING_JOB),
    ("fine_tuning.jobs.get", TUNING_JOB_READ),
    ("fine_tuning.jobs.cancel", TUNING_JOB_READ),
    ("fine_tuning.jobs.start", TUNING_JOB_READ),
    ("models.list", Shape::Object(CARDS)),
    ("models.get", CARD),
    ("models.delete", Shape::Object(MODEL_DELETED)),
    ("models.update", TUNED),
    ("models.archive", Shape::Object(ARCHIVED)),
    ("models.unarchive", Shape::Object(ARCHIVED)),
];
