//! What became of a call on one side.

use serde_json::Value;

use crate::recorder::Sent;

/// What became of a call on one side.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The request, if one went out.
    pub sent: Option<Sent>,
    /// What was read from the answer.
    pub read: Option<Value>,
    /// Why the call was not made, or its answer not read.
    pub refused: Option<String>,
}
