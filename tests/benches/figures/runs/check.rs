use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::time::Instant;

use mistral_sdk::datasets::ReadAhead;
use mistral_sdk::datasets::batch::{Options, check};
use mistral_sdk::{BatchEndpoint, Client, CreateBatchJob, Input, Spec};
use serde_json::value::RawValue;

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
    let measure = |what: &str| numbers(myself(&["runs-check", what, path.to_str().unwrap()]));
    let kinds = ["read", "plan", "map"];
    // In turns, so that a slow minute is one for all.
    let measured: Vec<_> = (0..7).map(|_| kinds.map(measure)).collect();
    let [read, plan, map] = [0, 1, 2].map(|kind| {
        let seconds = median(measured.iter().map(|kinds| kinds[kind][0]).collect());
        let memory = measured.iter().map(|kinds| kinds[kind][1] / MIB).fold(0.0, f64::max);
        (seconds, memory)
    });
    report.at_most("seconds, by the checker alone", read.0, 0.8);
    report.at_most("  most memory, MiB", read.1, 32.0);
    for (what, (seconds, memory)) in [("seconds, in a plan", plan), ("seconds, by a set of ids in memory", map)] {
        report.show(what, format!("{seconds:.3}"));
        report.show("  most memory, MiB", format!("{memory:.3}"));
    }
}

/// One check, in a process of its own.
pub(crate) fn read(path: &str) {
    let started = Instant::now();
    let reader = ReadAhead::new(File::open(path).unwrap()).unwrap();
    let checked = check(reader, Options::default()).unwrap();
    assert!(checked.is_valid() && checked.statistics().lines == ROWS);
    println!("{} {}", started.elapsed().as_secs_f64(), process::peak());
}

/// A plain check, for comparison: each line is JSON with an id and a body, and no id is there twice.
pub(crate) fn map(path: &str) {
    #[derive(serde::Deserialize)]
    struct Request<'a> {
        custom_id: String,
        #[serde(borrow, rename = "body")]
        _body: &'a RawValue,
    }

    let started = Instant::now();
    let mut reader = BufReader::with_capacity(256 << 10, File::open(path).unwrap());
    let (mut ids, mut line) = (HashSet::new(), String::new());
    while reader.read_line(&mut line).unwrap() > 0 {
        let request: Request<'_> = serde_json::from_str(&line).unwrap();
        assert!(ids.insert(request.custom_id));
        line.clear();
    }
    assert_eq!(ids.len() as u64, ROWS);
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
