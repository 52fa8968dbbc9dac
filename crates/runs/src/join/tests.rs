//! Joins of parts, compared with a map in memory.

use std::collections::HashMap;

use futures_util::stream;
use mistral_batch::{Outcome, ResultLine, UnreadableLine};
use mistral_models::{BatchEndpoint, BatchResult, CreateBatchJob, RawJson};
use mistral_transport::{Error, ErrorKind, Result};
use proptest::prelude::*;
use serde_json::json;

use super::{Joined, join};
use crate::part::Part;
use crate::rows::Source;
use crate::{Class, Spec, plan};

fn part(folder: &std::path::Path, ids: &[String]) -> (Source, Part) {
    let path = folder.join("in.jsonl");
    let line = |id: &String| format!("{}\n", json!({"custom_id": id, "body": {}}));
    std::fs::write(&path, ids.iter().map(line).collect::<String>()).unwrap();
    let source = Source { files: [path].into(), folder: folder.into(), generate_ids: false };
    let spec = Spec::new(CreateBatchJob::new(BatchEndpoint::Embeddings).model("m"));
    let part = plan::read(&source, &source.names(), &spec).unwrap().parts.remove(0);
    (source, part)
}

fn result(id: &str, status: u16) -> Result<ResultLine> {
    let body = json!({"of": id, "usage": {"prompt_tokens": 2, "completion_tokens": 1, "total_tokens": 3}});
    Ok(line(BatchResult::new(id, status, RawJson::new(&body).unwrap())))
}

fn line(result: BatchResult) -> ResultLine {
    let bytes = serde_json::to_vec(&result).unwrap();
    ResultLine::new(Outcome::Result(result), bytes)
}

/// What comes of a part with these ids and results: the joined, and each answer with its class.
async fn joined(ids: &[String], results: Vec<Result<ResultLine>>) -> Result<(Joined, Vec<(Class, BatchResult)>)> {
    let folder = tempfile::tempdir().unwrap();
    let (source, part) = part(folder.path(), ids);
    let joined = join(&source, &part, stream::iter(results), "gone".to_owned(), None).await?;
    let answers = std::fs::read_to_string(folder.path().join(part.answers())).unwrap();
    let classes = std::fs::read(folder.path().join(part.classes())).unwrap();
    assert_eq!(answers.lines().count(), classes.len());
    let classes = classes.into_iter().map(|class| Class::from_byte(class).unwrap());
    let answers = answers.lines().map(|line| serde_json::from_str(line).unwrap());
    Ok((joined, classes.zip(answers).collect()))
}

fn ids(count: usize) -> Vec<String> {
    (0..count).map(|row| format!("q-{row}")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_results_in_any_order_give_one_answer_a_row(
        rows in 1_usize..40,
        results in proptest::collection::vec((0_usize..50, proptest::sample::select(vec![200_u16, 400, 429])), 0..80),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let ids = ids(rows);
        let stream = results.iter().map(|(row, status)| result(&format!("q-{row}"), *status)).collect();
        let (joined, answers) = runtime.block_on(joined(&ids, stream)).unwrap();
        let (mut first, mut doubled, mut strays) = (HashMap::new(), 0, 0);
        for (row, status) in &results {
            match first.get(row) {
                _ if *row >= rows => strays += 1,
                Some(_) => doubled += 1,
                None => { first.insert(*row, *status); }
            }
        }
        prop_assert_eq!((joined.tally.doubled, joined.tally.strays), (doubled, strays));
        prop_assert_eq!(joined.tally.rows() as usize, rows);
        prop_assert_eq!(joined.usage.requests as usize, first.len());
        for (row, (class, answer)) in answers.iter().enumerate() {
            prop_assert_eq!(answer.custom_id.as_deref(), Some(ids[row].as_str()));
            let expected = match first.get(&row) {
                None => Class::Missing,
                Some(200) => Class::Succeeded,
                Some(429) => Class::Retryable,
                Some(_) => Class::Permanent,
            };
            prop_assert_eq!(*class, expected);
            prop_assert_eq!(answer.is_success(), expected.is_success());
        }
    }
}

#[tokio::test]
async fn an_answer_that_was_cut_off_is_an_answer_of_its_own_class() {
    let body = json!({"choices": [{"finish_reason": "length"}]});
    let cut = BatchResult::new("q-0", 200, RawJson::new(&body).unwrap());
    let (joined, answers) = joined(&ids(2), vec![Ok(line(cut)), result("q-1", 200)]).await.unwrap();
    assert_eq!((joined.tally.succeeded, joined.tally.cut_off), (2, 1));
    assert_eq!(answers[0].0, Class::CutOff);
}

/// A line that is no JSON, but shows whose it was.
fn broken(row: usize) -> Result<ResultLine> {
    let bytes = format!("{{\"custom_id\": \"q-{row}\", \"response");
    Ok(ResultLine::new(Outcome::Unreadable(UnreadableLine::new(1, bytes.clone(), "cut")), bytes))
}

#[tokio::test]
async fn a_result_that_cannot_be_read_gives_way_to_one_that_can() {
    // One before its good twin, one behind it, one alone, one of a row that is not there.
    let lines = vec![broken(0), result("q-0", 200), result("q-1", 400), broken(1), broken(2), broken(7)];
    let (joined, answers) = joined(&ids(3), lines).await.unwrap();
    let classes: Vec<_> = answers.iter().map(|(class, _)| *class).collect();
    assert_eq!(classes, [Class::Succeeded, Class::Permanent, Class::Unreadable]);
    assert_eq!((joined.tally.unreadable_lines, joined.tally.doubled, joined.tally.strays), (2, 0, 0));
    assert_eq!(joined.tally.rows(), 3);
    assert!(answers[2].1.failure().unwrap().contains("cannot be read"));
    assert_eq!(joined.remarks.len(), 1);
}

#[tokio::test]
async fn a_part_of_many_chunks_and_sections_is_joined_too() {
    let count = 10_000;
    let shuffled = |turn: usize| (0..count).map(move |at| (at * 7919 + turn) % count);
    // Each row has a result, every third has another much later, and some are of nobody.
    let again = shuffled(5).filter(|row| row % 3 == 0);
    let results: Vec<_> = shuffled(0).chain(again).map(|row| result(&format!("q-{row}"), 200)).collect();
    let strays = (0..9).map(|row| result(&format!("p-{row}"), 200));
    let (joined, answers) = joined(&ids(count), results.into_iter().chain(strays).collect()).await.unwrap();
    assert_eq!((joined.tally.succeeded, joined.tally.doubled, joined.tally.strays), (10_000, 3_334, 9));
    for (row, (class, answer)) in answers.iter().enumerate() {
        let id = format!("q-{row}");
        assert_eq!((*class, answer.custom_id.as_deref()), (Class::Succeeded, Some(&*id)));
        assert!(answer.body().unwrap().get().contains(&format!("{id:?}")));
    }
}

#[tokio::test]
async fn an_error_that_ends_the_results_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let (source, part) = part(folder.path(), &ids(2));
    let broken = Error::new(ErrorKind::Interrupted, "cut");
    let results = stream::iter(vec![result("q-0", 200), Err(broken)]);
    let error = join(&source, &part, results, String::new(), None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["in.jsonl"]);
}
