//! A run in a process of its own.

use std::time::Duration;

use mistral_sdk::{BatchEndpoint, CreateBatchJob, Input, Poll, Spec};
use tests::rig::client;

use crate::process;

/// Begins a run in `folder`, sees it through, and prints the rows that were answered and the most bytes that were in memory.
pub(crate) fn drive(base: &str, folder: &str, input: &str, output: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let poll = Poll::default().initial(Duration::from_millis(100)).max(Duration::from_secs(1));
        let runs = client(base).runs().poll(poll);
        let job = CreateBatchJob::new(BatchEndpoint::ChatCompletions).model("mistral-small-latest");
        let run = runs.start(folder, Input::file(input), Spec::new(job).output(output)).await.unwrap();
        let report = run.finish().await.unwrap();
        println!("{} {}", report.tally.succeeded, process::peak());
    });
}
