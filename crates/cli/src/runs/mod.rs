//! Runs: from the command line to the library, and what becomes of them back to people and programs.

mod conclude;
mod detached;
mod drive;
mod folder;
mod go_on;
mod inputs;
mod interrupted;
mod invalid;
mod prices;
mod progress;
mod report;
#[cfg(any(feature = "csv", feature = "parquet"))]
mod rows;
mod spec;
mod summary;
mod table;
mod usage;

pub(crate) use conclude::Conclusion;
pub(crate) use detached::detached;
pub(crate) use drive::{Driven, drive, within};
pub(crate) use folder::{Folder, is_named_after};
pub(crate) use go_on::GoOn;
pub(crate) use inputs::{is_stdin, open};
pub(crate) use interrupted::interrupted;
pub(crate) use invalid::{advice, invalid};
pub(crate) use mistral_sdk::runs::Input;
use prices::budget;
pub(crate) use prices::price_table;
pub(crate) use progress::requests;
pub(crate) use spec::spec;
pub(crate) use summary::{cause_lines, tally_warnings};
pub(crate) use table::input;
pub(crate) use usage::{estimated, price_date, used};
