//! The input file, checked before anything is sent.
//!
//! One pass over the lines. Kept in memory: the ids, where to find them, and the first problems; never the bodies.

mod check;
mod index;
mod line;
mod open;
mod problem;
mod sendable;

pub(crate) use check::{Checked, check};
pub(crate) use index::Index;
pub(crate) use open::{MAX_FILE_BYTES, other_format};
pub(crate) use sendable::Sendable;
