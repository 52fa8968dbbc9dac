//! The same call made twice: by an official client and by the facade.
//!
//! A [`Case`] is a call described by neither: an operation and its parameters, named as on the wire. An official client
//! makes it in a process of its own ([`Driver`]), the facade here ([`call`]). What went out is compared by [`wire`], what
//! was read from one and the same answer by [`answers`]. Where the two differ, one of [`differences`] must say why.

pub mod answers;
pub mod call;
mod case;
pub mod differences;
mod driver;
mod generation;
mod json;
mod operations;
mod outcome;
mod tally;
mod value;
pub mod wire;

pub use case::{Case, rich_cases, seeded_cases};
pub use driver::{Driver, Reply};
pub use generation::{Generation, Spoken};
pub use operations::{OPERATIONS, Operation, Parameter};
pub use outcome::Outcome;
pub use tally::Tally;
