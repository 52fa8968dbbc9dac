//! One limit of pending requests for the whole workspace, and one listing for any number of jobs.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use futures_util::future::try_join_all;
use mistral_emulator::Pace;
use mistral_sdk::runs::{Event, Limits};
use mistral_sdk::{BatchEndpoint, CreateBatchJob, FilePurpose, Input, Marker, Upload};
use serde_json::json;

use crate::bench::{Bench, line, sums};

/// A job of somebody else, with so many rows.
async fn foreign(bench: &Bench, rows: usize) {
    let upload = Upload::bytes("foreign.jsonl", (0..rows).map(line).collect::<String>().into_bytes());
    let file = bench.client.files().upload(upload, FilePurpose::Batch).await.unwrap();
    let job = CreateBatchJob::new(BatchEndpoint::ChatCompletions).model("mistral-small-latest").input_file(&file.id);
    bench.client.batch().jobs().create(&job).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_others_have_pending_counts_even_before_the_service_has_counted_it() {
    // While it is queued, a job says it has no requests at all.
    let bench = Bench::with(json!([]), |builder| builder.max_pending_requests(30));
    foreign(&bench, 25).await;
    let limits = bench.spec().limits.pending(30);
    let run = bench.start(&bench.input(25), bench.spec().limits(limits)).await;
    let events: Vec<Event> = run.watch().try_collect().await.unwrap();
    assert!(events.iter().any(|event| matches!(event, Event::Held { others: 25, .. })), "{events:?}");
    bench.all_answered(25);
    let ledger = bench.emulator.ledger();
    // The foreign one, and one a part.
    assert_eq!((ledger.jobs_created(), ledger.jobs_created_with(Marker::KEY).len()), (4, 3));
    assert_eq!(ledger.refused_for_pending(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_for_pending_requests_is_waited_out() {
    // The service allows less than the run believes.
    let bench = Bench::with(json!([]), |builder| builder.max_pending_requests(15));
    let report = bench.run(45).await;
    assert_eq!(sums(&report, 45), (45, 0, 0));
    bench.all_answered(45);
    bench.one_job_a_part(5);
    assert!(bench.emulator.ledger().refused_for_pending() > 0);
}

#[tokio::test(start_paused = true)]
async fn several_runs_at_once_keep_one_limit_and_all_finish() {
    // The service would let them pass it: it only measures.
    let bench = Bench::with(json!([]), |builder| builder.enforce_pending_limit(false));
    let input = bench.input(120);
    let limits = Limits::default().part_rows(40).inline_rows(0).pending(100);
    let runs = ["one", "two", "three"].map(|name| {
        let spec = bench.spec().limits(limits).output(bench.path(&format!("{name}.jsonl")));
        let (runs, folder, input) = (bench.client.runs(), bench.path(name), Input::file(&input));
        async move { runs.start(folder, input, spec).await?.finish().await }
    });
    let reports = try_join_all(runs).await.unwrap();
    assert!(reports.iter().all(|report| sums(report, 120) == (120, 0, 0)));
    bench.one_job_a_part(9);
    let peak = bench.emulator.ledger().peak_pending_requests();
    assert!(peak <= 100, "{peak} requests were pending");
}

#[tokio::test(start_paused = true)]
async fn a_part_is_never_larger_than_what_may_be_pending() {
    let bench = Bench::with(json!([]), |builder| builder.enforce_pending_limit(false));
    let run = bench.start(&bench.input(10), bench.spec().limits(Limits::default().inline_rows(0).pending(4))).await;
    run.finish().await.unwrap();
    bench.all_answered(10);
    bench.one_job_a_part(3);
    assert!(bench.emulator.ledger().peak_pending_requests() <= 4);
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_shows_nothing_to_those_who_filter_is_done_without() {
    let bench = Bench::new(json!([]));
    bench.detached(25).await;
    let filtered = |request: &mistral_emulator::Entry| {
        request.query.as_deref().is_some_and(|query| query.contains("mistral_sdk_run"))
    };
    // The first look filters and sees nothing; a job that is asked for by itself is there.
    bench.faults(json!([{"operation": "batch.jobs.list", "answer": {"patch": {"data": []}}}]));
    let before = bench.emulator.ledger().entries().len();
    bench.resume().await.finish().await.unwrap();
    bench.all_answered(25);
    bench.one_job_a_part(3);
    let entries = bench.emulator.ledger().entries();
    let lists: Vec<_> = entries[before..].iter().filter(|entry| entry.operation == Some("batch.jobs.list")).collect();
    assert!(filtered(lists[0]) && lists[1..].iter().all(|list| !filtered(list)), "{lists:#?}");
    bench.all_delivered();
}

#[tokio::test(start_paused = true)]
async fn many_jobs_cost_one_listing_a_look() {
    let pace = Pace::default().queue(Duration::from_secs(600)).shortest_run(Duration::from_secs(600));
    let bench = Bench::with(json!([]), |builder| builder.pace(pace));
    let limits = Limits::default().part_rows(1).inline_rows(0);
    let run = bench.start(&bench.input(150), bench.spec().limits(limits).retries(0)).await;
    crate::bench::submit(&run).await;
    let before = bench.emulator.ledger().entries().len();
    tokio::time::timeout(Duration::from_secs(900), run.finish()).await.unwrap_err();
    let looks = bench.emulator.ledger().entries().split_off(before);
    // A hundred jobs are a page.
    assert!(looks.iter().all(|entry| entry.operation == Some("batch.jobs.list")), "{looks:#?}");
    let first_pages = looks.iter().filter(|entry| entry.query.as_deref().unwrap().contains("page=0")).count();
    assert!(looks.len() <= 2 * first_pages && first_pages >= 5, "{} requests, {first_pages} looks", looks.len());
}
