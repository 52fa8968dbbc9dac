use std::fs::File;
use std::io::BufReader;
use std::time::Instant;

use mistral_sdk::datasets::batch::{Options, check};
use mistral_sdk::{BatchEndpoint, Client, CreateBatchJob, Input, Spec};

use super::{MIB, input, myself, numbers};
use crate::process;
use crate::report::{Report, median};

const ROWS: u64 = 1_000_000;

/// Checks a million requests: by the checker alone, and in a plan, which cuts them into parts and takes their digests too.
pub(super) fn run(report: &mut Report) {
    report.title("A check of 1,000,000 requests");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.jsonl");
    let bytes = input::write(&path, ROWS);
    report.show("megabytes", bytes / 1_000_000);
    for (what, bounds) in [("read", Some((0.8, 32.0))), ("plan", None)] {
        let measured: Vec<_> = (0..5).map(|_| numbers(myself(&["runs-check", what, path.to_str().unwrap()]))).collect();
        let seconds = median(measured.iter().map(|numbers| numbers[0]).collect());
        let memory = measured.iter().map(|numbers| numbers[1] / MIB).fold(0.0, f64::max);
        match bounds {
            Some((most_seconds, most_memory)) => {
                report.at_most("seconds, by the checker alone", seconds, most_seconds);
                report.at_most("  most memory, MiB", memory, most_memory);
            }
            None => {
                report.show("seconds, in a plan", format!("{seconds:.3}"));
                report.show("  most memory, MiB", format!("{memory:.3}"));
            }
        }
    }
}

/// One check, in a process of its own.
pub(crate) fn read(path: &str) {
    let started = Instant::now();
    let reader = BufReader::with_capacity(256 << 10, File::open(path).unwrap());
    let checked = check(reader, Options::default()).unwrap();
    assert!(checked.is_valid() && checked.statistics().lines == ROWS);
    println!("{} {}", started.elapsed().as_secs_f64(), process::peak());
}

/// One plan, in a process of its own.
pub(crate) fn plan(path: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client: Client = tests::rig::client("http://127.0.0.1:9");
        let job = CreateBatchJob::new(BatchEndpoint::ChatCompletions).model("mistral-small-latest");
        let started = Instant::now();
        let plan = client.runs().check_model(false).plan(Input::file(path), &Spec::new(job)).await.unwrap();
        assert_eq!((plan.rows, plan.parts.len()), (ROWS, 10));
        println!("{} {}", started.elapsed().as_secs_f64(), process::peak());
    });
}
