//! The way of results into the output file: spooled as they come, counted, and written in the order of the input.

mod causes;
mod collect;
mod order;
mod spool;
mod summary;
mod text;

pub(crate) use collect::{Tally, collect};
pub(crate) use order::write_in_order;
pub(crate) use spool::Spool;
pub(crate) use summary::Summary;
pub(crate) use text::write as write_result;
