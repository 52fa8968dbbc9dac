//! Behaviour of the whole.
//!
//! * [`recorder`]: takes what the facade sends, for comparison and snapshots.
//! * [`suite`]: whole behaviours as functions over a client; what passes on one API must pass on all.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "everything here is test code")]

pub mod recorder;
pub mod suite;

/// The examples of the README, compiled with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
