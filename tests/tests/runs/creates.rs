//! Creations whose answers are lost, within a run. The ledger is the judge: one job a part.

use mistral_sdk::{BatchEndpoint, CreateBatchJob, ErrorKind, FilePurpose, Upload};
use serde_json::{Value, json};
use tests::rig::check;

use crate::bench::Bench;

/// A run of three parts, on the first of whose creations this fault is played.
async fn created(fault: Value) -> Bench {
    let mut fault = fault;
    fault["operation"] = "batch.jobs.create".into();
    let bench = Bench::new(json!([fault]));
    let report = bench.run(25).await;
    assert_eq!((report.tally.succeeded, report.jobs), (25, 3));
    bench.all_answered(25);
    bench.one_job_a_part(3);
    bench.all_delivered();
    bench
}

#[tokio::test(start_paused = true)]
async fn f10_a_job_whose_creation_was_not_answered_is_found() {
    let bench = created(json!({"commit": true, "delivery": "close"})).await;
    assert_eq!(bench.count("batch.jobs.create"), 3);
}

#[tokio::test(start_paused = true)]
async fn f11_a_creation_that_did_nothing_is_sent_again() {
    let bench = created(json!({"delivery": "close"})).await;
    assert_eq!(bench.count("batch.jobs.create"), 4);
}

#[tokio::test(start_paused = true)]
async fn f12_f13_half_a_head_and_the_page_of_a_gateway() {
    created(json!({"delivery": {"cut_head": 20}})).await;
    created(json!({"commit": true, "answer": {"status": 502, "body": "<html>bad gateway</html>"}})).await;
}

#[tokio::test(start_paused = true)]
async fn f14_a_server_error_twice() {
    let bench = created(json!({"times": 2, "answer": {"status": 500}})).await;
    assert_eq!(bench.count("batch.jobs.create"), 5);
}

#[tokio::test(start_paused = true)]
async fn f15_an_api_that_goes_away_after_the_creation_ends_the_run_and_a_resume_finds_the_job() {
    let bench = Bench::new(json!([
        {"operation": "batch.jobs.create", "commit": true, "delivery": "close"},
        {"operation": "batch.jobs.list", "nth": 2, "times": "always", "delivery": "close"},
    ]));
    let run = bench.begin(10).await;
    let error = run.finish().await.unwrap_err();
    check(&error, "batch.jobs.create_once: ");
    assert!(error.is_maybe_created(), "{error}");
    assert!(run.status().parts[0].maybe_created && error.to_string().contains("mistral_sdk_once="), "{error}");
    assert_eq!(bench.count("batch.jobs.create"), 1);
    bench.all_delivered();
    drop(run);

    bench.faults(json!([]));
    bench.resume().await.finish().await.unwrap();
    bench.all_answered(10);
    bench.one_job_a_part(1);
}

#[tokio::test(start_paused = true)]
async fn f15_a_job_is_found_after_a_day_by_a_machine_whose_clock_is_wrong() {
    // The service's clock, as this machine sees it, is some hours behind.
    struct Behind;
    impl mistral_emulator::Clock for Behind {
        fn now(&self) -> std::time::SystemTime {
            std::time::SystemTime::now() - std::time::Duration::from_secs(3 * 3_600)
        }
    }
    let faults = json!([{"operation": "batch.jobs.create", "commit": true, "delivery": "hold"}]);
    let bench = Bench::with(faults, |builder| builder.clock(Behind).pace(mistral_emulator::Pace::instant()));
    let run = bench.begin(10).await;
    let held = tokio::time::timeout(std::time::Duration::from_secs(20), run.finish()).await;
    assert!(held.is_err() && run.status().parts[0].maybe_created);
    drop(run);
    bench.resume().await.finish().await.unwrap();
    bench.all_answered(10);
    bench.one_job_a_part(1);
}

#[tokio::test(start_paused = true)]
async fn f15_a_search_for_the_job_that_fails_is_no_proof_that_there_is_none() {
    let bench = Bench::new(json!([{"operation": "batch.jobs.create", "commit": true, "delivery": "hold"}]));
    let run = bench.begin(10).await;
    tokio::time::timeout(std::time::Duration::from_secs(20), run.finish()).await.unwrap_err();
    drop(run);
    bench.faults(json!([{"operation": "batch.jobs.list", "times": 9, "answer": {"status": 503}}]));
    bench.resume().await.finish().await.unwrap();
    bench.all_answered(10);
    bench.one_job_a_part(1);
    bench.all_delivered();
}

#[tokio::test(start_paused = true)]
async fn f15_a_job_of_somebody_else_without_notes_does_not_hold_up_the_search() {
    let bench = Bench::new(json!([]));
    let foreign =
        bench.client.files().upload(Upload::bytes("f", crate::bench::line(1)), FilePurpose::Batch).await.unwrap();
    let foreign =
        CreateBatchJob::new(BatchEndpoint::ChatCompletions).model("mistral-small-latest").input_file(&foreign.id);
    bench.client.batch().jobs().create(&foreign).await.unwrap();
    bench.faults(json!([{"operation": "batch.jobs.create", "delivery": "hold"}]));
    let run = bench.begin(10).await;
    tokio::time::timeout(std::time::Duration::from_secs(20), run.finish()).await.unwrap_err();
    drop(run);
    bench.resume().await.finish().await.unwrap();
    bench.all_answered(10);
    assert_eq!(bench.emulator.ledger().jobs_created(), 2);
}

#[tokio::test(start_paused = true)]
async fn f16_a_creation_that_is_refused_for_now() {
    let bench = created(json!({"times": 2, "answer": {"status": 429}})).await;
    assert_eq!(bench.count("batch.jobs.create"), 5);
}

#[tokio::test(start_paused = true)]
async fn a_creation_that_is_refused_for_good_ends_the_run_with_the_words_of_the_service() {
    let refusal = json!({"status": 422, "body": {"detail": "the endpoint sleeps"}});
    let bench = Bench::new(json!([{"operation": "batch.jobs.create", "answer": refusal}]));
    let run = bench.begin(10).await;
    let error = run.finish().await.unwrap_err();
    check(&error, "batch.jobs.create");
    assert!(error.to_string().contains("the endpoint sleeps"), "{error}");
    assert_eq!(error.kind(), ErrorKind::Api);
    // Whoever has seen to it goes on.
    run.finish().await.unwrap();
    bench.one_job_a_part(1);
}
