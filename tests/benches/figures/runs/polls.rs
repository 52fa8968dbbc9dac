use std::time::Duration;

use futures_util::TryStreamExt as _;
use mistral_emulator::{Emulator, Pace};
use mistral_sdk::runs::Limits;
use mistral_sdk::{BatchEndpoint, Client, CreateBatchJob, Input, Spec, Transport};
use tests::rig::{address, key};

use super::input;
use crate::report::Report;

const JOBS: u64 = 1_000;

/// What it costs to look at many jobs.
pub(super) fn run(report: &mut Report) {
    report.title("1,000 jobs of one row, waited for during an hour and a half");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("in.jsonl");
        input::write(&path, JOBS);
        let pace = Pace::default().queue(Duration::from_secs(1_800)).shortest_run(Duration::from_secs(2 * 3_600));
        let emulator = Emulator::builder().pace(pace).build().unwrap();
        let client: Client =
            Transport::builder(key()).base_uri(address()).http(emulator.clone()).build().unwrap().into();
        let job = CreateBatchJob::new(BatchEndpoint::ChatCompletions).model("mistral-small-latest");
        let spec = Spec::new(job).limits(Limits::default().part_rows(1).inline_rows(0));
        let run = client.runs().start(folder.path().join("run"), Input::file(&path), spec).await.unwrap();
        run.submit().try_for_each(|_| std::future::ready(Ok(()))).await.unwrap();
        report.at_most("jobs created", emulator.ledger().jobs_created() as f64, JOBS as f64);

        let before = emulator.ledger().requests();
        tokio::time::timeout(Duration::from_secs(5_400), run.finish()).await.unwrap_err();
        let entries = emulator.ledger().entries();
        let waited = &entries[entries.len() - (emulator.ledger().requests() - before) as usize..];
        // Each look begins with the first page.
        let is_first = |entry: &&mistral_emulator::Entry| {
            entry.query.as_deref().is_some_and(|query| query.split('&').any(|pair| pair == "page=0"))
        };
        let looks = waited.iter().filter(is_first).count();
        let others = waited.iter().filter(|entry| entry.operation != Some("batch.jobs.list")).count();
        report.show("looks", looks);
        report.at_most("requests a look", waited.len() as f64 / looks as f64, 15.0);
        report.at_most("requests that are no listing", others as f64, 0.0);
    });
}
