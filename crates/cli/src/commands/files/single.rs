//! One call about one file.

use mistral_sdk::models::GetSignedUrl;

use super::file_view;
use crate::args::{FileArgs, Format, UrlArgs};
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::Result;
use crate::terminal::escape;

pub(super) async fn get(context: &Context, args: &FileArgs) -> Result<ExitCode> {
    let file = context.connect()?.client.files().get(&args.id).await?;
    context.data().item(&file, &file_view::fields(&file))?;
    Ok(ExitCode::Success)
}

pub(super) async fn delete(context: &Context, args: &FileArgs) -> Result<ExitCode> {
    let deleted = context.connect()?.client.files().delete(&args.id).await?;
    let fields = [("id", deleted.id.to_string()), ("deleted", deleted.deleted.to_string())];
    context.data().item(&deleted, &fields)?;
    Ok(ExitCode::Success)
}

pub(super) async fn url(context: &Context, args: &UrlArgs) -> Result<ExitCode> {
    let params = GetSignedUrl::default().expiry(args.expiry_hours);
    let url = context.connect()?.client.files().signed_url(&args.id, &params).await?;
    let data = context.data();
    match data.format {
        Format::Table => data.text(&escape(&url.url))?,
        Format::Json | Format::Jsonl => data.json_item(&url)?,
    }
    Ok(ExitCode::Success)
}
