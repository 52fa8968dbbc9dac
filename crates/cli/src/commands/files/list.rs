use mistral_sdk::models::ListFiles;

use super::file_view;
use crate::args::ListFilesArgs;
use crate::commands::listing;
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::Result;

pub(super) async fn list(context: &Context, args: &ListFilesArgs) -> Result<ExitCode> {
    let params = params(args);
    let files = context.connect()?.client.files();
    let all = files.list_all(params.clone());
    listing::show(context, &args.pages, "files", files.list(&params), all, file_view::table).await
}

fn params(args: &ListFilesArgs) -> ListFiles {
    let mut params =
        ListFiles::default().page(args.pages.page).page_size(args.pages.page_size).include_total(args.include_total);
    params.purpose = args.purpose.clone();
    params.sample_type = args.sample_type.clone();
    params.source = args.source.clone();
    params.search = args.search.clone();
    params.mimetypes = args.mimetype.clone();
    params
}
