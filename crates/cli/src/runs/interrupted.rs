use std::path::Path;
use std::process;
use std::time::Duration;

use mistral_sdk::runs::Runs;
use mistral_sdk::{Error, ErrorKind};

use super::GoOn;
use crate::context::Context;
use crate::failure::Result;
use crate::interrupt;
use crate::stage::Stage;

const PAUSE: Duration = Duration::from_millis(100);

/// What to tell after an interruption. The jobs of a run are told to stop before, if that was asked for.
///
/// # Errors
///
/// Why not all could be told.
pub(crate) async fn interrupted(context: &Context, stage: Stage) -> Result<Vec<String>> {
    let Stage::Run(go_on) = stage else { return Ok(stage.interrupted()) };
    let Some(folder) = go_on.to_cancel() else { return Ok(go_on.interrupted()) };
    context.screen.note("telling the jobs to stop; Ctrl-C once more ends that too");
    tokio::select! {
        stopped = stop(context, &go_on, folder) => stopped,
        _ = interrupt::signal() => Ok(go_on.left()),
    }
}

async fn stop(context: &Context, go_on: &GoOn, folder: &Path) -> Result<Vec<String>> {
    let runs: Runs = context.connect()?.client.runs();
    let stopped = loop {
        match runs.cancel(folder).await {
            Err(error) if is_ours(&error) => tokio::time::sleep(PAUSE).await,
            done => break done,
        }
    };
    let jobs = stopped.map_err(|error| go_on.failed(error))?;
    let status = Runs::status(folder).await.map_err(|error| go_on.failed(error))?;
    Ok(go_on.stopped(jobs.len(), status.parts.iter().any(|part| part.maybe_created)))
}

/// Whether the run is still held by file work of this process, which ends by itself.
fn is_ours(error: &Error) -> bool {
    error.kind() == ErrorKind::Journal && error.to_string().contains(&format!("process {} ", process::id()))
}
