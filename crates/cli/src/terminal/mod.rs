//! What people see: escaping, tables, messages and progress.

mod escape;
mod progress;
mod screen;
mod table;

pub(crate) use escape::escape;
pub(crate) use progress::{Progress, Rough};
pub(crate) use screen::Screen;
pub(crate) use table::{Column, Table};
