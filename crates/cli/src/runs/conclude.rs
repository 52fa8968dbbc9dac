use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use mistral_sdk::models::BatchJobStatus;
use mistral_sdk::runs::{Class, PriceTable, Report, Run, Runs, Status};

use super::report::Document;
use super::summary::{SHOWN, Summary};
use super::{Driven, GoOn};
use crate::args::{Format, ProgressForm, ShownOptions};
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::shown::shown;

/// What is to be done when every request has its outcome.
pub(crate) struct Conclusion<'a> {
    pub(crate) go_on: &'a GoOn,
    pub(crate) options: &'a ShownOptions,
    pub(crate) prices: &'a PriceTable,
    pub(crate) started: Option<Instant>,
    /// Whether the folder is to go if nothing is left to do.
    pub(crate) passing: bool,
}

impl Conclusion<'_> {
    /// Writes answers to standard output if they go there, says what came of the run, and removes what is of no more use.
    pub(crate) async fn draw(self, context: &Context, run: Run, driven: Driven) -> Result<ExitCode> {
        let Driven { status, remarks: told } = driven;
        let Some(report) = &status.report else {
            return Err(self.go_on.add_to(Failure::unexpected("the run has stopped, and is not done")));
        };
        let to_stdout = report.output.is_none();
        if to_stdout {
            self.write(context, &run).await?;
        }
        let code = exit_code(&status, report, self.options.allow_failures);
        let places = places(&run, report).await;
        let mut remarks = report.remarks.clone();
        for remark in told {
            if !remarks.contains(&remark) {
                remarks.push(remark);
            }
        }
        let kept = !(self.passing && report.tally.all_succeeded());
        if self.options.progress != ProgressForm::Json {
            let elapsed = self.started.map(|started| started.elapsed());
            let (prices, places, remarks) = (self.prices, &places, &remarks);
            Summary { status: &status, report, places, remarks, elapsed, prices, code }.show(context.screen);
            if kept {
                self.say_what_is_left(context, report, code);
            }
        }
        // With the answers themselves on standard output there is no place for more.
        if !to_stdout && context.global.format.is_some_and(|format| format != Format::Table) {
            let folder = self.go_on.command("").filter(|_| kept).map(|_| shown(&status.folder));
            let document = Document::new(&status, report, &places, &remarks, self.prices, folder);
            context.data().json_item(&document)?;
        }
        drop(run);
        if !kept {
            if let Err(error) = Runs::remove(&status.folder).await {
                context.screen.warn(&format!("the folder of the run is left: {error}"));
            }
        }
        Ok(code)
    }

    /// Writes the answers to standard output. Answers that were paid for are not lost with whoever read them.
    async fn write(&self, context: &Context, run: &Run) -> Result<()> {
        let out = Watched::default();
        let failed = out.failed.clone();
        let Err(error) = run.write_to(BufWriter::with_capacity(BUFFER, out)).await else { return Ok(()) };
        let failed = failed.lock().unwrap_or_else(PoisonError::into_inner).take();
        let failure = failed.map_or_else(|| error.into(), |kind| Failure::stdout(kind.into()));
        let kept = self
            .go_on
            .command("resume")
            .map(|resume| format!("The answers are kept. To have them: {resume} --output OUT"));
        match kept {
            Some(kept) if failure.is_silent() => context.screen.note(&kept),
            Some(kept) => return Err(failure.help(kept)),
            None => {}
        }
        Err(failure)
    }

    fn say_what_is_left(&self, context: &Context, report: &Report, code: ExitCode) {
        let say = |line: String| match code {
            ExitCode::Success => context.screen.note(&line),
            _ => context.screen.about_error("help: ", &line),
        };
        let (retry, clean) = (self.go_on.command("retry"), self.go_on.command("clean"));
        if report.tally.retryable + report.tally.missing > 0 {
            if let Some(retry) = retry {
                say(format!("To send what failed again: {retry}"));
            }
        } else if let Some(clean) = clean {
            let why = if report.tally.failed > 0 { "What failed would fail again. " } else { "" };
            say(format!("{why}To remove what is left of the run: {clean} --folder"));
        }
    }
}

/// Standard output, which is known to have failed if it has: the folder of the run may fail too.
#[derive(Debug, Default)]
struct Watched {
    failed: Arc<Mutex<Option<io::ErrorKind>>>,
}

const BUFFER: usize = 256 << 10;

impl Watched {
    fn watch<T>(&self, done: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &done {
            *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.kind());
        }
        done
    }
}

impl Write for Watched {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.watch(io::stdout().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.watch(io::stdout().flush())
    }
}

/// How a command about a run that is done ends.
pub(crate) fn exit_code(status: &Status, report: &Report, allowed_failures: Option<f64>) -> ExitCode {
    let tally = &report.tally;
    let without = tally.failed + tally.missing;
    let ended = status.parts.iter().filter(|part| part.tally.is_some());
    let otherwise = ended.into_iter().any(|part| part.status != Some(BatchJobStatus::Success));
    // Counts of this size are exact in f64.
    let allowed = |percent: f64| without as f64 * 100.0 <= percent * tally.rows() as f64;
    match () {
        () if without == 0 => ExitCode::Success,
        () if otherwise && tally.missing > 0 => ExitCode::JobEnded,
        () if allowed_failures.is_some_and(allowed) => ExitCode::Success,
        () => ExitCode::SomeFailed,
    }
}

/// Where the first requests of the causes stand that are shown. What cannot be read is not named, and what could be read only
/// once is called the input.
async fn places(run: &Run, report: &Report) -> Vec<Option<(PathBuf, u64)>> {
    let mut places = Vec::new();
    let mut shown = 0;
    for cause in &report.causes {
        let first = cause.samples.first().filter(|_| shown < SHOWN || cause.class == Class::CutOff);
        shown += usize::from(!cause.class.is_success());
        places.push(match first {
            Some(sample) => {
                let place = run.place_of(sample.row).await.ok().flatten();
                place.map(
                    |(path, line)| {
                        if path.starts_with(run.folder()) { ("the input".into(), line) } else { (path, line) }
                    },
                )
            }
            None => None,
        });
    }
    places
}
