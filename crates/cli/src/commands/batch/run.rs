use std::path::PathBuf;
use std::time::Instant;

use mistral_sdk::runs::{Plan, Spec};

use super::new_job;
use super::workload::Prepared;
use crate::args::BatchRunArgs;
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::Result;
use crate::outfile::OutFile;
use crate::runs::{self, Conclusion, Folder, GoOn, is_stdin, within};
use crate::stage::{Stage, same_api};
use crate::terminal::{Activity, Bytes, Screen};

/// The whole way from files of requests to a file of answers.
pub(super) async fn run(context: &Context, args: &BatchRunArgs) -> Result<ExitCode> {
    let started = Instant::now();
    context.stage.set(Stage::NoJobYet);

    // Everything that can be found wrong here is found before anything is sent.
    let workload = &args.workload;
    let prepared = Prepared::new(workload, context.screen)?;
    let same_api = same_api(&context.global);
    let named = args.run_dir.as_deref();
    let folder = Folder::of_new_run(named, &workload.inputs, &args.output, &same_api)?;
    let out = output(args)?;
    let session = context.connect()?;
    let folder = if session.embedded && named.is_none() { Folder::temporary()? } else { folder };
    let go_on = GoOn::new(folder.path(), session.embedded, &workload.money.prices, &context.global)
        .cancelling(args.drive.cancel_on_interrupt);

    let runs = prepared.runs(&session.client).poll(within(session.poll, args.drive.wait_limit));
    let Prepared { spec, input, prices, .. } = prepared;
    let mut spec = spec.cleanup(args.cleanup.into());
    (spec.output, spec.replace) = (out.target().map(ToOwned::to_owned), args.force);
    let names = names(&workload.inputs);
    let reading = Activity::start(context.screen, &format!("checking {names}"));
    let begun = runs.start_with_plan(folder.path(), input, spec.clone()).await;
    drop(reading);
    let (run, plan) = begun?;
    context.stage.set(Stage::Run(go_on.clone()));
    tell(context.screen, &names, &plan, &spec);

    let form = args.drive.shown.progress;
    let driven = runs::drive(context, &run, &go_on, form, args.drive.detach).await?;
    if args.drive.detach {
        return runs::detached(context, &driven, &go_on);
    }
    let options = &args.drive.shown;
    let conclusion =
        Conclusion { go_on: &go_on, options, prices: &prices, started: Some(started), passing: folder.passing };
    conclusion.draw(context, run, driven).await
}

/// Where the answers go, which must be none of the inputs, and must be there to be written.
fn output(args: &BatchRunArgs) -> Result<OutFile> {
    for input in args.workload.inputs.iter().filter(|input| !is_stdin(input)) {
        OutFile::new(&args.output, true, Some(input))?;
    }
    let out = OutFile::new(&args.output, args.force, None)?;
    drop(out.scratch()?);
    Ok(out)
}

fn names(inputs: &[PathBuf]) -> String {
    match inputs {
        [one] if is_stdin(one) => "standard input".to_owned(),
        [one] => one.display().to_string(),
        inputs => format!("{} files", inputs.len()),
    }
}

/// Says what is in the input, and what will be made of it.
fn tell(screen: Screen, names: &str, plan: &Plan, spec: &Spec) {
    let statistics = &plan.statistics;
    let s = if plan.rows == 1 { "" } else { "s" };
    screen.note(&format!("checked {names}: {} request{s}, {}", plan.rows, Bytes(statistics.bytes)));
    let marks = statistics.files.iter().filter(|file| file.mark).count();
    let left_out = [("byte-order mark", marks as u64), ("blank line", statistics.blank_lines)];
    let counted = left_out.iter().filter(|(_, count)| *count > 0);
    let counted: Vec<_> =
        counted.map(|(what, count)| format!("{count} {what}{}", if *count == 1 { "" } else { "s" })).collect();
    if !counted.is_empty() {
        screen.note(&format!("left out: {}", counted.join(" and ")));
    }
    if plan.sent < plan.rows {
        screen.note(&format!("{} requests are sent; the others have the body of one of them", plan.sent));
    }
    if let Some(model) = plan.model.as_ref().filter(|_| spec.job.model.is_none() && statistics.without_model > 0) {
        new_job::tell_default(model, &spec.job.endpoint, screen);
    }
    if plan.parts.len() > 1 {
        screen.note(&format!("{} parts, each of which becomes a job", plan.parts.len()));
    }
    screen.detail(&format!("estimate: {}", plan.estimate));
    plan.remarks.iter().for_each(|remark| screen.warn(remark));
}
