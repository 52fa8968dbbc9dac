use std::path::Path;

use mistral_sdk::datasets::training::Options;
use mistral_sdk::models::{FileId, FineTuningJob};

use super::training_data::describe;
use crate::args::ReportArgs;
use crate::connect::Session;
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::outfile::OutFile;
use crate::report::{DataFile, Report};

/// Writes a job as a page.
pub(super) async fn report(context: &Context, args: &ReportArgs) -> Result<ExitCode> {
    let source = args.job_file.as_deref().or(args.training_file.first().map(|path| path.as_path()));
    let out = OutFile::new(&args.output, args.force, source)?;
    let mut data = Vec::new();
    for path in &args.training_file {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let checked = describe(context, path, &path.display().to_string(), Options::default()).await?;
        data.push(DataFile { name, checked });
    }
    let job = match (&args.id, &args.job_file) {
        (Some(id), _) => {
            let session = context.connect()?;
            let job = session.client.fine_tuning().jobs().get(id).await?;
            if data.is_empty() && !args.no_download {
                data = download_all(context, &session, &job).await;
            }
            job
        }
        (None, Some(path)) => read(path)?,
        (None, None) => return Err(Failure::usage("there is no job to report on")),
    };
    let page = Report::new(&job, &data).html();
    let shown = out.path().map(Path::to_owned);
    let mut writing = out.create()?;
    writing.write(page.as_bytes())?;
    writing.finish()?;
    if let Some(path) = shown {
        context.screen.note(&format!("report: {}", path.display()));
    }
    Ok(ExitCode::Success)
}

/// What is in the job's own files. The page is worth having without them, so that none of them stops it.
async fn download_all(context: &Context, session: &Session, job: &FineTuningJob) -> Vec<DataFile> {
    let mut data = Vec::new();
    for id in &job.training_files {
        match download(context, session, id).await {
            Ok(file) => data.push(file),
            Err(failure) => {
                let why = failure.to_string();
                let why = why.lines().next().unwrap_or_default();
                context.screen.warn(&format!("file {id} is left out of the page: {why}"));
            }
        }
    }
    data
}

async fn download(context: &Context, session: &Session, id: &FileId) -> Result<DataFile> {
    let files = session.client.files();
    let file = files.get(id).await?;
    let cannot = |error| Failure::unexpected("no temporary file can be made").because(error);
    let folder = tempfile::tempdir().map_err(cannot)?;
    let path = folder.path().join("data");
    files.download(id).await?.save(&path).await?;
    let checked = describe(context, &path, &file.filename, Options::default()).await?;
    Ok(DataFile { name: file.filename, checked })
}

/// Reads a job that was written down.
fn read(path: &Path) -> Result<FineTuningJob> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::input(format!("{shown} cannot be read")).because(error))?;
    serde_json::from_str(&text).map_err(|error| {
        Failure::input(format!("{shown} is no fine-tuning job: {error}"))
            .help("Write one with: mistral-jobs ft get JOB_ID -o json > job.json")
    })
}
