//! What people see: escaping, tables, messages and progress.

mod activity;
mod bytes;
mod escape;
mod plot;
mod progress;
mod screen;
mod shorten;
mod table;

pub(crate) use activity::Activity;
pub(crate) use bytes::Bytes;
pub(crate) use escape::escape;
pub(crate) use plot::Plot;
pub(crate) use progress::{Progress, Rough};
pub(crate) use screen::Screen;
pub(crate) use shorten::shorten;
pub(crate) use table::{Column, Table};
