//! What the refusals of the service mean for a fine-tuning job.

use mistral_transport::{Error, ErrorKind};

/// The error of a call about jobs, with what its status means here.
pub(crate) fn explained(error: Error) -> Error {
    match error.kind() {
        ErrorKind::Gone => error.about("the vendor retired hosted fine-tuning jobs in August 2026"),
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
