//! Runs in which nothing goes wrong.

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
