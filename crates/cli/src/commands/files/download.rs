use std::path::PathBuf;

use futures_util::TryStreamExt as _;
use mistral_sdk::models::FileId;

use crate::args::DownloadArgs;
use crate::connect::Session;
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::outfile::OutFile;
use crate::terminal::{Activity, Bytes};

/// Writes the content of a file, whole or not at all.
pub(super) async fn download(context: &Context, args: &DownloadArgs) -> Result<ExitCode> {
    // Looked at before anything is asked of the service, if the user named it.
    let named = args.output.as_ref().map(|output| OutFile::new(output, args.force, None)).transpose()?;
    let session = context.connect()?;
    let out = match named {
        Some(out) => out,
        None => {
            let name = own_name(&session, &args.id).await?;
            if !args.force && name.is_file() {
                return Err(Failure::usage(format!("{} exists, as the service calls the file", name.display()))
                    .help("Name another file with --output, or add --force to replace this one."));
            }
            OutFile::new(&name, args.force, None)?
        }
    };
    let shown = out.path().map(|path| path.display().to_string());
    let mut content = session.client.files().download(&args.id).await?;
    let text = format!("downloading {}", args.id);
    let progress = shown.as_ref().map(|_| Activity::bytes(context.screen, &text, content.length()));
    let (mut out, mut bytes) = (out.create()?, 0);
    while let Some(part) = content.try_next().await? {
        out.write(&part)?;
        bytes += part.len() as u64;
        if let Some(progress) = &progress {
            progress.add(part.len() as u64);
        }
    }
    out.finish()?;
    drop(progress);
    if let Some(shown) = shown {
        context.screen.note(&format!("wrote {} to {shown}", Bytes(bytes)));
    }
    Ok(ExitCode::Success)
}

/// The file's name on the service, in this folder: whatever path it pretends to have.
async fn own_name(session: &Session, id: &FileId) -> Result<PathBuf> {
    let name = session.client.files().get(id).await?.filename;
    last_part(&name).map(PathBuf::from).ok_or_else(|| {
        Failure::unexpected(format!("the service calls the file {name:?}, which is no name here"))
            .help("Name one: --output FILE")
    })
}

/// The part of a name that stays inside a folder, on any system.
fn last_part(name: &str) -> Option<&str> {
    let last = name.rsplit(['/', '\\', ':']).next()?;
    let usable = !matches!(last, "" | "." | ".." | "-") && !last.chars().any(char::is_control) && last.len() <= 255;
    usable.then_some(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_never_leaves_the_folder() {
        assert_eq!(last_part("results.jsonl"), Some("results.jsonl"));
        assert_eq!(last_part("../../.ssh/authorized_keys"), Some("authorized_keys"));
        assert_eq!(last_part(r"C:\Windows\evil.dll"), Some("evil.dll"));
        assert_eq!(last_part("/etc/passwd"), Some("passwd"));
        for name in ["", "..", "a/", "a/..", "-", "a\nb"] {
            assert_eq!(last_part(name), None, "{name:?}");
        }
    }
}
