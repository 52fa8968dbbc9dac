use std::io::{self, Read};

use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder};
use serde_json::Value;

use super::{Rows, TableError};
use crate::batch::sniff;

/// The rows of a CSV file whose first line names the columns. Every value is a text.
///
/// Quotes, line breaks within them, CRLF and a byte-order mark are understood; blank lines are passed over. A quote that is
/// never closed makes one value of the rest of the file.
///
/// ```
/// use mistral_datasets::table::{CsvRows, Rows as _};
///
/// let mut rows = CsvRows::with_delimiter(&b"a;b\n1;\"x\ny\"\n"[..], b';')?;
/// assert_eq!(rows.columns(), ["a", "b"]);
/// let mut values = Vec::new();
/// assert!(rows.read(&mut values)?);
/// assert_eq!(values, ["1", "x\ny"]);
/// assert!(!rows.read(&mut values)?);
/// # Ok::<(), mistral_datasets::table::TableError>(())
/// ```
#[derive(Debug)]
pub struct CsvRows<R> {
    reader: Reader<io::Chain<io::Cursor<Vec<u8>>, R>>,
    record: ByteRecord,
    columns: Vec<String>,
    row: u64,
}

impl<R: Read> CsvRows<R> {
    /// The rows of `reader`, values separated by commas.
    ///
    /// # Errors
    ///
    /// If the file is empty, no text in UTF-8, or cannot be read.
    pub fn new(reader: R) -> Result<Self, TableError> {
        Self::with_delimiter(reader, b',')
    }

    /// The rows of `reader`, values separated by another character: `;`, or a tab.
    ///
    /// # Errors
    ///
    /// As of [`new`](Self::new).
    pub fn with_delimiter(mut reader: R, delimiter: u8) -> Result<Self, TableError> {
        let mut head = Vec::with_capacity(4);
        reader.by_ref().take(4).read_to_end(&mut head)?;
        if let Some(format) = sniff(&head) {
            return Err(TableError::OtherFormat(format));
        }
        if head.starts_with("\u{feff}".as_bytes()) {
            head.drain(..3);
        }
        let mut reader = ReaderBuilder::new().delimiter(delimiter).from_reader(io::Cursor::new(head).chain(reader));
        let names = reader.byte_headers().map_err(|error| explain(error, 0))?;
        let columns: Result<Vec<_>, _> = (1..)
            .zip(names)
            .map(|(column, name)| {
                let name = std::str::from_utf8(name).map(str::to_owned);
                name.map_err(|_| TableError::NotUtf8 { row: 0, line: 1, column: format!("{column}") })
            })
            .collect();
        let columns = columns?;
        if columns.is_empty() {
            return Err(TableError::Empty);
        }
        Ok(Self { reader, record: ByteRecord::new(), columns, row: 0 })
    }
}

impl<R: Read> Rows for CsvRows<R> {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn read(&mut self, values: &mut Vec<Value>) -> Result<bool, TableError> {
        values.clear();
        self.row += 1;
        let row = self.row;
        if !self.reader.read_byte_record(&mut self.record).map_err(|error| explain(error, row))? {
            return Ok(false);
        }
        for (value, column) in self.record.iter().zip(&self.columns) {
            let value = std::str::from_utf8(value).map_err(|_| TableError::NotUtf8 {
                row,
                line: self.record.position().map_or(0, csv::Position::line),
                column: column.clone(),
            })?;
            values.push(value.into());
        }
        Ok(true)
    }
}

fn explain(error: csv::Error, row: u64) -> TableError {
    match error.into_kind() {
        ErrorKind::Io(error) => error.into(),
        ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = pos.map_or(0, |position| position.line());
            TableError::Ragged { row, line, found: len, expected: expected_len }
        }
        // The rest comes from reading types, which is not done here.
        other => io::Error::new(io::ErrorKind::InvalidData, format!("{other:?}")).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(file: &[u8]) -> Result<Vec<Vec<Value>>, String> {
        let mut rows = CsvRows::new(file).map_err(|error| error.to_string())?;
        let (mut all, mut values) = (Vec::new(), Vec::new());
        while rows.read(&mut values).map_err(|error| error.to_string())? {
            all.push(values.clone());
        }
        Ok(all)
    }

    #[test]
    fn a_mark_crlf_quotes_and_blank_lines_are_understood() {
        let file = "\u{feff}id,text\r\n1,\"a \"\"b\"\",\r\nc\"\r\n\r\n2,\r\n";
        assert_eq!(CsvRows::new(file.as_bytes()).unwrap().columns(), ["id", "text"]);
        assert_eq!(rows(file.as_bytes()).unwrap(), [["1", "a \"b\",\r\nc"], ["2", ""]]);
        assert_eq!(rows(b"a"), Ok(vec![]));
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_place() {
        let error = |file: &[u8]| rows(file).unwrap_err();
        assert!(error(b"a,b\n1,\"\n\"\n3\n").starts_with("row 2, line 4: 1 values for 2 columns; "));
        assert!(error(b"a,b\n1,2,3\n").starts_with("row 1, line 2: 3 values for 2 columns; "));
        assert!(error(b"a,b\n1,\xe9\n").starts_with("row 1, line 2: column \"b\" is not UTF-8; "));
        assert!(error(b"").starts_with("the table has no rows"));
        assert!(error(b"\xef\xbb\xbf").starts_with("the table has no rows"));
        assert!(error(b"\x1f\x8b\x08\0").ends_with("expected CSV in UTF-8. Unpack it first: gunzip -k FILE"));
        assert!(error(b"PAR1....").contains("a Parquet table"));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_upset_it(file in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = rows(&file);
        }
    }
}
