//! The ledger over the socket, for a test that runs the emulator as another process.

use http::{Method, Response};
use serde_json::{Value, json};

use super::Ledger;
use crate::Body;
use crate::error::{ApiError, ok};
use crate::lock::lock;

/// Outside the API's own paths, like the signed URLs.
pub(crate) const PATH: &str = "/emulator/ledger";

/// The note by which the SDK marks jobs that must be created once.
const MARKER: &str = "mistral_sdk_once";

impl Ledger {
    /// Answers a request for [`PATH`]. It needs no key: there are only counts to be seen.
    pub(crate) fn page(&self, method: &Method) -> Response<Body> {
        match *method {
            Method::GET => ok(&self.summary()),
            _ => ApiError::method_not_allowed("GET").into_response(),
        }
    }

    fn summary(&self) -> Value {
        let unused: Vec<_> = self.unused_faults().iter().map(ToString::to_string).collect();
        let book = lock(&self.book);
        let markers = book.notes.of(MARKER);
        json!({
            "requests": book.dropped + book.entries.len() as u64,
            "operations": book.operations,
            "jobs_created": book.jobs_created,
            "fine_tuning_jobs_created": book.fine_tuning_jobs_created,
            "files_created": book.files_created,
            "peak_pending_requests": book.peak_pending,
            "refused_for_pending": book.refused_for_pending,
            "once": {
                "markers": markers.map_or(0, |markers| markers.len()),
                "most_jobs_of_one_marker": markers.and_then(|markers| markers.values().max()).unwrap_or(&0),
            },
            "notes_left_out": book.notes.left_out(),
            "unused_faults": unused,
        })
    }
}
