use std::io::{self, Write};
use std::path::Path;

use mistral_sdk::models::{BatchJob, BatchJobStatus};
use mistral_sdk::runs::JobReport;

use super::job_summary::JobSummary;
use crate::args::{Format, ResultsArgs};
use crate::connect::Session;
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::outfile::{OutFile, Writing};
use crate::runs;
use crate::stage::{GoOn, Stage};
use crate::terminal::Activity;

/// Reads the results of a job that has ended.
pub(super) async fn results(context: &Context, args: &ResultsArgs) -> Result<ExitCode> {
    let out = OutFile::new(&args.output, args.force, args.input.as_deref())?;
    let input = args.input.as_ref().map(|path| runs::open(std::slice::from_ref(path))).transpose()?;
    // Shows early that something can be written there.
    drop(out.scratch()?);
    let session = context.connect()?;
    let job = session.client.batch().jobs().get(&args.id).await?;
    let go_on = GoOn::new(&job.id, &context.global).results(args.input.as_deref(), &args.output, args.force);
    if !job.status.is_final() {
        let what = format!("job {} is {}: there are results when it has ended", job.id, job.status);
        return Err(go_on.add_to(Failure::new(ExitCode::StillRunning, what)));
    }
    context.stage.set(Stage::Job(go_on.clone()));
    let written = write(context, &session, &job, out, input.zip(args.input.as_deref())).await;
    written.map_err(|failure| go_on.add_to(failure))
}

/// Writes the results, in the order of the input if there is one, and says what came of the job.
async fn write(
    context: &Context,
    session: &Session,
    job: &BatchJob,
    out: OutFile,
    input: Option<(runs::Input, &Path)>,
) -> Result<ExitCode> {
    let output = out.path().map(|path| path.display().to_string());
    // Results that go to standard output as they come are their own progress.
    let reads = output.is_some() || input.is_some();
    let reading = reads.then(|| Activity::start(context.screen, "reading the results"));
    let mut out = Watched { out: out.create()?, failure: None };
    let results = session.client.batch().jobs().result_lines(job);
    let (done, path) = match input {
        Some((input, path)) => (JobReport::in_order_of(input, results, why_missing(job), &mut out).await, Some(path)),
        None => (JobReport::as_they_come(results, &mut out).await, None),
    };
    if let Some(failure) = out.failure.take() {
        return Err(failure);
    }
    let mut report = done?;
    match path {
        Some(path) if report.tally.strays > 0 && report.tally.succeeded + report.tally.failed == 0 => {
            return Err(belongs_elsewhere(path, report.tally.strays));
        }
        Some(_) => {}
        None => report.tally.missing = job.total_requests.saturating_sub(report.tally.succeeded + report.tally.failed),
    }
    out.out.finish()?;
    drop(reading);
    let summary = JobSummary { job, report: &report, output };
    summary.show(context.screen);
    // With the results themselves on standard output there is no place for more.
    if summary.output.is_some() && context.global.format.is_some_and(|format| format != Format::Table) {
        context.data().json_item(&summary.document())?;
    }
    Ok(summary.exit_code())
}

/// Why a request of a job in this state has no result.
fn why_missing(job: &BatchJob) -> String {
    match &job.status {
        BatchJobStatus::Success => "the job's results do not mention this request".to_owned(),
        status => format!("the job ended {status} before this request was answered"),
    }
}

fn belongs_elsewhere(input: &Path, strays: u64) -> Failure {
    Failure::input(format!("none of the job's {strays} results belongs to a request of {}", input.display()))
        .help("Name the file the job was made from with --input; without it, the results are written as they are.")
}

/// An output that remembers why it could not be written: the library has words of its own for it.
struct Watched {
    out: Writing,
    failure: Option<Failure>,
}

impl Write for Watched {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.out.write(bytes) {
            Ok(()) => Ok(bytes.len()),
            Err(failure) => {
                self.failure = Some(failure);
                Err(io::ErrorKind::Other.into())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
