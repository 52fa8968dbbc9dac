use std::path::Path;

use mistral_sdk::datasets::training::{self, Options, Report};
use serde::Serialize;

use super::changes::told;
use super::check_view;
use super::source::Source;
use super::work::Work;
use crate::args::{CheckArgs, Format};
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};

/// A file and what was found in it.
#[derive(Debug, Serialize)]
pub(super) struct Checked {
    pub(super) file: String,
    pub(super) valid: bool,
    #[serde(flatten)]
    pub(super) report: Report,
}

/// What was found in all files, in the JSON formats. Keys are only ever added.
#[derive(Debug, Serialize)]
struct Everything {
    valid: bool,
    files: Vec<Checked>,
}

/// Checks files and prints what is wrong with them.
pub(super) async fn check(context: &Context, args: &CheckArgs) -> Result<ExitCode> {
    let files = [args.inputs.as_slice(), args.validation.as_slice()].concat();
    once_at_most(&files)?;
    let mut options = Options::default().kept_per_code(args.show.max(Options::KEPT_PER_CODE));
    if let Some(format) = args.data_format {
        options = options.format(format);
    }
    if let Some(tokens) = args.context {
        options = options.context(tokens);
    }
    // All are opened before one is read, so that a wrong name is told at once.
    let sources: Vec<Source> = files.iter().map(|path| Source::any(path)).collect::<Result<_>>()?;
    let names: Vec<String> = sources.iter().map(|source| source.shown.clone()).collect();
    let mut reports = Vec::new();
    for (at, source) in sources.into_iter().enumerate() {
        let is_validation = at >= args.inputs.len();
        let options = if is_validation { options.clone().validation() } else { options.clone() };
        reports.push(read(context, source, options).await?);
    }
    let (training, validation) = reports.split_at_mut(args.inputs.len());
    for validation in validation {
        training::compare(training, validation).map_err(super::work::failure)?;
    }
    let checked = |(file, report): (String, Report)| Checked { file, valid: report.is_valid(), report };
    let files: Vec<Checked> = names.into_iter().zip(reports).map(checked).collect();
    let valid = files.iter().all(|file| file.valid);
    match context.data().format {
        Format::Table => check_view::print(&files, args.show)?,
        Format::Json | Format::Jsonl => context.data().json_item(&Everything { valid, files })?,
    }
    Ok(if valid { ExitCode::Success } else { ExitCode::InvalidInput })
}

/// Reads a file and says what is in it.
pub(super) async fn read(context: &Context, source: Source, options: Options) -> Result<Report> {
    let work = Work::start(context, &format!("checking {}", source.shown), source.bytes);
    let input = work.read(source);
    work.run(move || told(training::check(input, options))).await
}

/// Standard input is gone once it was read.
pub(in crate::commands) fn once_at_most(files: &[impl AsRef<Path>]) -> Result<()> {
    if files.iter().filter(|path| path.as_ref().as_os_str() == "-").count() > 1 {
        return Err(Failure::usage("standard input is named twice").help("Name - once; it is read once."));
    }
    Ok(())
}
