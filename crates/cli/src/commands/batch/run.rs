use std::path::Path;
use std::time::Instant;

use mistral_sdk::Upload;
use mistral_sdk::models::{BatchJob, BatchJobStatus, File, FilePurpose};

use super::new_job;
use super::results::{Answers, Target};
use super::wait::watch_to_the_end;
use crate::args::RunArgs;
use crate::connect::Session;
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::Result;
use crate::input::{self, Checked, Sendable};
use crate::outfile::OutFile;
use crate::stage::{GoOn, Stage};
use crate::terminal::{Activity, Bytes};
use crate::uploaded::Uploaded;

/// The whole way from a file of requests to a file of answers.
pub(super) async fn run(context: &Context, args: &RunArgs) -> Result<ExitCode> {
    let started = Instant::now();
    context.stage.set(Stage::NoJobYet);

    // Everything that can be found wrong here is found before anything is sent.
    let mut job = new_job::from_options(&args.job, context.screen)?;
    let out = OutFile::new(&args.output, args.force, Some(&args.input))?;
    let input = check(context, &args.input).await?;
    new_job::choose_model(&mut job, &input, context.screen)?;
    let answers = Answers { input: &input, target: Target::new(out)? };
    let session = context.connect()?;

    let file = upload(context, &session, &input).await?;
    let uploaded = Uploaded::new(&file.id, &job, &context.global);
    context.stage.set(Stage::Uploaded(uploaded.clone()));
    let created = new_job::create(context, &session, &job.input_file(&file.id)).await;
    let job = created.map_err(|failure| uploaded.add_to(failure))?;
    context.screen.note(&format!("created job {}", job.id));
    let go_on = GoOn::new(&job.id, &context.global).results(Some(&args.input), &args.output, args.force);
    context.stage.set(Stage::Job(go_on.clone()));

    let rest = async {
        let job = watch_to_the_end(context, &session, &job.id, args.wait_limit).await?;
        answers.write(context, &session, &job, Some(started)).await
    };
    rest.await.map_err(|failure| go_on.add_to(failure))
}

/// Checks the file offline, and says what is in it.
pub(super) async fn check(context: &Context, path: &Path) -> Result<Checked> {
    let checking = Activity::start(context.screen, &format!("checking {}", path.display()));
    let input = input::check(path).await?;
    drop(checking);
    let (requests, bytes) = (input.requests(), Bytes(input.bytes));
    let s = if requests == 1 { "" } else { "s" };
    context.screen.note(&format!("checked {}: {requests} request{s}, {bytes}", path.display()));
    if input.mark || input.blank > 0 {
        let mark = if input.mark { "a byte-order mark" } else { "" };
        let and = if input.mark && input.blank > 0 { " and " } else { "" };
        let blank = if input.blank > 0 { format!("{} blank lines", input.blank) } else { String::new() };
        context.screen.note(&format!("a copy without {mark}{and}{blank} is sent"));
    }
    if requests > 100_000 {
        context.screen.warn("one document of the service says that a job takes 100,000 requests, another 1,000,000");
    }
    Ok(input)
}

async fn upload(context: &Context, session: &Session, input: &Checked) -> Result<File> {
    let sendable = Sendable::new(input).await?;
    let name = input.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let uploading = Activity::bytes(context.screen, &format!("uploading {name}"), Some(input.bytes));
    let upload = Upload::path(sendable.path()).filename(&name).progress(uploading.counter());
    let file = session.client.files().upload(upload, FilePurpose::Batch).await?;
    drop(uploading);
    context.screen.note(&format!("uploaded {name} as file {}", file.id));
    Ok(file)
}

/// Why a request of a job in this state has no result.
pub(super) fn why_missing(job: &BatchJob) -> String {
    match &job.status {
        BatchJobStatus::Success => "the job's results do not mention this request".to_owned(),
        status => format!("the job ended {status} before this request was answered"),
    }
}
