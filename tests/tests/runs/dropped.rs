//! F80: drives that are dropped, wherever they wait.

use mistral_sdk::runs::{Limits, Stage};
use serde_json::json;
use tests::polls::within_polls;

use crate::bench::Bench;

/// Drops a run of three parts, one of them inline, after so many polls, and sees it through; whether it had ended before.
async fn dropped_after(polls: u64) -> bool {
    let bench = Bench::new(json!([]));
    let limits = Limits::default().part_rows(4).inline_rows(2);
    let run = bench.start(&bench.input(10), bench.spec().limits(limits)).await;
    let ended = within_polls(polls, run.finish()).await;
    let is_done = run.status().stage == Stage::Done;
    drop(run);
    let report = match ended {
        Some(report) => report.unwrap(),
        None => bench.resume().await.finish().await.unwrap(),
    };
    assert_eq!((report.tally.succeeded, report.jobs), (10, 3), "after {polls} polls");
    bench.all_answered(10);
    bench.one_job_a_part(3);
    is_done
}

#[test]
fn f80_a_drive_that_is_dropped_after_any_number_of_polls_is_taken_up() {
    let mut polls = 0;
    loop {
        polls += 1;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        if runtime.block_on(dropped_after(polls)) {
            break;
        }
        assert!(polls < 2_000, "it never ends");
    }
    assert!(polls > 20, "{polls} polls are not many");
}

#[tokio::test(start_paused = true)]
async fn f80_a_run_that_is_dropped_at_every_poll_ends_all_the_same() {
    let bench = Bench::new(json!([]));
    let mut run = bench.begin(25).await;
    let mut times = 0;
    loop {
        // More polls each time: a creation needs some of them in a row.
        let left = 10 + times;
        if let Some(report) = within_polls(left, run.finish()).await {
            assert_eq!(report.unwrap().jobs, 3);
            break;
        }
        drop(run);
        run = bench.resume().await;
        times += 1;
        assert!(times < 1_000);
    }
    bench.all_answered(25);
    bench.one_job_a_part(3);
}
