//! The answers of all rounds, row by row.

mod causes;
mod cursor;
mod job;
mod merged;
mod row;
#[cfg(test)]
mod tests;
mod twins;

pub(crate) use causes::Causes;
pub use causes::{Cause, Sample};
pub use job::JobReport;
pub(crate) use merged::Merged;
pub(crate) use row::rows;
pub use row::{Failed, Row};
pub(crate) use twins::{FIRSTS, ORDINALS, TWINS};
