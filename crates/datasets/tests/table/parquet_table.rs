//! Requests of a Parquet table, which is written here.

use std::fs::File;
use std::io::Write as _;
use std::sync::Arc;

use mistral_datasets::batch::{self, Options};
use mistral_datasets::table::{CustomId, ParquetRows, Requests, Rows as _, TableError, Template};
use parquet::basic::Compression;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

/// A table of two groups of rows, the second of which has no text.
fn table(compression: Compression) -> Vec<u8> {
    let schema =
        "message t { required int64 id; optional binary text (UTF8); required double heat; required boolean on; }";
    let properties = WriterProperties::builder().set_compression(compression).build();
    let (schema, properties) = (Arc::new(parse_message_type(schema).unwrap()), Arc::new(properties));
    let mut file = SerializedFileWriter::new(Vec::new(), schema, properties).unwrap();
    for (ids, texts) in [(vec![1, 2], vec!["Hi \"you\"", "Où?"]), (vec![3], vec![])] {
        let mut group = file.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int64Type>().write_batch(&ids, None, None).unwrap();
        column.close().unwrap();
        let (values, there): (Vec<ByteArray>, Vec<i16>) = (
            texts.iter().map(|text| (*text).into()).collect(),
            ids.iter().map(|_| i16::from(!texts.is_empty())).collect(),
        );
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&values, Some(&there), None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<DoubleType>().write_batch(&vec![0.5; ids.len()], None, None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<BoolType>().write_batch(&vec![true; ids.len()], None, None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
    }
    file.into_inner().unwrap()
}

fn open(bytes: &[u8]) -> Result<ParquetRows, TableError> {
    let mut file: File = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    ParquetRows::new(file)
}

#[test]
fn values_keep_their_types_whatever_the_compression() {
    let template = Template::parse(
        r#"{"input": "{{text}}", "temperature": "{{heat}}", "safe_prompt": "{{on}}", "user": "u{{id}}"}"#,
    );
    let template = template.unwrap();
    for compression in [Compression::UNCOMPRESSED, Compression::SNAPPY, Compression::ZSTD(Default::default())] {
        let rows = open(&table(compression)).unwrap();
        assert_eq!(rows.columns(), ["id", "text", "heat", "on"]);
        let mut lines = Vec::new();
        let written = Requests::new(rows, &template, CustomId::Column("id".into())).unwrap().write(&mut lines).unwrap();
        assert_eq!(written, 3);
        insta::allow_duplicates! {
            insta::assert_snapshot!(String::from_utf8_lossy(&lines), @r#"
            {"custom_id":"1","body":{"input":"Hi \"you\"","temperature":0.5,"safe_prompt":true,"user":"u1"}}
            {"custom_id":"2","body":{"input":"Où?","temperature":0.5,"safe_prompt":true,"user":"u2"}}
            {"custom_id":"3","body":{"input":null,"temperature":0.5,"safe_prompt":true,"user":"u3"}}
            "#);
        }
        assert!(batch::check(&lines[..], Options::default()).unwrap().is_valid());
    }
}

#[test]
fn what_is_no_parquet_is_told() {
    for bytes in [&b""[..], b"id,text\n1,a\n", b"PAR1PAR1", &table(Compression::SNAPPY)[..300]] {
        let error = open(bytes).unwrap_err();
        assert!(matches!(&error, TableError::Parquet { row: None, .. }), "{error}");
        assert!(error.to_string().ends_with("; write it anew, uncompressed or with snappy or zstd"), "{error}");
    }
}

#[test]
fn damage_is_an_error_and_no_panic() {
    let sound = table(Compression::SNAPPY);
    for at in 0..sound.len() {
        for change in [0x01, 0x80, 0xff] {
            let mut bytes = sound.clone();
            bytes[at] ^= change;
            let Ok(mut rows) = open(&bytes) else { continue };
            let mut values = Vec::new();
            // A changed number of rows in the metadata may ask for more than anybody has.
            for _ in 0..10 {
                if !matches!(rows.read(&mut values), Ok(true)) {
                    break;
                }
            }
        }
    }
}
