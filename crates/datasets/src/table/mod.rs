//! Makes the input of a batch out of the rows of a table: one request a row, by a template.
//!
//! * A table is anything that gives [`Rows`]: CSV (`CsvRows`, feature `csv`), Parquet (`ParquetRows`, feature `parquet`),
//!   or a source of your own.
//! * A [`Template`] makes the body of a request out of a row.
//! * [`Requests`] writes the lines, with ids from a column or [generated](CustomId::Generated).
//!
//! One row is in memory at a time; of Parquet, also a page of each column. The lines are what
//! [`batch::check`](crate::batch::check) reads, which also finds ids that occur twice.
#![cfg_attr(
    feature = "csv",
    doc = r##"
```
use mistral_datasets::table::{CsvRows, CustomId, Requests, Template};

let table = "id,question\nq-1,How long is the Rhine?\nq-2,\"And the \"\"Main\"\"?\"\n";
let template = Template::parse(r#"{"messages": [{"role": "user", "content": "Be brief. {{question}}"}], "max_tokens": 50}"#)?;
let mut lines = Vec::new();
let rows = CsvRows::new(table.as_bytes())?;
Requests::new(rows, &template, CustomId::Column("id".into()))?.write(&mut lines)?;
let first = r#"{"custom_id":"q-1","body":{"messages":[{"role":"user","content":"Be brief. How long is the Rhine?"}],"max_tokens":50}}"#;
assert_eq!(lines.split(|byte| *byte == b'\n').next(), Some(first.as_bytes()));
# Ok::<(), mistral_datasets::table::TableError>(())
```
"##
)]

#[cfg(feature = "csv")]
mod csv;
mod error;
#[cfg(feature = "parquet")]
mod parquet;
mod placeholder;
mod requests;
mod rows;
mod template;

#[cfg(feature = "csv")]
pub use self::csv::CsvRows;
#[cfg(feature = "parquet")]
pub use self::parquet::ParquetRows;
pub use error::TableError;
pub use requests::{CustomId, Requests};
pub use rows::Rows;
pub use template::Template;
