//! A run in a process of its own, begun or taken up, as the command line does it.

use std::path::Path;
use std::time::Duration;

use mistral_sdk::runs::Limits;
use mistral_sdk::{BatchEndpoint, CreateBatchJob, Input, Poll, Spec};
use tests::rig::client;

use crate::process;

/// Sees the run in `folder` through, and prints the most bytes that were in memory.
pub(crate) fn drive(base: &str, folder: &str, input: &str, output: &str, part_rows: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let poll = Poll::default().initial(Duration::from_millis(100)).max(Duration::from_secs(1));
        let runs = client(base).runs().poll(poll);
        let run = if Path::new(folder).join("journal").exists() {
            runs.resume(folder).await.unwrap()
        } else {
            let job = CreateBatchJob::new(BatchEndpoint::ChatCompletions).model("mistral-small-latest");
            let limits = Limits::default().part_rows(part_rows).inline_rows(4).pending(u64::MAX);
            runs.start(folder, Input::file(input), Spec::new(job).limits(limits).output(output)).await.unwrap()
        };
        let report = run.finish().await.unwrap();
        println!("{} {}", report.tally.succeeded, process::peak());
    });
}
