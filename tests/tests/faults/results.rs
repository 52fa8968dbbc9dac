//! Results that are fewer, other, or elsewhere than they should be. `ok + failed + missing = sent`, whatever happens.

use std::collections::BTreeMap;
use std::error::Error as _;

use futures_util::StreamExt as _;
use mistral_emulator::Pace;
use mistral_sdk::{
    BatchEndpoint, BatchJob, BatchJobStatus, CreateBatchJob, Error, ErrorKind, MissingResults, Outcome, Poll,
};
use serde_json::{Value, json};
use tests::rig::{Rig, check, script};

/// What came of the requests of a job.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    ok: usize,
    failed: usize,
    missing: usize,
    repeated: usize,
    strays: usize,
    unreadable: usize,
}

/// A finished job from a file of these requests, on an API that has these faults from its end on.
async fn ended(ids: &[&str], faults: Value) -> (Rig, BatchJob) {
    let rig = Rig::with(json!([]), Pace::instant(), |builder| builder);
    let line = |id: &&str| {
        let body = json!({"messages": [{"role": "user", "content": "Hello"}]});
        json!({"custom_id": id, "body": if id.starts_with("bad") { json!({}) } else { body }}).to_string() + "\n"
    };
    let file = rig.file(ids.iter().map(line).collect::<String>()).await;
    let job = CreateBatchJob::new(BatchEndpoint::ChatCompletions).model("mistral-small-latest").input_file(&file.id);
    let job = rig.client.batch().jobs().create(&job).await.unwrap();
    let job = rig.client.batch().jobs().wait(&job.id, Poll::default()).await.unwrap();
    assert_eq!(job.status, BatchJobStatus::Success);
    rig.emulator.set_faults(script(faults));
    (rig, job)
}

/// Reads all results of the job, matched to the ids that were sent.
async fn tally(rig: &Rig, job: &BatchJob, sent: &[&str]) -> (Tally, Option<Error>) {
    let mut tally = Tally::default();
    let mut good: BTreeMap<&str, Option<bool>> = sent.iter().map(|id| (*id, None)).collect();
    let mut end = None;
    let mut outcomes = rig.client.batch().jobs().results(job);
    while let Some(outcome) = outcomes.next().await {
        assert!(end.is_none(), "nothing comes after an error");
        match outcome {
            Ok(Outcome::Result(result)) => match good.get_mut(result.custom_id.as_deref().unwrap_or_default()) {
                Some(Some(_)) => tally.repeated += 1,
                Some(none) => *none = Some(result.is_success()),
                None => tally.strays += 1,
            },
            Ok(Outcome::Unreadable(_)) => tally.unreadable += 1,
            Err(error) => end = Some(error),
        }
    }
    let count = |what: Option<bool>| good.values().filter(|good| **good == what).count();
    (tally.ok, tally.failed, tally.missing) = (count(Some(true)), count(Some(false)), count(None));
    assert_eq!(tally.ok + tally.failed + tally.missing, sent.len());
    (tally, end)
}

fn result(id: &str) -> String {
    json!({"id": "r", "custom_id": id, "response": {"status_code": 200, "body": {}}, "error": null}).to_string()
}

/// The content that this many downloads give, with no length announced.
fn given(content: &str, times: Value) -> Value {
    json!({
        "operation": "files.download", "times": times,
        "answer": {"body": content, "headers": {"content-length": null}},
    })
}

const SENT: [&str; 4] = ["a", "b", "c", "d"];

#[tokio::test(start_paused = true)]
async fn f47_a_body_without_a_length_that_is_cut_at_a_line_end() {
    let two = format!("{}\n{}\n", result("a"), result("b"));
    let (rig, job) = ended(&SENT, json!([given(&two, json!("always"))])).await;
    let (tally, end) = tally(&rig, &job, &SENT).await;
    let error = end.unwrap();
    check(&error, "batch.jobs.results: ");
    assert_eq!(error.kind(), ErrorKind::Integrity);
    assert!(error.to_string().contains(job.id.as_str()) && error.advice().is_some(), "{error}");
    let missing = error.source().unwrap().downcast_ref::<MissingResults>().unwrap();
    assert_eq!((missing.expected, missing.found), (4, 2));
    assert_eq!((tally.ok, tally.missing), (2, 2));
    assert_eq!(rig.count("files.download"), 2);
    rig.all_delivered();
}

#[tokio::test(start_paused = true)]
async fn f60_what_was_short_once_is_whole_the_second_time() {
    let (rig, job) = ended(&SENT, json!([])).await;
    let file = rig.client.files().download(job.output_file.as_ref().unwrap()).await.unwrap().bytes().await.unwrap();
    let text = String::from_utf8(file.to_vec()).unwrap();
    let first: String = text.split_inclusive('\n').take(3).collect();
    rig.emulator.set_faults(script(json!([given(&first, json!(1))])));
    let (tally, end) = tally(&rig, &job, &SENT).await;
    assert!(end.is_none(), "{end:?}");
    assert_eq!(tally, Tally { ok: 4, ..Tally::default() });
    rig.all_delivered();
}

#[tokio::test(start_paused = true)]
async fn f58_a_success_with_an_error_file_alone() {
    let sent = ["bad-1", "bad-2"];
    let (rig, job) = ended(&sent, json!([])).await;
    assert!(job.output_file.is_none() && job.error_file.is_some(), "{job:?}");
    assert!(job.errors.iter().map(|error| error.count).sum::<u64>() == 2, "{:?}", job.errors);
    let (tally, end) = tally(&rig, &job, &sent).await;
    assert!(end.is_none(), "{end:?}");
    assert_eq!(tally, Tally { failed: 2, ..Tally::default() });
}

#[tokio::test(start_paused = true)]
async fn f59_a_job_that_did_not_succeed_keeps_what_is_there() {
    let sent = ["a", "bad-1", "c", "d"];
    for (status, output) in [("FAILED", false), ("TIMEOUT_EXCEEDED", true)] {
        let (rig, job) = ended(&sent, json!([])).await;
        let mut patch = json!({
            "status": status, "succeeded_requests": 1, "failed_requests": 1, "completed_requests": 2,
            "errors": [{"message": "the worker died", "count": 2}],
        });
        if !output {
            patch["output_file"] = Value::Null;
            patch["succeeded_requests"] = 0.into();
        }
        let output = job.output_file.clone().unwrap();
        let faults = json!([{"operation": "batch.jobs.get", "answer": {"patch": patch}}]);
        rig.emulator.set_faults(script(faults));
        let job = rig.client.batch().jobs().get(&job.id).await.unwrap();
        rig.all_delivered();
        assert_eq!((job.errors[0].message.as_str(), job.errors[0].count), ("the worker died", 2));
        if job.output_file.is_some() {
            let file = rig.client.files().download(&output).await.unwrap().bytes().await.unwrap();
            let part = String::from_utf8(file.to_vec()).unwrap().lines().next().unwrap().to_owned();
            rig.emulator.set_faults(script(json!([given(&part, json!(1))])));
        }
        let ok = usize::from(job.output_file.is_some());
        let (tally, end) = tally(&rig, &job, &sent).await;
        assert!(end.is_none(), "{status}: {end:?}");
        assert_eq!(tally, Tally { ok, failed: 1, missing: 3 - ok, ..Tally::default() }, "{status}");
        rig.all_delivered();
    }
}

#[tokio::test(start_paused = true)]
async fn f61_lines_that_are_doubled_strange_out_of_order_and_oddly_ended() {
    let [a, b, c, d, x] = ["a", "b", "c", "d", "x"].map(result);
    let odd = format!("\u{feff}{d}\r\n\r\n{b}\n\n{x}\n  \n{b}\n{c}\n{a}");
    let (rig, job) = ended(&SENT, json!([given(&odd, json!(1))])).await;
    let (tally, end) = tally(&rig, &job, &SENT).await;
    assert!(end.is_none(), "{end:?}");
    assert_eq!(tally, Tally { ok: 4, repeated: 1, strays: 1, ..Tally::default() });
    assert_eq!(rig.count("files.download"), 1);
    rig.all_delivered();
}
