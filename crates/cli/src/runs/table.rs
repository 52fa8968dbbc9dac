//! Tables as input: requests made of their rows, in builds that read tables.

use std::path::{Path, PathBuf};

use mistral_sdk::models::BatchEndpoint;
use mistral_sdk::runs::Input;

use super::open;
use crate::args::TableOptions;
use crate::failure::{Failure, Result};

/// The requests of files, of standard input, or made of the rows of a table.
///
/// # Errors
///
/// As [`open`]; a table without a template, or one that this build does not read.
pub(crate) fn input(paths: &[PathBuf], options: &TableOptions, endpoint: &BatchEndpoint) -> Result<Input> {
    let Some(kind) = paths.iter().find_map(|path| Kind::of(path)) else {
        if options.template.is_some() || options.column.is_some() || options.id_column.is_some() {
            return Err(Failure::usage("--template, --column and --id-column are for tables, and the input is none")
                .help("Name a .csv, .tsv or .parquet file."));
        }
        return open(paths);
    };
    let [path] = paths else {
        return Err(
            Failure::usage("a table cannot be read along with other input").help("Name one table, and nothing else.")
        );
    };
    if options.template.is_none() && options.column.is_none() {
        return Err(Failure::usage("a table needs to be told how its rows become requests")
            .help("Name the column of the question with --column, or a file of the whole body with --template."));
    }
    kind.check()?;
    made(kind, path, options, endpoint)
}

#[cfg(any(feature = "csv", feature = "parquet"))]
use super::rows::input as made;

/// What reads no table has refused all of them before.
#[cfg(not(any(feature = "csv", feature = "parquet")))]
fn made(_: Kind, paths: &Path, _: &TableOptions, _: &BatchEndpoint) -> Result<Input> {
    open(&[paths.to_owned()])
}

/// A form of tables.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Csv,
    Tsv,
    Parquet,
}

impl Kind {
    fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "csv" => Some(Self::Csv),
            "tsv" => Some(Self::Tsv),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }

    /// Refuses what this build does not read.
    fn check(self) -> Result<()> {
        let (read, feature) = match self {
            Self::Csv | Self::Tsv => (cfg!(feature = "csv"), "csv"),
            Self::Parquet => (cfg!(feature = "parquet"), "parquet"),
        };
        if read {
            return Ok(());
        }
        Err(Failure::usage(format!("this build of mistral-jobs reads no {feature}"))
            .help(format!("Build it with --features {feature}, or write the requests as JSON lines.")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_known_by_the_end_of_its_name() {
        assert!(matches!(Kind::of(Path::new("a.CSV")), Some(Kind::Csv)));
        assert!(Kind::of(Path::new("a.jsonl")).is_none() && Kind::of(Path::new("-")).is_none());
    }
}
