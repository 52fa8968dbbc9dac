//! Whole runs on the emulator, on a paused clock.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "everything here is test code")]

mod admission;
mod bench;
mod cancel;
mod creates;
mod disk;
mod dropped;
mod inputs;
mod jobs;
mod journal;
mod refusals;
mod results;
mod retry;
mod through;
mod torture;
mod whole;
