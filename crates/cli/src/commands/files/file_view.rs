//! Files as people see them.

use mistral_sdk::models::File;

use crate::terminal::{Column, Table};

const COLUMNS: &[Column] = &[
    Column::fixed("ID"),
    Column::shrinking("NAME"),
    Column::number("BYTES"),
    Column::fixed("PURPOSE").optional(1),
    Column::fixed("SAMPLE TYPE").optional(2),
    Column::fixed("SOURCE").optional(3),
    Column::fixed("CREATED"),
];

/// Files as rows.
pub(super) fn table(files: &[File]) -> Table {
    let mut table = Table::new(COLUMNS);
    for file in files {
        table.row([
            file.id.as_str(),
            &file.filename,
            &file.bytes.map(|bytes| bytes.to_string()).unwrap_or_default(),
            file.purpose.as_str(),
            file.sample_type.as_str(),
            file.source.as_str(),
            &file.created_at.to_string(),
        ]);
    }
    table
}

/// One file, field by field; fields without a value are left out.
pub(super) fn fields(file: &File) -> Vec<(&'static str, String)> {
    let mut fields = vec![
        ("id", file.id.to_string()),
        ("name", file.filename.clone()),
        ("purpose", file.purpose.to_string()),
        ("sample type", file.sample_type.to_string()),
        ("source", file.source.to_string()),
        ("created", file.created_at.to_string()),
    ];
    let optional = [
        ("bytes", file.bytes.map(|bytes| bytes.to_string())),
        ("lines", file.num_lines.map(|lines| lines.to_string())),
        ("content type", file.mimetype.clone()),
        ("signature", file.signature.clone()),
        ("expires", file.expires_at.map(|time| time.to_string())),
        ("visibility", file.visibility.as_ref().map(ToString::to_string)),
        ("deleted", file.deleted.map(|deleted| deleted.to_string())),
    ];
    fields.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
    fields
}
