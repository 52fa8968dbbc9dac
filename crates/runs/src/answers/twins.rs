//! Rows that have the body of an earlier one, which are not sent but get its answer.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mistral_transport::Result;

use crate::Class;
use crate::blocking::{unreadable, unwritable};
use crate::join::rewritten;
use crate::whole::Whole;

/// The name of the list in the folder of the run.
const NAME: &str = "twins";
/// Bytes of an entry.
const ENTRY: usize = 16;

/// A row, and the earlier one whose body it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Twin {
    pub(crate) row: u64,
    pub(crate) first: u64,
}
