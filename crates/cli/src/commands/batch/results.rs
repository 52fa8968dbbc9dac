use std::fs;
use std::pin::pin;
use std::time::Instant;

use futures_util::StreamExt as _;
use mistral_sdk::Outcome;
use mistral_sdk::models::BatchJob;

use super::run;
use crate::answers::{Spool, Summary, Tally, collect, write_in_order, write_result};
use crate::args::{Format, ResultsArgs};
use crate::connect::Session;
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::input::Checked;
use crate::outfile::OutFile;
use crate::stage::{GoOn, Stage};
use crate::terminal::Activity;

/// Reads the results of a job that has ended.
pub(super) async fn results(context: &Context, args: &ResultsArgs) -> Result<ExitCode> {
    let out = OutFile::new(&args.output, args.force, args.input.as_deref())?;
    let input = match &args.input {
        Some(path) => Some(run::check(context, path).await?),
        None => None,
    };
    let target = Target::new(out)?;
    let session = context.connect()?;
    let job = session.client.batch().jobs().get(&args.id).await?;
    let go_on = GoOn::new(&job.id, &context.global).results(args.input.as_deref(), &args.output, args.force);
    if !job.status.is_final() {
        let what = format!("job {} is {}: there are results when it has ended", job.id, job.status);
        return Err(go_on.add_to(Failure::new(ExitCode::StillRunning, what)));
    }
    context.stage.set(Stage::Job(go_on.clone()));
    let written = match &input {
        Some(input) => Answers { input, target }.write(context, &session, &job, None).await,
        None => as_they_come(context, &session, &job, target).await,
    };
    written.map_err(|failure| go_on.add_to(failure))
}

/// Where results go: the file, and space beside it for what is not finished.
pub(super) struct Target {
    out: OutFile,
    scratch: fs::File,
}

impl Target {
    /// # Errors
    ///
    /// A folder that cannot be written in.
    pub(super) fn new(out: OutFile) -> Result<Self> {
        Ok(Self { scratch: out.scratch()?, out })
    }

    fn shown(&self) -> Option<String> {
        self.out.path().map(|path| path.display().to_string())
    }
}

/// The results of a job, to be brought into the order of its input.
pub(super) struct Answers<'a> {
    pub(super) input: &'a Checked,
    pub(super) target: Target,
}

impl Answers<'_> {
    /// Reads all results, writes one line a request, and says what came of them.
    pub(super) async fn write(
        self,
        context: &Context,
        session: &Session,
        job: &BatchJob,
        started: Option<Instant>,
    ) -> Result<ExitCode> {
        let Self { input, target } = self;
        let reading = Activity::start(context.screen, "reading the results");
        let results = session.client.batch().jobs().results(job);
        let output = target.shown();
        let collected = collect(results, &input.index, Spool::new(target.scratch)).await?;
        if collected.tally.belongs_elsewhere() {
            return Err(Failure::input(format!(
                "none of the job's {} results belongs to a request of {}",
                collected.tally.strays,
                input.path.display()
            ))
            .help(
                "Name the file the job was made from with --input; without it, the results are written as they are.",
            ));
        }
        let tally = write_in_order(collected, &input.index, &run::why_missing(job), target.out).await?;
        drop(reading);
        let line_of = |id: &str| {
            let line = input.index.find(id).map(|row| input.index.line(row))?;
            Some(format!("{}:{line}", input.path.display()))
        };
        let elapsed = started.map(|started| started.elapsed());
        conclude(context, &Summary { job, tally: &tally, output, elapsed, line_of: &line_of })
    }
}

/// Results in the order of the service, without an input to compare them with.
async fn as_they_come(context: &Context, session: &Session, job: &BatchJob, target: Target) -> Result<ExitCode> {
    let output = target.shown();
    let mut out = target.out.create()?;
    let (mut tally, mut line, mut rows) = (Tally::default(), Vec::new(), 0..);
    let reading = output.is_some().then(|| Activity::start(context.screen, "reading the results"));
    let mut outcomes = pin!(session.client.batch().jobs().results(job));
    while let Some(outcome) = outcomes.next().await {
        match outcome {
            Err(error) => {
                tally.end(error)?;
                break;
            }
            Ok(Outcome::Result(result)) => {
                write_result(&result, &mut line)?;
                out.write(&line)?;
                tally.count(&result, rows.next().unwrap_or(usize::MAX));
            }
            Ok(Outcome::Unreadable(line)) => tally.count_unreadable(&line),
        }
    }
    out.finish()?;
    drop(reading);
    tally.missing = job.total_requests.saturating_sub(tally.succeeded + tally.failed);
    conclude(context, &Summary { job, tally: &tally, output, elapsed: None, line_of: &|_| None })
}

fn conclude(context: &Context, summary: &Summary<'_>) -> Result<ExitCode> {
    summary.show(context.screen);
    // With the results themselves on standard output there is no place for more.
    if summary.output.is_some() && context.global.format.is_some_and(|format| format != Format::Table) {
        context.data().json_item(&summary.report())?;
    }
    Ok(summary.exit_code())
}
