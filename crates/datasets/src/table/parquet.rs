use std::any::Any;
use std::fmt;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};

use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::reader::RowIter;
use serde_json::Value;

use super::{Rows, TableError};

/// The rows of a Parquet file: uncompressed, or compressed by snappy or zstd.
///
/// Values keep their types: numbers, booleans, texts, lists, and objects for structs and maps. Decimals, dates and times are
/// texts; binary values are base64, and so is a text whose column is not marked as UTF-8, which few writers do. A number that
/// is infinite or none is `null`.
///
/// ```no_run
/// use std::fs::File;
///
/// use mistral_datasets::table::{CustomId, ParquetRows, Requests, Template};
///
/// let rows = ParquetRows::new(File::open("questions.parquet")?)?;
/// let template = Template::chat("question");
/// Requests::new(rows, &template, CustomId::Generated)?.write(&mut File::create("requests.jsonl")?)?;
/// # Ok::<(), mistral_datasets::table::TableError>(())
/// ```
pub struct ParquetRows {
    /// `None` behind a row that could not be read.
    rows: Option<RowIter<'static>>,
    columns: Vec<String>,
    row: u64,
}

impl ParquetRows {
    /// The rows of a file.
    ///
    /// # Errors
    ///
    /// If it is no Parquet, damaged, or has no columns.
    pub fn new(file: File) -> Result<Self, TableError> {
        let reader = guarded(None, || SerializedFileReader::new(file))?;
        let schema = reader.metadata().file_metadata().schema();
        let columns: Vec<_> = schema.get_fields().iter().map(|field| field.name().to_owned()).collect();
        if columns.is_empty() {
            return Err(TableError::Empty);
        }
        Ok(Self { rows: Some(RowIter::from_file_into(Box::new(reader))), columns, row: 0 })
    }
}

impl Rows for ParquetRows {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn read(&mut self, values: &mut Vec<Value>) -> Result<bool, TableError> {
        values.clear();
        self.row += 1;
        let Some(mut rows) = self.rows.take() else { return Ok(false) };
        let Some(row) = guarded(Some(self.row), || rows.next().transpose())? else { return Ok(false) };
        self.rows = Some(rows);
        values.extend(row.get_column_iter().map(|(_, field)| field.to_json_value()));
        Ok(true)
    }
}

/// Reads, and makes an error of a panic: the reader has been seen to panic over damaged files.
fn guarded<T>(row: Option<u64>, read: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, TableError> {
    // What was being read is thrown away with the panic.
    let reason = match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(read)) => return Ok(read),
        Ok(Err(ParquetError::General(reason) | ParquetError::NYI(reason) | ParquetError::EOF(reason))) => reason,
        Ok(Err(other)) => other.to_string(),
        Err(panic) => words(&*panic).to_owned(),
    };
    Err(TableError::Parquet { row, reason })
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let owned = panic.downcast_ref::<String>().map(String::as_str);
    owned.or_else(|| panic.downcast_ref().copied()).unwrap_or("the reader gave up")
}

impl fmt::Debug for ParquetRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows: _, columns, row } = self;
        f.debug_struct("ParquetRows").field("columns", columns).field("row", row).finish_non_exhaustive()
    }
}
