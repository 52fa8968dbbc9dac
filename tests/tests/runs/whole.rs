//! Runs in which nothing goes wrong.

use futures_util::{StreamExt as _, TryStreamExt as _};
use mistral_sdk::runs::Event;
use serde_json::json;

use crate::bench::Bench;

#[tokio::test(start_paused = true)]
async fn a_run_of_several_parts_answers_every_row_in_order() {
    let bench = Bench::new(json!([]));
    let report = bench.run(25).await;
    assert_eq!((report.tally.succeeded, report.tally.rows(), report.jobs), (25, 25, 3));
    bench.all_answered(25);
    assert_eq!(bench.emulator.ledger().jobs_created(), 3);
}

#[tokio::test(start_paused = true)]
async fn the_last_thing_that_is_told_is_that_the_run_is_done_also_when_it_was_done_before() {
    let bench = Bench::new(json!([]));
    let run = bench.begin(25).await;
    for _ in 0..2 {
        let events: Vec<Event> = run.watch().try_collect().await.unwrap();
        assert!(matches!(events.last(), Some(Event::Done(report)) if report.tally.succeeded == 25), "{events:?}");
    }
    bench.one_job_a_part(3);
}

#[tokio::test(start_paused = true)]
async fn an_error_is_the_last_thing_that_is_told() {
    let bench = Bench::new(json!([{"operation": "batch.jobs.create", "answer": {"status": 422}}]));
    let run = bench.begin(25).await;
    let told: Vec<_> = run.watch().collect().await;
    assert!(told.last().unwrap().is_err(), "{told:?}");
    assert_eq!(told.iter().filter(|told| told.is_err()).count(), 1, "{told:?}");
}
