use mistral_sdk::datasets::Lines;
use mistral_sdk::datasets::batch::{Checker, Options, Report};
use mistral_sdk::models::ModelId;
use serde::Serialize;

use super::validate_view;
use crate::args::{Format, ValidateArgs};
use crate::commands::data::check::once_at_most;
use crate::commands::data::source::Source;
use crate::commands::data::work::{self, Work};
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::Result;

/// What was found, in the JSON formats. Keys are only ever added.
#[derive(Debug, Serialize)]
struct Document<'a> {
    schema_version: u32,
    valid: bool,
    #[serde(flatten)]
    report: &'a Report,
}

/// Checks requests offline and prints what is wrong with them.
pub(super) async fn validate(context: &Context, args: &ValidateArgs) -> Result<ExitCode> {
    once_at_most(&args.inputs)?;
    let options = Options::default()
        .generate_ids(args.generate_ids)
        .kept(args.show)
        .model(args.model.as_ref().map(ModelId::as_str))
        .strict(args.strict);
    // All are opened before one is read, so that a wrong name is told at once.
    let sources: Vec<Source> = args.inputs.iter().map(|path| Source::any(path)).collect::<Result<_>>()?;
    let bytes = sources.iter().map(|source| source.bytes).sum();
    let work = Work::start(context, "checking", bytes);
    let inputs: Vec<_> = sources.into_iter().map(|source| (source.shown.clone(), work.read(source))).collect();
    let report = work
        .run(move || {
            let mut checker = Checker::new(options);
            for (name, input) in inputs {
                checker.begin(name);
                let mut lines = Lines::new(input);
                while let Some(line) = lines.read().map_err(work::failure)? {
                    checker.line(&line).map_err(work::failure)?;
                }
            }
            checker.finish().map_err(work::failure)
        })
        .await?;
    let valid = report.is_valid();
    match context.data().format {
        Format::Table => validate_view::print(&report)?,
        Format::Json | Format::Jsonl => {
            context.data().json_item(&Document { schema_version: 1, valid, report: &report })?;
        }
    }
    Ok(if valid { ExitCode::Success } else { ExitCode::InvalidInput })
}
