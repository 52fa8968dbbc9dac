//! Inputs as large as they are wanted.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

/// Writes so many requests of about 200 bytes; how many bytes they are.
pub(super) fn write(path: &Path, rows: u64) -> u64 {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path).unwrap());
    let filler = "the river runs through the town and past the mill, and nobody knows its name ";
    for row in 0..rows {
        let body =
            format!(r#"{{"max_tokens":64,"messages":[{{"role":"user","content":"Question {row}: {filler}?"}}]}}"#);
        writeln!(file, r#"{{"custom_id":"request-{row:010}","body":{body}}}"#).unwrap();
    }
    finished(file)
}

/// Has a file on disk before anything is measured, which would pay for it otherwise; its length in bytes.
pub(super) fn finished(file: BufWriter<File>) -> u64 {
    let file = file.into_inner().unwrap();
    file.sync_all().unwrap();
    file.metadata().unwrap().len()
}

/// The id of a row.
pub(super) fn id(row: u64) -> String {
    format!("request-{row:010}")
}
