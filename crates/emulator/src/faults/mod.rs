//! Answers that go wrong on demand.

mod body;
mod change;
mod deliver;
mod gzip;
mod script;
mod table;
mod wire;

pub(crate) use body::FaultyBody;
pub(crate) use deliver::deliver;
pub use script::{FaultScript, FaultScriptError};
pub use table::FaultUse;
pub(crate) use table::{Faults, Playing};
pub(crate) use wire::Wire;
#[cfg(feature = "server")]
pub(crate) use wire::WiredStream;
