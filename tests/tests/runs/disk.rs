//! Uploads and disks that fail.

use std::fs;

use mistral_sdk::ErrorKind;
use serde_json::json;

use crate::bench::{Bench, sums};

#[tokio::test(start_paused = true)]
async fn f18_f71_uploads_that_break_are_sent_again_whole() {
    let bench = Bench::new(json!([
        {"operation": "files.upload", "nth": 1, "answer": {"status": 503}},
        {"operation": "files.upload", "nth": 2, "delivery": "reset"},
        // Stored, and the answer lost.
        {"operation": "files.upload", "nth": 3, "commit": true, "delivery": "close"},
    ]));
    bench.run(25).await;
    bench.all_answered(25);
    bench.one_job_a_part(3);
    // A file of the same name and content is the same file.
    assert_eq!(bench.emulator.ledger().files_created(), 3);
    bench.all_delivered();
}

#[tokio::test(start_paused = true)]
async fn f71_an_upload_that_fails_for_minutes_is_tried_until_it_goes() {
    let bench = Bench::new(json!([{"operation": "files.upload", "times": 30, "answer": {"status": 503}}]));
    bench.run(10).await;
    bench.all_answered(10);
    bench.one_job_a_part(1);
    bench.all_delivered();
}

#[tokio::test(start_paused = true)]
async fn f71_a_submission_that_is_only_to_be_submitted_is_not_given_up_for_a_passing_fault() {
    let bench = Bench::new(json!([{"operation": "files.upload", "times": 10, "answer": {"status": 503}}]));
    bench.detached(10).await;
    bench.one_job_a_part(1);
    bench.all_delivered();
}

#[tokio::test(start_paused = true)]
async fn f74_an_output_that_cannot_be_written_costs_no_answer() {
    let bench = Bench::new(json!([]));
    // A folder stands where the output is to be.
    let output = bench.path("nowhere").join("out.jsonl");
    fs::create_dir(bench.path("nowhere")).unwrap();
    let run = bench.start(&bench.input(10), bench.spec().output(&output)).await;
    fs::remove_dir(bench.path("nowhere")).unwrap();
    let error = run.finish().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LocalIo);
    assert!(error.to_string().contains("nowhere"), "{error}");
    assert_eq!(bench.count("files.download"), 1);
    drop(run);

    fs::create_dir(bench.path("nowhere")).unwrap();
    let report = bench.resume().await.finish().await.unwrap();
    assert_eq!(sums(&report, 10), (10, 0, 0));
    assert_eq!(fs::read_to_string(&output).unwrap().lines().count(), 10);
    // The answers were on disk already.
    assert_eq!(bench.count("files.download"), 1);
    bench.one_job_a_part(1);
}

#[tokio::test(start_paused = true)]
async fn f74_an_output_that_came_to_be_there_meanwhile_is_left_alone() {
    let bench = Bench::new(json!([]));
    let run = bench.begin(10).await;
    bench.write("out.jsonl", "somebody else's");
    let error = run.finish().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LocalIo);
    assert!(error.to_string().contains("out.jsonl"), "{error}");
    assert_eq!(fs::read_to_string(bench.path("out.jsonl")).unwrap(), "somebody else's");
    fs::remove_file(bench.path("out.jsonl")).unwrap();
    run.finish().await.unwrap();
    bench.all_answered(10);
    bench.one_job_a_part(1);
}

#[tokio::test(start_paused = true)]
async fn an_output_is_replaced_only_if_it_may_be() {
    let bench = Bench::new(json!([]));
    bench.write("out.jsonl", "an older one");
    bench.start(&bench.input(10), bench.spec().replace(true)).await.finish().await.unwrap();
    bench.all_answered(10);
}

#[tokio::test(start_paused = true)]
async fn f74_a_folder_that_cannot_be_made_is_named() {
    let bench = Bench::new(json!([]));
    bench.write("run", "a file in the place of the folder");
    let input = mistral_sdk::Input::file(bench.input(10));
    let error = bench.client.runs().start(bench.path("run"), input, bench.spec()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LocalIo);
    assert!(error.to_string().contains("run cannot be written"), "{error}");
    assert_eq!(bench.emulator.ledger().requests(), 0);
}

#[tokio::test(start_paused = true)]
async fn answers_that_were_removed_from_the_folder_are_missed_and_not_made_up() {
    let bench = Bench::new(json!([]));
    let run = bench.begin(25).await;
    run.finish().await.unwrap();
    fs::remove_file(run.folder().join("answers-00001.jsonl")).unwrap();
    let error = run.write_to(std::io::sink()).await.unwrap_err();
    assert!(error.to_string().contains("answers-00001.jsonl"), "{error}");
}
