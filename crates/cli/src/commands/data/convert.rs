use std::collections::BTreeMap;
use std::fs::File;

use mistral_sdk::datasets::convert as library;
use mistral_sdk::datasets::from_results::{self, Joined, LeftOut, Reason};

use super::changes::{self, Log, told, write_line};
use super::fix::{report_file, written_to};
use super::source::{Source, file_of, seekable};
use super::work::{Reading, Sink, Work};
use crate::args::{ConvertArgs, ConvertFrom};
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::outfile::OutFile;
use crate::shell::quoted;
use crate::terminal::shorten;

/// Writes training data that is made of something else.
pub(super) async fn convert(context: &Context, args: &ConvertArgs) -> Result<ExitCode> {
    let out = OutFile::new(&args.output, args.force, file_of(&args.input))?;
    for results in &args.results {
        OutFile::new(&args.output, args.force, Some(results))?;
    }
    let report = report_file(args.report.as_deref(), args.force, &args.input, &out)?;
    match args.from {
        ConvertFrom::Openai if !args.results.is_empty() => {
            Err(Failure::usage("--results: there are none to data of another service")
                .help("To join requests and answers of a batch job: --from batch-results"))
        }
        ConvertFrom::Openai => from_openai(context, args, out, report).await,
        ConvertFrom::BatchResults => from_batch(context, args, out, report).await,
    }
}

async fn from_openai(context: &Context, args: &ConvertArgs, out: OutFile, report: Option<OutFile>) -> Result<ExitCode> {
    let source = Source::lines(&args.input)?;
    let shown = source.shown.clone();
    let mut work = Work::start(context, &format!("converting {shown}"), source.bytes);
    let (input, written) = (work.read(source), out.path().map(|path| path.display().to_string()));
    let report = report.map(|report| work.write(report)).transpose()?;
    let (mut output, mut log) = (work.write(out)?, Log::new(report));
    let (done, output, log) = work
        .run(move || {
            let done = told(library::from_openai(input, &mut output, |change| log.add(change)))?;
            Ok((done, output, log))
        })
        .await?;
    changes::refuse_empty(&shown, &done)?;
    output.finish()?;
    let first = log.finish()?;
    changes::show(context, &shown, &done, &first);
    written_to(context, written.as_deref(), args.report.as_deref(), &done)?;
    Ok(if done.written() == 0 { ExitCode::InvalidInput } else { ExitCode::Success })
}

/// What gave no sample: all of it in the report, the first of each reason on the screen.
struct Left {
    report: Option<Sink>,
    first: BTreeMap<Reason, LeftOut>,
}

async fn from_batch(context: &Context, args: &ConvertArgs, out: OutFile, report: Option<OutFile>) -> Result<ExitCode> {
    let source = Source::lines(&args.input)?;
    let opened: Vec<(File, u64)> =
        args.results.iter().map(|path| seekable(path, "results are read twice")).collect::<Result<_>>()?;
    let bytes = opened.iter().map(|(_, bytes)| bytes * 2).sum::<u64>();
    let shown = source.shown.clone();
    let mut work = Work::start(context, &format!("joining {shown}"), source.bytes.map(|input| input + bytes));
    let (input, written) = (work.read(source), out.path().map(|path| path.display().to_string()));
    let names = args.results.iter().map(|path| path.display().to_string());
    let mut results: Vec<Reading<File>> =
        opened.into_iter().zip(names).map(|((file, _), name)| work.read_file(file, name)).collect();
    let report = report.map(|report| work.write(report)).transpose()?;
    let (mut output, mut left) = (work.write(out)?, Left { report, first: BTreeMap::new() });
    let (joined, output, left) = work
        .run(move || {
            let joined = told(from_results::join(input, &mut results, &mut output, |request| {
                left.first.entry(request.reason).or_insert_with(|| request.clone());
                write_line(&mut left.report, request)
            }))?;
            Ok((joined, output, left))
        })
        .await?;
    if joined.requests == 0 {
        return Err(Failure::input(format!("{shown}: no requests in the file"))
            .help(r#"Name the input of the batch job: {"custom_id": "q-1", "body": {…}}"#));
    }
    if joined.samples == 0 && joined.strays > 0 && joined.left_out.keys().eq([&Reason::Missing]) {
        return Err(Failure::input(format!("none of the {} results belongs to a request of {shown}", joined.strays))
            .help("Name the input that the batch job was made from."));
    }
    output.finish()?;
    left.report.map_or(Ok(()), Sink::finish)?;
    show(context, &shown, &joined, &left.first);
    written_to(context, written.as_deref(), args.report.as_deref(), &joined)?;
    if let Some(output) = written.filter(|_| joined.samples > 0) {
        context.screen.note(&format!("check it: mistral-jobs data check {}", quoted(output)));
    }
    Ok(if joined.samples == 0 { ExitCode::InvalidInput } else { ExitCode::Success })
}

fn show(context: &Context, shown: &str, joined: &Joined, first: &BTreeMap<Reason, LeftOut>) {
    let Joined { requests, samples, left_out, strays, repeated, unreadable, .. } = joined;
    let left: u64 = left_out.values().sum();
    let s = if *requests == 1 { "" } else { "s" };
    context.screen.note(&format!("{shown}: {requests} request{s}: {samples} gave a sample, {left} left out"));
    let width = left_out.values().map(|count| count.to_string().len()).max().unwrap_or_default();
    for (reason, count) in left_out {
        let example = first.get(reason).map(|LeftOut { line, message, .. }| {
            format!("  ({}{shown}:{line}: {})", if *count > 1 { "first: " } else { "" }, shorten(message, 200))
        });
        context.screen.note(&format!("  {count:>width$} × {reason}{}", example.unwrap_or_default()));
    }
    for (count, what) in [
        (strays, "belong to no request of the input"),
        (repeated, "repeat an id; the first of each was used"),
        (unreadable, "name no request and were passed over"),
    ] {
        if *count > 0 {
            context.screen.warn(&format!("{count} results {what}"));
        }
    }
}
