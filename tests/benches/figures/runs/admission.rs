use std::time::Duration;

use futures_util::future::try_join_all;
use mistral_emulator::{Emulator, Pace};
use mistral_sdk::runs::Limits;
use mistral_sdk::{BatchEndpoint, Client, CreateBatchJob, Input, Marker, Spec, Transport};
use tests::rig::{address, key};

use super::input;
use crate::report::Report;

const LIMIT: u64 = 1_000;
const PART: u64 = 400;
const ROWS: u64 = 2_000;

/// Three runs that begin together and share one limit.
pub(super) fn run(report: &mut Report) {
    report.title("Three runs at once, 2,000 rows each in parts of 400, of which 1,000 may be pending");
    for enforced in [true, false] {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(play(report, enforced));
    }
}

async fn play(report: &mut Report, enforced: bool) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.jsonl");
    input::write(&path, ROWS);
    let pace = Pace::default().queue(Duration::from_secs(60)).requests_per_second(20);
    let builder = Emulator::builder().pace(pace).max_pending_requests(LIMIT).enforce_pending_limit(enforced);
    let emulator = builder.build().unwrap();
    let client: Client = Transport::builder(key()).base_uri(address()).http(emulator.clone()).build().unwrap().into();
    let runs = ["one", "two", "three"].map(|name| {
        let job = CreateBatchJob::new(BatchEndpoint::ChatCompletions).model("mistral-small-latest");
        let spec = Spec::new(job).limits(Limits::default().part_rows(PART).inline_rows(0).pending(LIMIT));
        let (runs, folder, input) = (client.runs(), folder.path().join(name), Input::file(&path));
        async move { runs.start(folder, input, spec).await?.finish().await }
    });
    let reports = try_join_all(runs).await.unwrap();
    let ledger = emulator.ledger();
    let succeeded: u64 = reports.iter().map(|report| report.tally.succeeded).sum();
    let jobs = ledger.jobs_created_with(Marker::KEY);
    if enforced {
        report.at_most("requests pending at once", ledger.peak_pending_requests() as f64, LIMIT as f64);
        report.at_least("rows answered", succeeded as f64, 3.0 * ROWS as f64);
        report.at_most("jobs created", ledger.jobs_created() as f64, 3.0 * ROWS.div_ceil(PART) as f64);
        report.at_most("jobs of one part", *jobs.values().max().unwrap() as f64, 1.0);
        report.show("creations the service refused, which waited", ledger.refused_for_pending());
    } else {
        let pending = ledger.peak_pending_requests() as f64;
        report.at_most("requests pending at once if the service refuses nothing", pending, LIMIT as f64);
    }
}
