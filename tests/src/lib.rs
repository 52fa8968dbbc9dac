//! Behaviour of the whole.
//!
//! * [`rig`]: an emulator that plays faults and a client in front of it; [`peer`]: servers on plain sockets, for what
//!   happens below HTTP; [`blob`]: the storage behind signed URLs; [`polls`]: futures that are given up. The tests of
//!   faults are made of them; `FAULTS.md` tells which test shows which fault.
//! * [`recorder`]: takes what the facade sends, for comparison and snapshots.
//! * [`suite`]: whole behaviours as functions over a client; what passes on one API must pass on all. [`trail`] takes away
//!   what they leave behind where they fail.
//! * [`twins`]: the same call made by an official client and by the facade, compared.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "everything here is test code")]

pub mod blob;
pub mod mangle;
pub mod peer;
pub mod polls;
pub mod recorder;
pub mod rig;
pub mod suite;
pub mod torture;
pub mod trail;
pub mod twins;

/// The examples of the README, compiled with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
