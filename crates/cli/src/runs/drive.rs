use std::time::{Duration, Instant};

use futures_util::TryStreamExt as _;
use mistral_sdk::runs::{Event, Run, Status};
use mistral_sdk::transport::Poll;

use super::GoOn;
use super::progress::Progress;
use crate::args::ProgressForm;
use crate::context::Context;
use crate::failure::Result;
use crate::stage::Stage;

/// A run after it was driven.
#[derive(Debug)]
pub(crate) struct Driven {
    /// What its journal says now.
    pub(crate) status: Status,
    /// What was said meanwhile to be not as it should be.
    pub(crate) remarks: Vec<String>,
}

/// Sees a run through, or only submits it, and shows what happens.
///
/// # Errors
///
/// What ends the run for now, with the command that goes on.
pub(crate) async fn drive(
    context: &Context,
    run: &Run,
    go_on: &GoOn,
    form: ProgressForm,
    only_submit: bool,
) -> Result<Driven> {
    let created = |status: &Status| status.parts.iter().filter(|part| part.job.is_some()).count() as u64;
    let before = run.status();
    let mut jobs = created(&before);
    context.stage.set(Stage::Run(go_on.with_jobs(jobs)));
    let (mut remarks, mut progress) = (Vec::new(), Progress::new(context.screen, form, before.parts.len()));
    let mut events = if only_submit { run.submit() } else { run.watch() };
    while let Some(event) = events.try_next().await.map_err(|error| go_on.failed(error))? {
        progress.see(&event, Instant::now());
        match event {
            Event::Created { .. } => {
                jobs += 1;
                context.stage.set(Stage::Run(go_on.with_jobs(jobs)));
            }
            Event::Remark { message, .. } => remarks.push(message),
            _ => {}
        }
    }
    drop(progress);
    // The run has ended, or goes on without this command: from here on an interruption cancels nothing.
    context.stage.set(Stage::Run(go_on.with_jobs(jobs).cancelling(false)));
    Ok(Driven { status: run.status(), remarks })
}

/// A wait with a limit, if there is one.
pub(crate) fn within(poll: Poll, limit: Option<Duration>) -> Poll {
    limit.map_or(poll, |limit| poll.limit(limit))
}
