use futures_util::TryStreamExt as _;
use mistral_sdk::models::{List, ListFiles};

use super::file_view;
use crate::args::{Format, ListFilesArgs};
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::Result;

pub(super) async fn list(context: &Context, args: &ListFilesArgs) -> Result<ExitCode> {
    let params = params(args);
    let (data, files) = (context.data(), context.connect()?.client.files());
    if !args.all {
        let page = files.list(&params).await?;
        data.list(&page, file_view::table)?;
        if page.data.is_empty() && data.is_looked_at() {
            context.screen.note("no files");
        }
        let (shown, total) = (page.data.len() as u64, page.total.unwrap_or_default());
        if args.page.saturating_mul(args.page_size).saturating_add(shown) < total {
            context.screen.note(&format!("{shown} of {total} files; --page {} or --all shows more", args.page + 1));
        }
        return Ok(ExitCode::Success);
    }
    let mut all = std::pin::pin!(files.list_all(params));
    if data.format == Format::Jsonl {
        while let Some(file) = all.try_next().await? {
            data.json_item(&file)?;
        }
    } else {
        // Columns and documents need all of them.
        let all: Vec<_> = all.try_collect().await?;
        if all.is_empty() && data.is_looked_at() {
            context.screen.note("no files");
        }
        let total = all.len() as u64;
        data.list(&List::new(all).total(total), file_view::table)?;
    }
    Ok(ExitCode::Success)
}

fn params(args: &ListFilesArgs) -> ListFiles {
    let mut params = ListFiles::default().page(args.page).page_size(args.page_size).include_total(args.include_total);
    params.purpose = args.purpose.clone();
    params.sample_type = args.sample_type.clone();
    params.source = args.source.clone();
    params.search = args.search.clone();
    params.mimetypes = args.mimetype.clone();
    params
}
