//! The command as a user sees it: arguments in; exit code, standard output, standard error and files out.

#![cfg(unix)] // signals, links and permissions
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_input;
mod batch;
mod canary;
mod data;
mod emulator;
mod files;
mod ft;
mod help;
mod interrupt;
mod models;
mod run;
mod runs;
mod short;
mod support;
mod terminal;
mod upstream;
