use std::io::Write as _;

use mistral_sdk::datasets::repair::Repair;

use super::changes::{self, Log, told};
use super::source::{Source, file_of};
use super::work::Work;
use crate::args::FixArgs;
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::outfile::OutFile;

/// Writes a repaired copy of a file.
pub(super) async fn fix(context: &Context, args: &FixArgs) -> Result<ExitCode> {
    let out = OutFile::new(&args.output, args.force, file_of(&args.input))?;
    let report = report_file(args.report.as_deref(), args.force, &args.input, &out)?;
    let source = Source::lines(&args.input)?;
    let shown = source.shown.clone();
    let mut work = Work::start(context, &format!("repairing {shown}"), source.bytes);
    let (input, written) = (work.read(source), out.path().map(|path| path.display().to_string()));
    let report = report.map(|report| work.write(report)).transpose()?;
    let (mut output, mut log) = (work.write(out)?, Log::new(report));
    let repair = Repair::new().drop_unusable(args.drop_unusable);
    let (done, output, log) = work
        .run(move || {
            let done = told(repair.run(input, &mut output, |change| log.add(change)))?;
            told(output.flush())?;
            Ok((done, output, log))
        })
        .await?;
    changes::refuse_empty(&shown, &done)?;
    output.finish()?;
    let first = log.finish()?;
    changes::show(context, &shown, &done, &first);
    written_to(context, written.as_deref(), args.report.as_deref(), &done)?;
    if done.unusable > 0 {
        context.screen.note("what is still unusable is for you to repair; to leave it out: --drop-unusable");
    }
    if done.written() == 0 {
        context.screen.warn("no sample is left");
    }
    Ok(if done.unusable > 0 || done.written() == 0 { ExitCode::InvalidInput } else { ExitCode::Success })
}

/// The file for every change, which is neither the input nor the output.
pub(super) fn report_file(
    report: Option<&std::path::Path>,
    force: bool,
    input: &std::path::Path,
    output: &OutFile,
) -> Result<Option<OutFile>> {
    let Some(report) = report else { return Ok(None) };
    let place = OutFile::named("--report", report, force, file_of(input))?;
    if place.is_place_of(output) {
        return Err(Failure::usage(format!("--report: {} is the output", report.display()))
            .help("Name another file for the report."));
    }
    Ok(Some(place))
}

/// Names the files that were written, and gives the figures to those who asked for JSON.
pub(super) fn written_to<T: serde::Serialize>(
    context: &Context,
    output: Option<&str>,
    report: Option<&std::path::Path>,
    figures: &T,
) -> Result<()> {
    if let Some(report) = report {
        context.screen.note(&format!("report: {}", report.display()));
    }
    let Some(output) = output else { return Ok(()) };
    context.screen.note(&format!("wrote {output}"));
    if context.global.format.is_some_and(|format| format != crate::args::Format::Table) {
        context.data().json_item(figures)?;
    }
    Ok(())
}
