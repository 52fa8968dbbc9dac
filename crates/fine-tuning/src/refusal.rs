//! What the refusals of the service mean for a fine-tuning job.

use mistral_transport::{Error, ErrorKind};

/// The error of a call about jobs, with what its status means here.
pub(crate) fn explained(error: Error) -> Error {
    match error.kind() {
        ErrorKind::Gone => error.about(
            "hosted fine-tuning jobs were retired in August 2026; fine-tuned models can be managed and used as before",
        ),
        _ => error,
    }
}

/// The error of a creation, with what its status means here.
pub(crate) fn of_creation(error: Error) -> Error {
    match error.kind() {
        ErrorKind::Conflict => error.about(
            "a similar job is queued, validated or running; wait for it or cancel it, or change the model, the data, \
             the hyperparameters or the suffix",
        ),
        _ => explained(error),
    }
}
