//! Jobs that have a bad day.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use mistral_emulator::Pace;
use mistral_sdk::runs::{Event, Progress, Report};
use mistral_sdk::{BatchJobStatus, Error, ErrorKind, Poll};
use serde_json::{Value, json};
use tests::rig::{check, script};
use tokio::time::Instant;

use crate::bench::{Bench, submit, sums};

const HOUR: Duration = Duration::from_secs(3_600);
const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn f54_a_job_that_is_not_to_be_found_at_first() {
    let bench = Bench::new(json!([
        // The first listing is the one that asks what others have pending.
        {"operation": "batch.jobs.list", "nth": 2, "times": 4, "answer": {"patch": {"data": []}}},
        {"operation": "batch.jobs.get", "times": 4, "answer": {"status": 404}},
    ]));
    bench.run(10).await;
    bench.all_answered(10);
    bench.one_job_a_part(1);
    bench.all_delivered();
}

#[tokio::test(start_paused = true)]
async fn f55_a_job_that_vanishes_leaves_its_rows_missing_and_they_can_be_sent_again() {
    // By then looks are half a minute apart.
    let faults = json!([
        {"operation": "batch.jobs.list", "nth": 10, "times": "always", "answer": {"patch": {"data": []}}},
        {"operation": "batch.jobs.get", "times": "always", "answer": {"status": 404}},
    ]);
    let bench = Bench::with(faults, |builder| builder.pace(Pace::default().shortest_run(HOUR)));
    let run = bench.begin(10).await;
    let report = run.finish().await.unwrap();
    assert_eq!(sums(&report, 10), (0, 0, 10));
    assert!(report.causes[0].message.contains("does not exist any more"), "{:?}", report.causes);
    assert!((3..=4).contains(&bench.count("batch.jobs.get")), "{}", bench.count("batch.jobs.get"));
    // What may have cost money is not sent again unasked.
    bench.one_job_a_part(1);
    bench.all_delivered();

    bench.faults(json!([]));
    assert_eq!(run.retry().await.unwrap(), 10);
    assert_eq!(sums(&run.finish().await.unwrap(), 10), (10, 0, 0));
    bench.all_answered(10);
    bench.one_job_a_part(2);
}

#[tokio::test(start_paused = true)]
async fn f56_a_status_nobody_knows_ends_the_wait_an_hour_after_the_timeout() {
    let bench = Bench::new(json!([]));
    let run = bench.begin(10).await;
    submit(&run).await;
    bench.shown_as(&run, json!({"status": "PAUSED"}), json!("always")).await;
    let started = Instant::now();
    let error = run.finish().await.unwrap_err();
    check(&error, "runs.wait: job ");
    assert_eq!(error.kind(), ErrorKind::WaitDeadline);
    assert!(error.to_string().contains(run.status().parts[0].job.as_ref().unwrap().as_str()), "{error}");
    assert!(started.elapsed() >= 25 * HOUR && started.elapsed() <= 25 * HOUR + 2 * MINUTE, "{:?}", started.elapsed());
    drop(run);
    bench.faults(json!([]));
    bench.resume().await.finish().await.unwrap();
    bench.all_answered(10);
    bench.one_job_a_part(1);
}

#[tokio::test(start_paused = true)]
async fn f56_a_status_nobody_knows_for_a_while() {
    let bench = Bench::new(json!([]));
    let run = bench.begin(10).await;
    submit(&run).await;
    bench.shown_as(&run, json!({"status": "PAUSED"}), json!(10)).await;
    let events: Vec<Event> = run.watch().try_collect().await.unwrap();
    let seen = |event: &Event| matches!(event, Event::Status { status, .. } if status.as_str() == "PAUSED");
    assert_eq!(events.iter().filter(|event| seen(event)).count(), 1);
    bench.all_answered(10);
    bench.all_delivered();
}

#[tokio::test(start_paused = true)]
async fn f57_counts_that_fall_never_show() {
    let bench = Bench::new(json!([]));
    let run = bench.begin(10).await;
    submit(&run).await;
    let mut job = serde_json::to_value(bench.job(&run).await).unwrap();
    let mut shown = |status: &str, done: u64| {
        let counts = json!({"status": status, "completed_requests": done, "succeeded_requests": done});
        job.as_object_mut().unwrap().extend(counts.as_object().unwrap().clone());
        json!({"body": {"object": "list", "data": [job], "total": 1}})
    };
    bench.faults(json!([
        {"operation": "batch.jobs.list", "nth": 1, "answer": shown("RUNNING", 8)},
        {"operation": "batch.jobs.list", "nth": 2, "answer": shown("QUEUED", 4)},
        {"operation": "batch.jobs.list", "nth": 3, "answer": shown("RUNNING", 400)},
    ]));
    let events: Vec<Event> = run.watch().try_collect().await.unwrap();
    let seen: Vec<Progress> = events
        .into_iter()
        .filter_map(|event| match event {
            Event::Progress(progress) => Some(progress),
            _ => None,
        })
        .collect();
    assert!(seen.windows(2).all(|pair| pair[0].done <= pair[1].done), "{seen:?}");
    assert!(seen.iter().all(|progress| progress.done <= progress.rows));
    assert!(seen.iter().any(|progress| progress.done == 8));
    bench.all_answered(10);
    bench.all_delivered();
}

const NO_FILES: [(&str, Value); 3] =
    [("output_file", Value::Null), ("error_file", Value::Null), ("outputs", Value::Null)];

/// A run whose job is shown as a success without files, so many times.
async fn without_files(times: Value) -> (Bench, Report, Duration) {
    let bench = Bench::new(json!([]));
    let run = bench.start(&bench.input(10), bench.spec().retries(0)).await;
    submit(&run).await;
    let mut patch = json!({"status": "SUCCESS", "total_requests": 10, "succeeded_requests": 10});
    NO_FILES.into_iter().for_each(|(key, value)| patch[key] = value);
    bench.shown_as(&run, patch, times).await;
    let started = Instant::now();
    let report = run.finish().await.unwrap();
    (bench, report, started.elapsed())
}

#[tokio::test(start_paused = true)]
async fn f58_a_success_without_files_is_looked_at_again_for_half_a_minute() {
    let (bench, report, _) = without_files(json!(3)).await;
    assert_eq!(sums(&report, 10), (10, 0, 0));
    bench.all_answered(10);
    bench.all_delivered();

    // The listing never names the files, but the job itself does.
    let (bench, report, elapsed) = without_files(json!("always")).await;
    assert_eq!(sums(&report, 10), (10, 0, 0));
    assert!(elapsed >= MINUTE / 2 && elapsed <= 3 * MINUTE, "{elapsed:?}");
    bench.all_answered(10);
}

#[tokio::test(start_paused = true)]
async fn f58_a_success_that_never_names_a_file_leaves_every_row_missing() {
    let bench = Bench::new(json!([]));
    let run = bench.start(&bench.input(10), bench.spec().retries(0)).await;
    submit(&run).await;
    let mut job = serde_json::to_value(bench.job(&run).await).unwrap();
    let patch = json!({"status": "SUCCESS", "total_requests": 10, "succeeded_requests": 10});
    job.as_object_mut().unwrap().extend(patch.as_object().unwrap().clone());
    NO_FILES.into_iter().for_each(|(key, value)| job[key] = value);
    let list = json!({"object": "list", "data": [job], "total": 1});
    bench.faults(json!([
        {"operation": "batch.jobs.list", "times": "always", "answer": {"body": list}},
        {"operation": "batch.jobs.get", "times": "always", "answer": {"body": job}},
    ]));
    let report = run.finish().await.unwrap();
    assert_eq!(sums(&report, 10), (0, 0, 10));
    assert!(report.remarks.iter().any(|remark| remark.contains("counts 10 results, but 0")), "{:?}", report.remarks);
    assert!(bench.in_order(10).iter().all(|result| !result.is_success()));
    bench.faults(json!([]));
    assert_eq!(run.retry().await.unwrap(), 10);
    run.finish().await.unwrap();
    bench.all_answered(10);
}

#[tokio::test(start_paused = true)]
async fn f58_a_success_with_an_error_file_alone_counts_every_row_as_failed() {
    let bench = Bench::answering(|_| 400);
    let report = bench.run(10).await;
    assert_eq!(sums(&report, 10), (0, 10, 0));
    assert_eq!((report.causes.len(), report.causes[0].count), (1, 10), "{:?}", report.causes);
    bench.in_order(10);
    bench.one_job_a_part(1);
}

#[tokio::test(start_paused = true)]
async fn f59_a_job_that_failed_as_a_whole_says_why_and_is_not_sent_again() {
    let bench = Bench::new(json!([]));
    let run = bench.begin(10).await;
    submit(&run).await;
    let failed = json!({"status": "FAILED", "errors": [{"message": "the worker died", "count": 10}]});
    bench.shown_as(&run, failed, json!(1)).await;
    let report = run.finish().await.unwrap();
    assert_eq!(sums(&report, 10), (0, 0, 10));
    assert!(report.causes[0].message.contains("the worker died"), "{:?}", report.causes);
    assert!(report.remarks.iter().any(|remark| remark.contains("the worker died")), "{:?}", report.remarks);
    assert_eq!(run.status().parts[0].status, Some(BatchJobStatus::Failed));
    bench.one_job_a_part(1);
    bench.all_delivered();
}

/// A service on which a job of an hour gets half of its work done.
fn slow() -> Bench {
    Bench::with(json!([]), |builder| builder.pace(Pace::default().shortest_run(2 * HOUR)))
}

#[tokio::test(start_paused = true)]
async fn f59_what_a_job_did_before_its_time_was_up_is_kept_and_the_rest_sent_again() {
    let bench = slow();
    let mut spec = bench.spec().retries(0);
    spec.job = spec.job.timeout_hours(1);
    let run = bench.start(&bench.input(10), spec.clone()).await;
    let report = run.finish().await.unwrap();
    assert_eq!(sums(&report, 10), (5, 0, 5));
    assert!(report.causes[0].message.contains("TIMEOUT_EXCEEDED"), "{:?}", report.causes);

    let bench = slow();
    let run = bench.start(&bench.input(10), spec.retries(9).output(bench.path("out.jsonl"))).await;
    let report = run.finish().await.unwrap();
    assert_eq!(sums(&report, 10), (9, 0, 1), "a job of one row gets nothing done in half its time");
    assert_eq!(report.retries, 9);
    bench.in_order(10);
}

#[tokio::test(start_paused = true)]
async fn f62_half_of_the_looks_fail_for_a_day() {
    let faults = json!([{"operation": "batch.jobs.list", "nth": 2, "every": 2, "times": "always",
        "answer": {"status": 503}}]);
    let bench = Bench::with(faults, |builder| builder.pace(Pace::default().shortest_run(23 * HOUR)));
    bench.run(10).await;
    bench.all_answered(10);
    assert!(bench.count("batch.jobs.list") <= 3_000, "{}", bench.count("batch.jobs.list"));
}

/// Sees a run through an outage of so many minutes that begins ten minutes after the start.
async fn outage(minutes: u32) -> (Bench, Result<Report, Error>, Duration) {
    let bench = Bench::with(json!([]), |builder| builder.pace(Pace::default().shortest_run(2 * HOUR)));
    let run = bench.begin(10).await;
    let emulator = bench.emulator.clone();
    tokio::spawn(async move {
        tokio::time::sleep(10 * MINUTE).await;
        emulator.set_faults(script(json!([{"operation": "*", "times": "always", "delivery": "close"}])));
        tokio::time::sleep(minutes * MINUTE).await;
        emulator.set_faults(script(json!([])));
    });
    let started = Instant::now();
    let ended = run.finish().await;
    (bench, ended, started.elapsed())
}

#[tokio::test(start_paused = true)]
async fn f62_an_outage_of_25_minutes_is_survived_and_one_of_35_is_not() {
    let (bench, ended, _) = outage(25).await;
    ended.unwrap();
    bench.all_answered(10);

    let (bench, ended, elapsed) = outage(35).await;
    let error = ended.unwrap_err();
    check(&error, "runs.wait: ");
    assert_eq!(error.kind(), ErrorKind::Outage);
    assert!(elapsed >= 39 * MINUTE && elapsed <= 45 * MINUTE, "{elapsed:?}");
    tokio::time::sleep(10 * MINUTE).await;
    bench.resume().await.finish().await.unwrap();
    bench.all_answered(10);
    bench.one_job_a_part(1);
}

#[tokio::test(start_paused = true)]
async fn f63_a_listing_that_gives_the_same_page_for_ever() {
    let bench = Bench::new(json!([]));
    bench.detached(10).await;
    let page = serde_json::to_value(bench.client.batch().jobs().list(&Default::default()).await.unwrap()).unwrap();
    let mut foreign = page["data"][0].clone();
    foreign["id"] = "00000000-0000-4000-8000-000000000000".into();
    foreign["metadata"] = Value::Null;
    let same = json!({"object": "list", "data": [foreign], "total": 1_000_000});
    let before = bench.count("batch.jobs.list");
    bench.faults(json!([{"operation": "batch.jobs.list", "times": "always", "answer": {"body": same}}]));
    bench.resume().await.finish().await.unwrap();
    bench.all_answered(10);
    let looks = bench.count("batch.jobs.get");
    assert!(bench.count("batch.jobs.list") - before <= 3 * looks, "two or three pages a look");
}

#[tokio::test(start_paused = true)]
async fn the_limit_of_a_wait_ends_the_run_and_a_resume_goes_on() {
    let bench = Bench::with(json!([]), |builder| builder.pace(Pace::default().shortest_run(5 * HOUR)));
    let runs = bench.client.runs().poll(Poll::default().limit(HOUR));
    let input = mistral_sdk::Input::file(bench.input(10));
    let run = runs.start(bench.path("run"), input, bench.spec()).await.unwrap();
    let started = Instant::now();
    let error = run.finish().await.unwrap_err();
    check(&error, "runs.wait: ");
    assert_eq!((error.kind(), started.elapsed().as_secs() / 60), (ErrorKind::WaitDeadline, 60));
    drop(run);
    bench.resume().await.finish().await.unwrap();
    bench.one_job_a_part(1);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_refused_in_the_middle_of_a_wait_ends_the_run_at_once() {
    let bench = Bench::new(json!([{"operation": "batch.jobs.list", "nth": 4, "times": "always",
        "answer": {"status": 401}}]));
    let run = bench.begin(10).await;
    let error = run.finish().await.unwrap_err();
    check(&error, "batch.jobs.list: ");
    assert_eq!((error.kind(), bench.count("batch.jobs.list")), (ErrorKind::Auth, 4));
    bench.faults(json!([]));
    run.finish().await.unwrap();
    bench.one_job_a_part(1);
}
