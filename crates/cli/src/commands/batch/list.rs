use mistral_sdk::models::ListBatchJobs;

use super::job_view;
use crate::args::{ListJobsArgs, unique_metadata};
use crate::commands::listing;
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};

pub(super) async fn list(context: &Context, args: &ListJobsArgs) -> Result<ExitCode> {
    let params = params(args)?;
    let jobs = context.connect()?.client.batch().jobs();
    let all = jobs.list_all(params.clone());
    listing::show(context, &args.pages, "jobs", jobs.list(&params), all, job_view::table).await
}

fn params(args: &ListJobsArgs) -> Result<ListBatchJobs> {
    let mut params = ListBatchJobs::default()
        .page(args.pages.page)
        .page_size(args.pages.page_size)
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
