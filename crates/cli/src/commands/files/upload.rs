use mistral_sdk::Upload;

use super::file_view;
use crate::args::UploadArgs;
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::terminal::Activity;

/// Uploads a file and prints what the service made of it.
pub(super) async fn upload(context: &Context, args: &UploadArgs) -> Result<ExitCode> {
    let size = check(args)?;
    let mut upload = Upload::path(&args.path).visibility(args.visibility.clone());
    if let Some(hours) = args.expiry_hours {
        upload = upload.expiry(hours);
    }
    if let Some(name) = &args.filename {
        upload = upload.filename(name);
    }
    if let Some(content_type) = &args.content_type {
        upload = upload.content_type(content_type);
    }
    let session = context.connect()?;
    let shown = args.path.display();
    let uploading = Activity::bytes(context.screen, &format!("uploading {shown}"), Some(size));
    let upload = upload.progress(uploading.counter());
    let file = session.client.files().upload(upload, args.purpose.clone()).await?;
    drop(uploading);
    context.data().item(&file, &file_view::fields(&file))?;
    Ok(ExitCode::Success)
}

/// What can be found wrong without sending anything; gives the size.
fn check(args: &UploadArgs) -> Result<u64> {
    let shown = args.path.display();
    let metadata = std::fs::metadata(&args.path)
        .map_err(|error| Failure::input(format!("{shown} cannot be read")).because(error))?;
    if metadata.is_dir() {
        return Err(Failure::input(format!("{shown} is a folder")).help("Name one file; folders are not uploaded."));
    }
    if !metadata.is_file() {
        return Err(Failure::input(format!("{shown} is not a regular file"))
            .help("An upload needs to know its size. Write it to a file first."));
    }
    match metadata.len() {
        0 => Err(Failure::input(format!("{shown} is empty")).help("Name a file with something in it.")),
        bytes if bytes > Upload::MAX_BYTES => Err(Failure::input(format!(
            "{shown} has {bytes} bytes; the service takes {} (512 MB) at most",
            Upload::MAX_BYTES
        ))
        .help("Split the file.")),
        bytes => Ok(bytes),
    }
}
