//! From tables to the input of a batch.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "everything here is test code")]

#[cfg(feature = "csv")]
mod csv_table;
#[cfg(feature = "parquet")]
mod parquet_table;
