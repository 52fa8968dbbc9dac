use std::path::Path;

use mistral_sdk::datasets::split::{Part, Size, Split, SplitError};

use super::joined::Joined;
use super::source::{file_of, nothing_in, seekable};
use super::work::{Work, failure};
use crate::args::SplitArgs;
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::outfile::OutFile;
use crate::terminal::Bytes;

/// Writes the two parts of all files together.
pub(super) async fn split(context: &Context, args: &SplitArgs) -> Result<ExitCode> {
    for output in [&args.training, &args.validation] {
        if output.as_os_str() == "-" {
            return Err(Failure::usage("standard output cannot take two files").help("Name two files."));
        }
    }
    let training = place("--training", &args.training, args)?;
    let validation = place("--validation", &args.validation, args)?;
    if training.is_place_of(&validation) {
        return Err(Failure::usage(format!("--validation: {} is the training data", args.validation.display()))
            .help("Name two files."));
    }
    let opened: Vec<_> =
        args.inputs.iter().map(|input| seekable(input, "the samples are read twice")).collect::<Result<_>>()?;
    let bytes: u64 = opened.iter().map(|(_, bytes)| bytes).sum();
    let shown = match args.inputs.as_slice() {
        [input] => input.display().to_string(),
        inputs => format!("{} files", inputs.len()),
    };
    let split = Split::new(args.size()).seed(args.seed).any_size(args.any_size);
    let readings = if args.any_size && args.share.is_some() { 3 } else { 2 };
    let mut work = Work::start(context, &format!("splitting {shown}"), Some(bytes * readings));
    let names = args.inputs.iter().map(|input| input.display().to_string());
    let input =
        Joined::new(opened.into_iter().zip(names).map(|((file, _), name)| work.read_file(file, name)).collect());
    let (mut training, mut validation) = (work.write(training)?, work.write(validation)?);
    let (name, size) = (shown.clone(), args.size());
    let (parts, training, validation) = work
        .run(move || {
            let parts = split.run(input, &mut training, &mut validation).map_err(|error| told(error, &name, size))?;
            Ok((parts, training, validation))
        })
        .await?;
    training.finish()?;
    validation.finish()?;
    let part = |part: Part| {
        let s = if part.samples == 1 { "" } else { "s" };
        format!("{} sample{s}, {}", part.samples, Bytes(part.bytes))
    };
    context.screen.note(&format!("training:   {} ({})", args.training.display(), part(parts.training)));
    context.screen.note(&format!("validation: {} ({})", args.validation.display(), part(parts.validation)));
    if parts.blank > 0 {
        context.screen.note(&format!("{} blank lines were left out", parts.blank));
    }
    if let Some(count) = args.count.filter(|count| *count > parts.validation.samples) {
        let short = count - parts.validation.samples;
        context.screen.warn(&format!("{short} fewer than asked for: copies of a sample stay together"));
    }
    if context.global.format.is_some_and(|format| format != crate::args::Format::Table) {
        context.data().json_item(&parts)?;
    }
    Ok(ExitCode::Success)
}

/// An output that is none of the inputs.
fn place(flag: &'static str, output: &Path, args: &SplitArgs) -> Result<OutFile> {
    for input in &args.inputs {
        OutFile::named(flag, output, args.force, file_of(input))?;
    }
    OutFile::named(flag, output, args.force, None)
}

fn told(error: SplitError, shown: &str, size: Size) -> Failure {
    let what = format!("{shown}: {error}");
    match error {
        SplitError::Io(error) => failure(error),
        SplitError::NothingToLearn { samples: 0, .. } => nothing_in(shown),
        SplitError::NothingToLearn { samples: 1, .. } => {
            Failure::input(what).help("A sample is a line; what the file is instead: data check.")
        }
        SplitError::LineTooLong { .. } => Failure::input(what).help("Find the line that is no sample: data check."),
        SplitError::Changed => Failure::input(what).help("Run the command again when nobody writes to the file."),
        SplitError::TooLarge { largest, .. } if largest.samples > 0 => Failure::usage(what).help(format!(
            "Take fewer: --count {}, or as many as the service takes, without {}. \
             For another service: --any-size.",
            largest.samples,
            if matches!(size, Size::Count(_)) { "--count" } else { "--share" }
        )),
        SplitError::TooLarge { .. } | SplitError::TooSmall { .. } => Failure::usage(what).help(
            "Use all of it for training, or take more than the service does: --any-size with --count or --share.",
        ),
        _ => Failure::usage(what).help("Take another number: --count or --share."),
    }
}
