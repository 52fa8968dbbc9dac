//! Faults, one test each, named after their number in the guide on reliability. `FAULTS.md` is the table of them.
//!
//! Most are played by the emulator in the same process, on a paused clock, with its ledger as the judge; what happens below
//! HTTP is played by plain sockets. Each test makes sure that its fault was really delivered.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "everything here is test code")]

mod bodies;
mod creates;
mod fine_tuning;
mod input;
mod operations_table;
mod plain_creates;
mod reach;
mod results;
mod reuse;
mod signed;
mod slow;
mod statuses;
mod transfers;
mod waits;
