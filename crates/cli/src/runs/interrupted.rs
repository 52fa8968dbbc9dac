use std::path::Path;
use std::time::Duration;

use mistral_sdk::ErrorKind;
use mistral_sdk::runs::Runs;

use super::GoOn;
use crate::context::Context;
use crate::failure::Result;
use crate::stage::Stage;

/// How often a run is asked for that file work of the command itself may still hold, half a second each.
const ATTEMPTS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(100);

/// Cancels the jobs of the run that was interrupted, if that was asked for, and says what is to be told then.
pub(crate) async fn cancel_interrupted(context: &Context, stage: Stage) -> Result<Vec<String>> {
    let Stage::Run(go_on) = stage else { return Ok(stage.interrupted()) };
    match go_on.to_cancel() {
        Some(folder) => {
            context.screen.note("interrupted; cancelling the jobs. Once more to leave them running");
            cancel(context, &go_on, folder).await
        }
        None => Ok(go_on.interrupted()),
    }
}

async fn cancel(context: &Context, go_on: &GoOn, folder: &Path) -> Result<Vec<String>> {
    let runs: Runs = context.connect()?.client.runs();
    let mut attempt = 1;
    let cancelled = loop {
        match runs.cancel(folder).await {
            Err(error) if error.kind() == ErrorKind::Journal && attempt < ATTEMPTS => {
                attempt += 1;
                tokio::time::sleep(PAUSE).await;
            }
            done => break done,
        }
    };
    let jobs = cancelled.map_err(|error| go_on.failed(error))?;
    Ok(go_on.cancelled(jobs.len()))
}
