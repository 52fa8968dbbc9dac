//! The last word on rows that were sent more than once.

use std::path::Path;

use futures_util::TryStreamExt as _;
use mistral_models::{BatchEndpoint, CreateBatchJob, UnixTime};
use serde_json::{Value, json};

use super::{Merged, rows};
use crate::journal::{Begun, Collected, Journal, Lock, Record, State};
use crate::part::{Part, Selection};
use crate::rows::{Entry, ListWriter, Source};
use crate::{Class, Spec, Tally, Usage, plan};

/// A run whose rows are `classes` in each round; rows a round does not have are blanks.
fn run(folder: &Path, rounds: &[&str], texts: &[&str], dedupe: bool) -> (Source, State) {
    let path = folder.join("in.jsonl");
    let line =
        |(row, text): (usize, &&str)| format!("{}\n", json!({"custom_id": format!("q-{row}"), "body": {"t": text}}));
    std::fs::write(&path, texts.iter().enumerate().map(line).collect::<String>()).unwrap();
    let source = Source { files: [path].into(), folder: folder.into(), generate_ids: false };
    let spec = Spec::new(CreateBatchJob::new(BatchEndpoint::Embeddings).model("m")).dedupe(dedupe);
    let planned = plan::read(&source, &source.names(), &spec).unwrap();
    let begun = Begun {
        version: Begun::VERSION,
        id: "r".to_owned(),
        base_uri: None,
        at: UnixTime::from_secs(0),
        spec,
        inputs: planned.inputs,
        rows: planned.rows,
    };
    let mut records = vec![
        Record::Begun(Box::new(begun)),
        Record::Planned { round: 0, parts: planned.parts.clone(), at_most: None, asked_for: false },
    ];
    for (number, classes) in rounds.iter().enumerate() {
        let list = format!("retry-{number}.rows");
        let picked: Vec<u64> =
            classes.bytes().zip(0..).filter(|(class, _)| *class != b' ').map(|(_, row)| row).collect();
        let part = match number {
            0 => planned.parts[0].clone(),
            _ => {
                let mut writer = ListWriter::create(&folder.join(&list)).unwrap();
                picked.iter().for_each(|row| writer.add(Entry { row: *row, file: 0, offset: 0 }).unwrap());
                writer.finish().unwrap();
                let selection = Selection::Picked { list, first: 0 };
                let part = Part {
                    number,
                    round: number as u32,
                    rows: picked.len() as u64,
                    selection,
                    ..planned.parts[0].clone()
                };
                records.push(Record::Planned {
                    round: number as u32,
                    parts: vec![part.clone()],
                    at_most: None,
                    asked_for: false,
                });
                part
            }
        };
        let answer = |row: &u64| {
            let status = if classes.as_bytes()[*row as usize] == b's' { 200 } else { 500 };
            let response =
                json!({"status_code": status, "body": {"round": number, "message": format!("round {number}")}});
            format!("{}\n", json!({"custom_id": format!("q-{row}"), "response": response, "error": null}))
        };
        std::fs::write(folder.join(part.answers()), picked.iter().map(answer).collect::<String>()).unwrap();
        std::fs::write(folder.join(part.classes()), classes.replace(' ', "")).unwrap();
        let collected = Collected {
            part: number,
            status: None,
            tally: Tally::default(),
            usage: Usage::default(),
            errors: Vec::new(),
            results_gone: false,
            files: Vec::new(),
        };
        records.push(Record::Collected(Box::new(collected)));
    }
    let journal = Journal::create(folder, Lock::take(folder).unwrap(), records).unwrap();
    (source, journal.state(Clone::clone))
}

/// Of each row: its class, and the round its answer is from.
fn last_words(source: &Source, state: &State) -> Vec<(u64, Class, i64)> {
    let mut merged = Merged::new(source, state).unwrap();
    let mut seen = Vec::new();
    while let Some(answer) = merged.next().unwrap() {
        let line: Value = serde_json::from_slice(answer.line).unwrap();
        assert_eq!(line["custom_id"], format!("q-{}", answer.row));
        seen.push((answer.row, answer.class, line["response"]["body"]["round"].as_i64().unwrap()));
    }
    seen
}

#[test]
fn the_last_round_that_has_something_to_say_counts() {
    let folder = tempfile::tempdir().unwrap();
    let (source, state) = run(folder.path(), &["srrrmp", " srmm ", "   s  "], &["a", "b", "c", "d", "e", "f"], false);
    assert_eq!(
        last_words(&source, &state),
        [
            (0, Class::Succeeded, 0),
            (1, Class::Succeeded, 1),
            (2, Class::Retryable, 1),
            // Missing in round 1, so that what round 0 said stood until round 2.
            (3, Class::Succeeded, 2),
            (4, Class::Missing, 1),
            (5, Class::Permanent, 0),
        ]
    );
}

#[test]
fn a_twin_gets_the_answer_of_its_first_under_its_own_id() {
    let folder = tempfile::tempdir().unwrap();
    let (source, state) = run(folder.path(), &["s p  "], &["a", "a", "b", "b", "a"], true);
    let seen: Vec<_> = last_words(&source, &state).into_iter().map(|(row, class, _)| (row, class)).collect();
    let (s, p) = (Class::Succeeded, Class::Permanent);
    assert_eq!(seen, [(0, s), (1, s), (2, p), (3, p), (4, s)]);
}

#[test]
fn rows_are_asked_for_outside_a_runtime_and_read_within_one() {
    let folder = tempfile::tempdir().unwrap();
    let (source, state) = run(folder.path(), &["ss"], &["a", "b"], false);
    let asked = rows::<serde_json::Value>(source, state);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(asked.try_collect::<Vec<_>>()).unwrap().len(), 2);
}

#[tokio::test]
async fn rows_are_decoded_as_what_the_caller_asks_for() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Body {
        round: u8,
    }
    let folder = tempfile::tempdir().unwrap();
    let (source, state) = run(folder.path(), &["sr"], &["a", "b"], false);
    let rows: Vec<crate::Row<Body>> = rows(source.clone(), state.clone()).try_collect().await.unwrap();
    assert_eq!(rows[0].answer, Ok(Body { round: 0 }));
    let failed = rows[1].answer.as_ref().unwrap_err();
    assert_eq!((failed.class, failed.status, failed.message.as_str()), (Class::Retryable, Some(500), "500: round 0"));
    let wrong: Vec<crate::Row<String>> = super::rows(source, state).try_collect().await.unwrap();
    assert_eq!(wrong[0].answer.as_ref().unwrap_err().class, Class::Unreadable);
}
