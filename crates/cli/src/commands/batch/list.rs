use futures_util::TryStreamExt as _;
use mistral_sdk::models::{List, ListBatchJobs};

use super::job_view;
use crate::args::{Format, ListJobsArgs, unique_metadata};
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};

pub(super) async fn list(context: &Context, args: &ListJobsArgs) -> Result<ExitCode> {
    let params = params(args)?;
    let (data, jobs) = (context.data(), context.connect()?.client.batch().jobs());
    if !args.all {
        let page = jobs.list(&params).await?;
        data.list(&page, job_view::table)?;
        if page.data.is_empty() && data.is_looked_at() {
            context.screen.note("no jobs");
        }
        let (shown, total) = (page.data.len() as u64, page.total.unwrap_or_default());
        if args.page.saturating_mul(args.page_size).saturating_add(shown) < total {
            context.screen.note(&format!("{shown} of {total} jobs; --page {} or --all shows more", args.page + 1));
        }
        return Ok(ExitCode::Success);
    }
    let mut all = std::pin::pin!(jobs.list_all(params));
    if data.format == Format::Jsonl {
        while let Some(job) = all.try_next().await? {
            data.json_item(&job)?;
        }
    } else {
        // Columns and documents need all of them.
        let all: Vec<_> = all.try_collect().await?;
        if all.is_empty() && data.is_looked_at() {
            context.screen.note("no jobs");
        }
        let total = all.len() as u64;
        data.list(&List::new(all).total(total), job_view::table)?;
    }
    Ok(ExitCode::Success)
}

fn params(args: &ListJobsArgs) -> Result<ListBatchJobs> {
    let mut params = ListBatchJobs::default()
        .page(args.page)
        .page_size(args.page_size)
        .created_by_me(args.mine)
        .order_by(&args.order_by);
    params.status = args.status.clone();
    params.metadata = unique_metadata(&args.metadata)?;
    params.model = args.model.clone();
    params.agent_id = args.agent_id.clone();
    params.created_after = args.created_after.clone();
    params.check().map_err(|invalid| Failure::usage(format!("--{invalid}")))?;
    Ok(params)
}
