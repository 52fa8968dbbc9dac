use clap::Args;

use super::values;

/// Which page of a listing, or all of them.
#[derive(Debug, Args)]
pub(crate) struct PageArgs {
    /// Page, counted from 0
    #[arg(long, value_name = "N", default_value = "0", value_parser = values::page, allow_negative_numbers = true)]
    pub(crate) page: u64,
    /// Items a page
    #[arg(long, value_name = "N", default_value = "100", value_parser = values::page_size, allow_negative_numbers = true)]
    pub(crate) page_size: u64,
    /// All pages, from --page on
    #[arg(long)]
    pub(crate) all: bool,
}
