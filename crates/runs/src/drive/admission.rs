//! How many requests may still be sent: the workspace has one limit for all its jobs.

use std::collections::HashMap;

use futures_util::TryStreamExt as _;
use mistral_models::{BatchJob, BatchJobStatus, FileId, ListBatchJobs};
use mistral_transport::{Error, ErrorKind, Result};

use super::look::RUN;
use crate::context::Context;

/// The key in the metadata of a job that tells its requests before the service has counted them.
pub(crate) const ROWS: &str = "mistral_sdk_rows";

/// A job that is older, in seconds, has ended: none runs for more than a week.
const OLDEST: i64 = 9 * 24 * 3_600;

/// Requests of other runs and other programs that wait or are at work in the workspace.
///
/// A job whose requests the service has not counted yet is taken at its word, if it is one of ours, or by the lines of its
/// input files.
pub(super) async fn others_pending(context: &Context, run: &str) -> Result<u64> {
    let filter = ListBatchJobs::default()
        .status(BatchJobStatus::Queued)
        .status(BatchJobStatus::Running)
        .status(BatchJobStatus::CancellationRequested);
    let oldest = context.clock.now().as_secs() - OLDEST;
    let mut jobs = context.jobs.list_all(filter);
    let (mut pending, mut lines) = (0_u64, HashMap::new());
    while let Some(job) = jobs.try_next().await? {
        if job.created_at.as_secs() < oldest {
            break;
        }
        // The filter is not trusted.
        if job.status.is_final() || note(&job, RUN) == Some(run) {
            continue;
        }
        let total = match job.total_requests {
            0 => match note(&job, ROWS).and_then(|rows| rows.parse().ok()) {
                Some(rows) => rows,
                None => input_lines(context, &job, &mut lines).await?,
            },
            total => total,
        };
        pending = pending.saturating_add(total.saturating_sub(job.done_requests()));
    }
    Ok(pending)
}

fn note<'j>(job: &'j BatchJob, key: &str) -> Option<&'j str> {
    job.metadata.as_ref()?.get(key)?.as_str()
}

/// The lines of a job's input files, as far as the service tells.
async fn input_lines(context: &Context, job: &BatchJob, known: &mut HashMap<FileId, u64>) -> Result<u64> {
    let mut total = 0_u64;
    for id in &job.input_files {
        let lines = match known.get(id) {
            Some(lines) => *lines,
            None => match context.files.get(id).await {
                Ok(file) => file.num_lines.unwrap_or(0),
                Err(error) if error.is_not_found() => 0,
                Err(error) => return Err(error),
            },
        };
        known.insert(id.clone(), lines);
        total = total.saturating_add(lines);
    }
    Ok(total)
}

/// Whether a creation was refused because too many requests are pending. What the service answers then is not documented; it
/// is known by its words.
pub(super) fn is_refusal(error: &Error) -> bool {
    let said = error.to_string().to_ascii_lowercase();
    let status = error.status().map_or(0, |status| status.as_u16());
    let may_be = matches!(status, 400 | 403 | 409 | 422 | 429);
    may_be && error.kind() != ErrorKind::Auth && said.contains("pending")
}
