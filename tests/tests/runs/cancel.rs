//! Runs that are stopped, and what is left on the service.

use std::time::Duration;

use mistral_emulator::Pace;
use mistral_sdk::runs::{Cleanup, Stage};
use mistral_sdk::{FileId, ListFiles};
use serde_json::json;

use crate::bench::{Bench, submit, sums};

#[tokio::test(start_paused = true)]
async fn a_run_that_is_cancelled_keeps_what_was_answered_and_says_what_was_not() {
    let pace = Pace::default().queue(Duration::from_secs(30)).shortest_run(Duration::from_secs(60));
    let bench = Bench::with(json!([]), |builder| builder.pace(pace).max_pending_requests(20));
    let limits = bench.spec().limits.pending(20);
    let run = bench.start(&bench.input(45), bench.spec().limits(limits)).await;
    // The first jobs are at work, and the others have to wait.
    tokio::time::timeout(Duration::from_secs(60), run.finish()).await.unwrap_err();
    let jobs = bench.emulator.ledger().jobs_created();
    assert_eq!(run.cancel().await.unwrap().len() as u64, jobs);
    assert_eq!(run.status().stage, Stage::Cancelled);
    drop(run);

    let run = bench.resume().await;
    let report = run.finish().await.unwrap();
    let (succeeded, failed, missing) = sums(&report, 45);
    assert!((1..20).contains(&succeeded) && failed == 0 && missing > 25, "{report:?}");
    assert!(report.causes.iter().any(|cause| cause.message.contains("cancelled before this request was sent")));
    assert!(report.causes.iter().any(|cause| cause.message.contains("CANCELLED")), "{:?}", report.causes);
    bench.in_order(45);
    bench.one_job_a_part(jobs as usize);

    // What was stopped can be asked for again.
    assert_eq!(run.retry().await.unwrap(), missing);
    assert_eq!(sums(&run.finish().await.unwrap(), 45), (45, 0, 0));
    bench.all_answered(45);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_cancelled_before_it_began_sends_nothing() {
    let bench = Bench::new(json!([]));
    let run = bench.begin(25).await;
    assert!(run.cancel().await.unwrap().is_empty());
    assert_eq!(sums(&run.finish().await.unwrap(), 25), (0, 0, 25));
    bench.one_job_a_part(0);
    assert_eq!(bench.emulator.ledger().files_created(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_run_looks_for_the_job_whose_creation_was_not_answered_and_stops_it() {
    let bench = Bench::new(json!([
        {"operation": "batch.jobs.create", "commit": true, "delivery": "hold"},
    ]));
    let run = bench.begin(10).await;
    tokio::time::timeout(Duration::from_secs(10), run.finish()).await.unwrap_err();
    drop(run);
    let run = bench.resume().await;
    run.cancel().await.unwrap();
    let report = run.finish().await.unwrap();
    assert_eq!((sums(&report, 10), report.jobs), ((0, 0, 10), 1));
    assert!(report.causes[0].message.contains("CANCELLED"), "{:?}", report.causes);
    bench.one_job_a_part(1);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_cannot_be_stopped_does_not_keep_others_running() {
    let pace = Pace::default().queue(Duration::from_secs(600));
    let bench = Bench::with(json!([{"operation": "batch.jobs.cancel", "answer": {"status": 403}}]), |builder| {
        builder.pace(pace)
    });
    let run = bench.begin(25).await;
    submit(&run).await;
    assert_eq!(run.cancel().await.unwrap_err().status().map(|status| status.as_u16()), Some(403));
    assert_eq!(bench.count("batch.jobs.cancel"), 3);
    // The one that was left is asked once more.
    assert_eq!(run.cancel().await.unwrap().len(), 3);
    assert_eq!(sums(&run.finish().await.unwrap(), 25), (0, 0, 25));
    bench.one_job_a_part(3);
}

async fn files(bench: &Bench) -> Vec<FileId> {
    let list = bench.client.files().list(&ListFiles::default()).await.unwrap();
    list.data.into_iter().map(|file| file.id).collect()
}

#[tokio::test(start_paused = true)]
async fn files_are_left_on_the_service_as_the_policy_says() {
    for (cleanup, left) in [(Cleanup::Nothing, 6), (Cleanup::Inputs, 3), (Cleanup::Everything, 0)] {
        let bench = Bench::new(json!([]));
        let run = bench.start(&bench.input(25), bench.spec().cleanup(cleanup)).await;
        run.finish().await.unwrap();
        assert_eq!(files(&bench).await.len(), left, "{cleanup:?}");
        bench.all_answered(25);
        drop(run);
        bench.client.runs().clean(bench.path("run"), Cleanup::Everything).await.unwrap();
        assert!(files(&bench).await.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_that_cannot_be_deleted_costs_nothing_but_a_remark() {
    let bench = Bench::new(json!([{"operation": "files.delete", "times": "always", "answer": {"status": 403}}]));
    bench.run(25).await;
    bench.all_answered(25);
    bench.all_delivered();
}

#[tokio::test(start_paused = true)]
async fn a_job_that_somebody_else_cancelled_is_not_sent_again_unasked() {
    let bench = Bench::new(json!([]));
    let run = bench.begin(10).await;
    submit(&run).await;
    let job = run.status().parts[0].job.clone().unwrap();
    bench.client.batch().jobs().cancel(&job).await.unwrap();
    let report = run.finish().await.unwrap();
    assert_eq!(sums(&report, 10), (0, 0, 10));
    bench.one_job_a_part(1);
    assert_eq!(run.retry().await.unwrap(), 10);
    assert_eq!(sums(&run.finish().await.unwrap(), 10), (10, 0, 0));
}
