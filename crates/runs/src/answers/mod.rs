//! The answers of all rounds, row by row.

mod causes;
mod cursor;
mod merged;
mod row;
mod twins;

pub(crate) use causes::Causes;
pub(crate) use merged::Merged;
pub(crate) use twins::{FIRSTS, ORDINALS, TWINS};
pub use causes::{Cause, Sample};
pub use row::{Failed, Row};
pub(crate) use row::rows;
