//! Waiting for jobs while the service has a bad day.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use mistral_emulator::Pace;
use mistral_sdk::{BatchEndpoint, BatchJob, BatchJobStatus, CreateBatchJob, ErrorKind, ListBatchJobs, Marker, Poll};
use serde_json::{Value, json};
use tests::rig::{Rig, check, one_request, script};
use tokio::time::Instant;

const HOUR: Duration = Duration::from_secs(3_600);
const MINUTE: Duration = Duration::from_secs(60);

/// An API whose jobs run so long, with this fault on the looks at them.
fn running(time: Duration, fault: Value) -> Rig {
    let mut fault = fault;
    fault["operation"] = "batch.jobs.get".into();
    Rig::with(json!([fault]), Pace::default().shortest_run(time), |builder| builder)
}

#[tokio::test(start_paused = true)]
async fn f54_a_new_job_is_not_found_at_first() {
    // Looks 0, 2, 5, 10 and 17 s after the start, more or less.
    let rig = running(MINUTE, json!({"times": 5, "answer": {"status": 404}}));
    let job = rig.job().await;
    let job = rig.client.batch().jobs().wait(&job.id, Poll::default()).await.unwrap();
    assert_eq!(job.status, BatchJobStatus::Success);
    rig.all_delivered();
}

#[tokio::test(start_paused = true)]
async fn f55_a_job_vanishes_while_running() {
    let rig = running(HOUR, json!({"nth": 8, "times": "always", "answer": {"status": 404}}));
    let marked = one_request().metadata(Marker::KEY, "m-1");
    let job = rig.client.batch().jobs().create(&marked).await.unwrap();
    let error = rig.client.batch().jobs().wait(&job.id, Poll::default()).await.unwrap_err();
    check(&error, &format!("batch.jobs.wait: job {}, which carried mistral_sdk_once=m-1: it does not exist", job.id));
    assert_eq!(error.kind(), ErrorKind::JobGone);
    let after = rig.count("batch.jobs.get") - 8;
    assert!((2..=4).contains(&after), "{after}");
    let gaps = rig.gaps("batch.jobs.get");
    let span: f64 = gaps[gaps.len() - after as usize..].iter().sum();
    // A sum of fractions may be a hair below the minute that passed.
    assert!((60_000.0..=130_000.0).contains(&(span * 1_000.0).round()), "{span}");
    rig.all_delivered();
}

#[tokio::test(start_paused = true)]
async fn f56_a_status_nobody_knows() {
    let paused = json!({"patch": {"status": "PAUSED"}});
    let rig = running(Duration::ZERO, json!({"times": 10, "answer": paused}));
    let job = rig.job().await;
    let seen: Vec<BatchJob> = rig.client.batch().jobs().watch(&job.id, Poll::default()).try_collect().await.unwrap();
    assert_eq!(seen.first().unwrap().status.as_str(), "PAUSED");
    assert_eq!(seen.last().unwrap().status, BatchJobStatus::Success);
    assert_eq!(rig.count("batch.jobs.get"), 11);
    rig.all_delivered();

    let rig = running(Duration::ZERO, json!({"times": "always", "answer": paused}));
    let job = rig.job().await;
    let started = Instant::now();
    let error = rig.client.batch().jobs().wait(&job.id, Poll::default().limit(HOUR)).await.unwrap_err();
    check(&error, "batch.jobs.wait: ");
    assert_eq!(error.kind(), ErrorKind::WaitDeadline);
    assert!(error.to_string().contains(job.id.as_str()), "{error}");
    assert!(error.advice().is_some_and(|advice| advice.contains("wait for it again")));
    assert!(started.elapsed() >= HOUR && started.elapsed() <= HOUR + MINUTE, "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn f57_a_job_falls_back() {
    let rig = running(
        HOUR,
        json!({
            "nth": 6, "times": 3, "answer": {"patch": {"status": "QUEUED", "completed_requests": 0}},
        }),
    );
    let job = rig.job().await;
    let seen: Vec<BatchJob> = rig.client.batch().jobs().watch(&job.id, Poll::default()).try_collect().await.unwrap();
    let statuses: Vec<_> = seen.iter().map(|job| job.status.as_str()).collect();
    assert_eq!(statuses, ["QUEUED", "RUNNING", "QUEUED", "RUNNING", "SUCCESS"]);
    rig.all_delivered();
}

/// A job from a file that names no results so many times (a number, or `"always"`) although it has ended.
async fn bare(times: Value) -> (Rig, BatchJob) {
    let none =
        json!({"status": "SUCCESS", "total_requests": 1, "output_file": null, "error_file": null, "outputs": null});
    let rig = running(Duration::ZERO, json!({"times": times, "answer": {"patch": none}}));
    let line = r#"{"custom_id": "a", "body": {"messages": [{"role": "user", "content": "Hello"}]}}"#;
    let file = rig.file(line).await;
    let job = CreateBatchJob::new(BatchEndpoint::ChatCompletions).model("mistral-small-latest").input_file(&file.id);
    let job = rig.client.batch().jobs().create(&job).await.unwrap();
    (rig, job)
}

#[tokio::test(start_paused = true)]
async fn f58_a_success_without_any_file_is_looked_at_again() {
    let (rig, job) = bare(json!(3)).await;
    let job = rig.client.batch().jobs().wait(&job.id, Poll::default()).await.unwrap();
    assert!(job.output_file.is_some());
    assert_eq!(rig.count("batch.jobs.get"), 4);
    rig.all_delivered();
}

#[tokio::test(start_paused = true)]
async fn f58_a_success_that_never_names_a_file_is_not_taken_for_whole() {
    let (rig, job) = bare(json!("always")).await;
    let started = Instant::now();
    let job = rig.client.batch().jobs().wait(&job.id, Poll::default()).await.unwrap();
    let elapsed = started.elapsed().as_secs();
    assert!((30..=60).contains(&elapsed), "{elapsed}");
    let results = rig.client.batch().jobs().results(&job).try_collect::<Vec<_>>().await;
    let error = results.unwrap_err();
    check(&error, "batch.jobs.");
    assert_eq!(error.kind(), ErrorKind::Integrity);
    rig.all_delivered();
}

#[tokio::test(start_paused = true)]
async fn f62_half_of_the_looks_fail_for_a_day() {
    let rig = running(24 * HOUR, json!({"every": 2, "times": "always", "answer": {"status": 503}}));
    let job = rig.job().await;
    let job = rig.client.batch().jobs().wait(&job.id, Poll::default()).await.unwrap();
    assert_eq!(job.status, BatchJobStatus::Success);
    let requests = rig.count("batch.jobs.get");
    assert!(requests <= 3_000, "{requests}");
    rig.all_delivered();
}

/// Waits through an outage of so many minutes that begins ten minutes after the start.
async fn outage(minutes: u32) -> (Result<BatchJob, mistral_sdk::Error>, Duration) {
    let rig = running(2 * HOUR, json!({"nth": 9_999}));
    let job = rig.job().await;
    let emulator = rig.emulator.clone();
    tokio::spawn(async move {
        tokio::time::sleep(10 * MINUTE).await;
        emulator.set_faults(script(json!([{"operation": "*", "times": "always", "delivery": "close"}])));
        tokio::time::sleep(minutes * MINUTE).await;
        emulator.set_faults(script(json!([])));
    });
    let started = Instant::now();
    let ended = rig.client.batch().jobs().wait(&job.id, Poll::default()).await;
    (ended, started.elapsed())
}

#[tokio::test(start_paused = true)]
async fn f62_an_outage_of_25_minutes_is_survived_and_one_of_35_is_not() {
    assert_eq!(outage(25).await.0.unwrap().status, BatchJobStatus::Success);
    let (ended, elapsed) = outage(35).await;
    let error = ended.unwrap_err();
    check(&error, "batch.jobs.wait: ");
    assert_eq!(error.kind(), ErrorKind::Outage);
    assert!(error.advice().is_some_and(|advice| advice.contains("wait for it again")));
    assert!(elapsed >= 39 * MINUTE && elapsed <= 43 * MINUTE, "{elapsed:?}");
}

#[tokio::test(start_paused = true)]
async fn f63_a_listing_that_gives_the_same_page_for_ever() {
    let rig = Rig::new(json!([]));
    let job = serde_json::to_value(rig.job().await).unwrap();
    let page = json!({"object": "list", "data": [job], "total": 1_000});
    let same = json!([{"operation": "batch.jobs.list", "times": "always", "answer": {"body": page}}]);
    rig.emulator.set_faults(script(same));
    let listed = rig.client.batch().jobs().list_all(ListBatchJobs::default());
    let listed: Vec<BatchJob> = listed.try_collect().await.unwrap();
    assert_eq!(listed.len(), 1);
    assert!(rig.count("batch.jobs.list") <= 3);
    rig.all_delivered();
}
