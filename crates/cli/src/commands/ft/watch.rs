use futures_util::TryStreamExt as _;
use mistral_sdk::Progress;
use mistral_sdk::models::{Checkpoint, FineTuningEvent, FineTuningJob};
use serde::Serialize;

use super::job_view;
use super::live::Live;
use super::wait::{ended, known_job, stands, unfinished};
use crate::args::{Format, WatchFtArgs};
use crate::context::Context;
use crate::data::Data;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};

/// A piece of news in the JSON formats.
#[derive(Serialize)]
#[serde(rename_all = "snake_case", tag = "type")]
enum News<'a> {
    Status { job: &'a FineTuningJob },
    Checkpoint { checkpoint: &'a Checkpoint },
    Event { event: &'a FineTuningEvent },
}

/// Shows a job while it runs: redrawn in place for somebody who looks, a line a change for everybody else.
pub(super) async fn watch(context: &Context, args: &WatchFtArgs) -> Result<ExitCode> {
    let (session, mut tuning, job) = known_job(context, &args.id).await?;
    context.next_steps(tuning.needs_start(&job).as_slice());
    let poll = args.wait_limit.map_or(session.poll, |limit| session.poll.limit(limit));
    let mut progress = session.client.fine_tuning().jobs().watch(&args.id, poll);
    let mut rows = Rows { data: context.data(), draws: context.screen.draws(), seen: None, early: Vec::new() };
    let mut live = Live::new(context.screen);
    while let Some(news) = progress.try_next().await.map_err(|error| unfinished(&tuning, error))? {
        if let Progress::Status(job) = &news {
            stands(context, &mut tuning, job);
        }
        rows.push(&news)?;
        match &news {
            Progress::Event(event) => {
                context.screen.detail(&format!("{}  {}", event.created_at, job_view::event(event)));
            }
            _ => {
                if let Some(job) = &rows.seen {
                    live.draw(job);
                }
            }
        }
    }
    live.finish();
    let job = rows.seen.ok_or_else(|| Failure::unexpected(format!("the watch over job {} saw nothing", args.id)))?;
    if let Some(model) = &job.fine_tuned_model {
        context.screen.note(&format!("model: {model}"));
    }
    Ok(ended(context, &job))
}

/// What was seen of the job, and the rows that say so.
struct Rows {
    data: Data,
    /// The picture shows it already.
    draws: bool,
    /// The job with every checkpoint so far.
    seen: Option<FineTuningJob>,
    /// Checkpoints from before the status was known, which comes last of what one look brings.
    early: Vec<Checkpoint>,
}

impl Rows {
    fn push(&mut self, news: &Progress) -> Result<()> {
        match news {
            Progress::Status(job) => {
                let first = self.seen.is_none();
                self.seen = Some((**job).clone());
                let early = std::mem::take(&mut self.early);
                early.iter().try_for_each(|checkpoint| self.checkpoint(checkpoint))?;
                if first || early.is_empty() || job.status.is_final() {
                    self.row(job, &News::Status { job })?;
                }
            }
            Progress::Checkpoint(checkpoint) if self.seen.is_none() => self.early.push(checkpoint.clone()),
            Progress::Checkpoint(checkpoint) => {
                if let Some(job) = &mut self.seen {
                    job.checkpoints.insert(0, checkpoint.clone());
                }
                self.checkpoint(checkpoint)?;
            }
            Progress::Event(event) if self.data.format != Format::Table => {
                self.data.json_item(&News::Event { event })?;
            }
            _ => {}
        }
        Ok(())
    }

    fn checkpoint(&self, checkpoint: &Checkpoint) -> Result<()> {
        let Some(job) = &self.seen else { return Ok(()) };
        // The row of this checkpoint, whatever came after it.
        let mut then = job.clone();
        then.checkpoints = vec![checkpoint.clone()];
        self.row(&then, &News::Checkpoint { checkpoint })
    }

    fn row(&self, job: &FineTuningJob, news: &News<'_>) -> Result<()> {
        match self.data.format {
            Format::Table if self.draws && self.data.is_looked_at() => Ok(()),
            Format::Table => self.data.table(&job_view::change(job).without_header()),
            Format::Json | Format::Jsonl => self.data.json_item(news),
        }
    }
}
