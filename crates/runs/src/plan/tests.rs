//! Plans of whole inputs, compared with what is simple and holds everything in memory.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use mistral_models::{BatchEndpoint, CreateBatchJob};
use mistral_transport::ErrorKind;
use proptest::prelude::*;

use super::Planned;
use crate::part::Part;
use crate::rows::{ListReader, Rows, Source, sent};
use crate::{InvalidInput, Limits, Spec};

fn spec() -> Spec {
    Spec::new(CreateBatchJob::new(BatchEndpoint::Embeddings).model("mistral-embed"))
}

fn source(folder: &Path, files: &[String], generate_ids: bool) -> Source {
    let paths = files.iter().enumerate().map(|(number, text)| {
        let path = folder.join(format!("in-{number}.jsonl"));
        std::fs::write(&path, text).unwrap();
        path
    });
    Source { files: paths.collect(), folder: folder.into(), generate_ids }
}

fn read(source: &Source, spec: &Spec) -> mistral_transport::Result<Planned> {
    super::read(source, &source.names(), spec)
}

/// What a part sends, and which rows.
fn content(source: &Source, part: &Part) -> (Vec<u64>, Vec<u8>) {
    let (mut rows, mut numbers, mut bytes) = (Rows::of(source, part).unwrap(), Vec::new(), Vec::new());
    while let Some(row) = rows.next().unwrap() {
        numbers.push(row.at.row);
        bytes.extend_from_slice(&sent(&row, source).unwrap());
        bytes.push(b'\n');
    }
    (numbers, bytes)
}

/// Lines, some of them blank, with ids that differ and bodies that may be the same.
fn files() -> impl Strategy<Value = Vec<Vec<Option<u8>>>> {
    proptest::collection::vec(proptest::collection::vec(proptest::option::weighted(0.8, 0_u8..6), 0..20), 1..4)
}

/// The files as text, the first with a byte-order mark, and the bodies of the rows.
fn texts(files: &[Vec<Option<u8>>], end: &str) -> (Vec<String>, Vec<String>) {
    let (mut texts, mut bodies) = (Vec::new(), Vec::new());
    for (number, lines) in files.iter().enumerate() {
        let mut text = if number == 0 { "\u{feff}".to_owned() } else { String::new() };
        for body in lines {
            if let Some(body) = body {
                let body = format!(r#"{{"input":"{}"}}"#, "x".repeat(usize::from(*body)));
                text.push_str(&format!(r#"{{"custom_id":"q-{}","body":{body}}}"#, bodies.len()));
                bodies.push(body);
            }
            text.push_str(end);
        }
        texts.push(text);
    }
    (texts, bodies)
}

fn plan(source: &Source, spec: &Spec) -> Option<Planned> {
    match read(source, spec) {
        Ok(planned) => Some(planned),
        // A file without a row is refused, and is no case of these tests.
        Err(error) => {
            assert!(error.to_string().contains("no requests"), "{error}");
            None
        }
    }
}

proptest! {
    #[test]
    fn parts_have_every_row_once_in_order_and_keep_their_limits(
        files in files(), rows in 1_u64..9, bytes in 40_u64..400, crlf in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (texts, bodies) = texts(&files, if crlf { "\r\n" } else { "\n" });
        let source = source(folder.path(), &texts, false);
        let spec = spec().limits(Limits::default().part_rows(rows).part_bytes(bytes));
        let Some(planned) = plan(&source, &spec) else { return Ok(()) };
        let mut seen = Vec::new();
        for part in &planned.parts {
            let (numbers, content) = content(&source, part);
            prop_assert_eq!(numbers.len() as u64, part.rows);
            prop_assert_eq!(content.len() as u64, part.bytes);
            prop_assert_eq!(blake3::hash(&content).to_hex().to_string(), part.digest.clone());
            prop_assert!(part.rows <= rows && (part.bytes <= bytes || part.rows == 1));
            let mark = content.starts_with("\u{feff}".as_bytes());
            prop_assert!(!mark && !content.contains(&b'\r'));
            seen.extend(numbers);
        }
        prop_assert_eq!(seen, (0..bodies.len() as u64).collect::<Vec<_>>());
        prop_assert_eq!(planned.rows, bodies.len() as u64);
    }

    #[test]
    fn rows_with_the_same_body_are_sent_once(files in files(), rows in 1_u64..9) {
        let folder = tempfile::tempdir().unwrap();
        let (texts, bodies) = texts(&files, "\n");
        let source = source(folder.path(), &texts, false);
        let spec = spec().dedupe(true).limits(Limits::default().part_rows(rows));
        let Some(planned) = plan(&source, &spec) else { return Ok(()) };
        let (mut first, mut unique, mut twins) = (HashMap::new(), Vec::new(), Vec::new());
        for (row, body) in bodies.iter().enumerate() {
            match first.get(body) {
                Some(first) => twins.push((row as u64, *first)),
                None => {
                    first.insert(body, row as u64);
                    unique.push(row as u64);
                }
            }
        }
        let sent: Vec<_> = planned.parts.iter().flat_map(|part| content(&source, part).0).collect();
        prop_assert_eq!(sent, unique);
        let list = |name: &str| {
            let mut list = ListReader::open(&folder.path().join(name), 0).unwrap();
            std::iter::from_fn(move || list.next().unwrap()).collect::<Vec<_>>()
        };
        let firsts = list(crate::answers::FIRSTS);
        let found: Vec<_> = list(crate::answers::TWINS)
            .iter()
            .zip(list(crate::answers::ORDINALS))
            .map(|(twin, ordinal)| (twin.row, firsts[ordinal.offset as usize].row))
            .collect();
        prop_assert_eq!(found, twins);
    }
}

#[test]
fn ids_are_given_where_they_are_asked_for_and_refused_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let text = "{\"body\":{\"n\":1e999}}\n{\"custom_id\":\"mine\",\"body\":{}}\n".to_owned();
    let refused = read(&source(folder.path(), std::slice::from_ref(&text), false), &spec()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::BadInput);
    let invalid: &InvalidInput = std::error::Error::source(&refused).unwrap().downcast_ref().unwrap();
    assert_eq!(invalid.report.total(), 1);
    let source = source(folder.path(), &[text], true);
    let planned = read(&source, &spec().generate_ids(true)).unwrap();
    let (_, content) = content(&source, &planned.parts[0]);
    let content = String::from_utf8(content).unwrap();
    assert_eq!(content, "{\"custom_id\":\"row-1\",\"body\":{\"n\":1e999}}\n{\"custom_id\":\"mine\",\"body\":{}}\n");
}

#[test]
fn the_model_is_that_of_the_rows_if_all_name_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let line = |id: u8, model: &str| format!("{{\"custom_id\":\"{id}\",\"body\":{{{model}}}}}\n");
    let model = |lines: String, spec: Spec| {
        read(&source(folder.path(), &[lines], false), &spec).map(|planned| planned.model.map(|model| model.to_string()))
    };
    let (a, b, none) = (r#""model":"a""#, r#""model":"b""#, "");
    let unnamed = || Spec::new(CreateBatchJob::new(BatchEndpoint::Embeddings));
    assert_eq!(model(line(1, a) + &line(2, a), unnamed()).unwrap().as_deref(), Some("a"));
    assert_eq!(model(line(1, a) + &line(2, b), unnamed()).unwrap(), None);
    assert_eq!(model(line(1, a) + &line(2, none), unnamed().default_model("c")).unwrap().as_deref(), Some("c"));
    let error = model(line(1, a) + &line(2, none), unnamed()).unwrap_err();
    assert!(error.to_string().contains("in-0.jsonl:2 names none"), "{error}");
    assert_eq!(model(line(1, a), spec()).unwrap().as_deref(), Some("mistral-embed"));
    assert!(model(line(1, a), spec().strict(true)).is_err());
}

#[test]
fn an_input_that_changed_is_noticed_before_its_last_block() {
    let folder = tempfile::tempdir().unwrap();
    let line = |id: u8| format!("{{\"custom_id\":\"{id}\",\"body\":{{}}}}\n");
    let source = source(folder.path(), &[line(1) + &line(2)], false);
    let part = Arc::new(read(&source, &spec()).unwrap().parts.remove(0));
    assert_eq!(crate::rows::requests(&source, &part).unwrap().len(), 2);
    for text in [line(1), line(1) + &line(3), line(1) + &line(2).replace("{}", "[]")] {
        std::fs::write(&source.files[0], text).unwrap();
        let error = crate::rows::requests(&source, &part).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InputChanged);
    }
}
