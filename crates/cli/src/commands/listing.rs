use std::future::Future;

use futures_util::TryStreamExt as _;
use futures_util::stream::BoxStream;
use mistral_sdk::models::List;
use serde::Serialize;

use crate::args::{Format, PageArgs};
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::Result;
use crate::terminal::Table;

/// Shows one page of `things`, or all of them.
pub(super) async fn show<T: Serialize>(
    context: &Context,
    pages: &PageArgs,
    things: &str,
    page: impl Future<Output = mistral_sdk::Result<List<T>>>,
    mut all: BoxStream<'static, mistral_sdk::Result<T>>,
    table: impl Fn(&[T]) -> Table,
) -> Result<ExitCode> {
    let data = context.data();
    if pages.all && data.format == Format::Jsonl {
        while let Some(item) = all.try_next().await? {
            data.json_item(&item)?;
        }
        return Ok(ExitCode::Success);
    }
    let list = if pages.all {
        // Columns and documents need all of them.
        let all: Vec<T> = all.try_collect().await?;
        let total = all.len() as u64;
        List::new(all).total(total)
    } else {
        page.await?
    };
    data.list(&list, table)?;
    if list.data.is_empty() && data.is_looked_at() {
        context.screen.note(&format!("no {things}"));
    }
    let (shown, total) = (list.data.len() as u64, list.total.unwrap_or_default());
    if !pages.all && pages.page.saturating_mul(pages.page_size).saturating_add(shown) < total {
        context.screen.note(&format!("{shown} of {total} {things}; --page {} or --all shows more", pages.page + 1));
    }
    Ok(ExitCode::Success)
}
