use mistral_sdk::models::ListFineTuningJobs;

use super::job_view;
use crate::args::ListFtArgs;
use crate::commands::listing;
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::Result;

pub(super) async fn list(context: &Context, args: &ListFtArgs) -> Result<ExitCode> {
    let params = params(args);
    let jobs = context.connect()?.client.fine_tuning().jobs();
    let all = jobs.list_all(params.clone());
    listing::show(context, &args.pages, "jobs", jobs.list(&params), all, job_view::table).await
}

fn params(args: &ListFtArgs) -> ListFineTuningJobs {
    let mut params =
        ListFineTuningJobs::default().page(args.pages.page).page_size(args.pages.page_size).created_by_me(args.mine);
    params.status = args.status.clone();
    params.model = args.model.clone();
    params.suffix = args.suffix.clone();
    params.created_after = args.created_after.clone();
    params.created_before = args.created_before.clone();
    params.wandb_project = args.wandb_project.clone();
    params.wandb_name = args.wandb_name.clone();
    params
}
