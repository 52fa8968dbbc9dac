//! The command `mistral-jobs`, killed at every step of a run, and one more that takes the run up.
//!
//! The variable `MISTRAL_JOBS` says where it is.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, stream};
use mistral_emulator::{Answer, EchoEngine, Emulator, Engine, Inference, Pace};
use mistral_sdk::Marker;
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::rig::{script, serve};

use super::input;
use crate::report::Report;

/// Two parts of files, and one that is sent again, inline.
const ROWS: u64 = 1_100;
const PART: u64 = 550;
const JOBS: usize = 3;
/// How many runs are killed at random instants.
const RANDOM: usize = 500;
/// How many cases are under way at a time; most of the time they wait.
const AT_ONCE: usize = 32;

/// When the process is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    Never,
    /// As soon as so many records are in the journal.
    Record(usize),
    /// While its so-manieth request is on its way: before it has taken effect, or after.
    Request {
        number: u64,
        committed: bool,
    },
    /// So long after its start.
    After(Duration),
}

/// What came of a case.
#[derive(Debug)]
struct Outcome {
    /// Whether the process was alive until it was killed.
    killed: bool,
    lives: u32,
    output: Vec<Value>,
    records: usize,
    requests: u64,
    parts: usize,
    jobs: u64,
    duplicates: u64,
    took: Duration,
}

pub(super) fn run(report: &mut Report) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        report.title("mistral-jobs batch run with three jobs, killed (SIGKILL), and mistral-jobs run resume");
        let golden = play(When::Never).await;
        assert_eq!((golden.output.len() as u64, golden.parts, golden.jobs), (ROWS, JOBS, JOBS as u64), "{golden:?}");
        report.show("records of a run that lives", golden.records);
        report.show("requests of a run that lives", golden.requests);

        let records: Vec<_> = (1..=golden.records).map(When::Record).collect();
        sweep(report, "after each record", records, &golden).await;
        for (what, committed) in [("before each request took effect", false), ("after each request took effect", true)]
        {
            let requests = (1..=golden.requests).map(|number| When::Request { number, committed }).collect();
            sweep(report, what, requests, &golden).await;
        }
        let mut rng = fastrand::Rng::with_seed(1);
        let longest = golden.took.mul_f64(1.1).as_micros() as u64;
        let instants = (0..RANDOM).map(|_| When::After(Duration::from_micros(rng.u64(..longest)))).collect();
        sweep(report, "at random instants", instants, &golden).await;
    });
}

/// Plays cases, and compares what comes of each with the run that lived.
async fn sweep(report: &mut Report, what: &str, cases: Vec<When>, golden: &Outcome) {
    let outcomes: Vec<_> = stream::iter(cases)
        .map(|when| tokio::spawn(async move { (when, play(when).await) }))
        .buffer_unordered(AT_ONCE)
        .map(Result::unwrap)
        .collect()
        .await;
    let count = |is: &dyn Fn(&Outcome) -> bool| outcomes.iter().filter(|(_, outcome)| is(outcome)).count();
    report.show(&format!("killed {what}"), count(&|outcome| outcome.killed));
    report.show("  had ended before", count(&|outcome| !outcome.killed));
    let differs = |outcome: &Outcome| outcome.output != golden.output;
    report.at_most("  outputs that differ", count(&differs) as f64, 0.0);
    let wrong = |outcome: &Outcome| outcome.duplicates > 0 || outcome.jobs != outcome.parts as u64;
    report.at_most("  runs with more or fewer jobs than parts", count(&wrong) as f64, 0.0);
    report.at_most(
        "  lives of one run",
        f64::from(outcomes.iter().map(|(_, outcome)| outcome.lives).max().unwrap()),
        3.0,
    );
    for (when, outcome) in outcomes.iter().filter(|(_, outcome)| differs(outcome) || wrong(outcome)).take(5) {
        report.wrong(format!(
            "{when:?}: {} jobs, {} parts, {} lines",
            outcome.jobs,
            outcome.parts,
            outcome.output.len()
        ));
    }
}

/// Runs until the kill, and then until the end.
async fn play(when: When) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    input::write(&folder.path().join("in.jsonl"), ROWS);
    let pace = Pace::default().queue(Duration::from_millis(150)).shortest_run(Duration::from_millis(150));
    let emulator = Emulator::builder().pace(pace).engine(Tired::default()).data_folder(folder.path()).build().unwrap();
    let base = serve(&emulator);
    if let When::Request { number, committed } = when {
        let hold = json!({"operation": "*", "nth": number, "delivery": "hold", "commit": committed});
        emulator.set_faults(script(json!([hold])));
    }
    let started = Instant::now();
    let mut child = Process::start(&base, &folder);
    let reached = || match when {
        When::Never => false,
        When::Record(records) => journal(&folder).len() >= records,
        When::Request { .. } => emulator.ledger().unused_faults().is_empty(),
        When::After(time) => started.elapsed() >= time,
    };
    let killed = loop {
        if child.0.try_wait().unwrap().is_some() {
            break false;
        }
        if reached() {
            break child.0.kill().is_ok();
        }
        tokio::time::sleep(Duration::from_micros(500)).await;
    };
    let (mut ended, mut lives) = (is_done(child.0.wait().unwrap()), 1);
    let took = started.elapsed();
    emulator.set_faults(script(json!([])));
    while !ended && lives < 5 {
        let mut child = Process::start(&base, &folder);
        ended = loop {
            match child.0.try_wait().unwrap() {
                Some(status) => break is_done(status),
                None => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        };
        lives += 1;
    }
    let ledger = emulator.ledger();
    let jobs = ledger.jobs_created_with(Marker::KEY);
    Outcome {
        killed,
        lives,
        output: output(&folder),
        records: journal(&folder).len(),
        requests: ledger.requests(),
        parts: jobs.len(),
        jobs: ledger.jobs_created(),
        duplicates: jobs.values().sum::<u64>() - jobs.len() as u64,
        took,
    }
}

/// A process that does not outlive its case.
struct Process(Child);

impl Process {
    fn start(base: &str, folder: &TempDir) -> Self {
        let mut command = Command::new(std::env::var_os("MISTRAL_JOBS").expect("MISTRAL_JOBS names the command"));
        command.current_dir(folder).env("MISTRAL_API_KEY", "any").env("MISTRAL_BASE_URL", base);
        if folder.path().join("run/journal").exists() {
            command.args(["run", "resume", "run"]);
        } else {
            command.args(["batch", "run", "in.jsonl", "--output", "out.jsonl", "--run-dir", "run"]);
            command.args(["--model", "mistral-small-latest", "--part-rows", &PART.to_string()]);
        }
        command.args(["--progress", "none"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Self(command.spawn().unwrap())
    }
}

/// Whether a run came to its end: with all answers, or with failures among them.
fn is_done(status: ExitStatus) -> bool {
    matches!(status.code(), Some(0 | 5))
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The whole records of the journal.
fn journal(folder: &TempDir) -> Vec<Vec<u8>> {
    let journal = std::fs::read(folder.path().join("run/journal")).unwrap_or_default();
    let lines = journal.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
    lines.map(<[u8]>::to_vec).collect()
}

/// The lines of the output, without the names that the service gave the results: they tell of the jobs.
fn output(folder: &TempDir) -> Vec<Value> {
    let path: PathBuf = folder.path().join("out.jsonl");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let nameless = |line| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        line.as_object_mut().unwrap().remove("id");
        let answer = line["response"]["body"].as_object_mut().unwrap();
        // The same of the answer.
        answer.remove("id");
        answer.remove("created");
        line
    };
    text.lines().map(nameless).collect()
}

/// Answers every seventh question at the second time, and one never.
#[derive(Default)]
struct Tired(Mutex<HashMap<String, u32>>);

impl Engine for Tired {
    fn answer(&self, inference: &Inference<'_>) -> Answer {
        let question = inference.body["messages"][0]["content"].as_str().unwrap();
        let number: u64 = question.split([' ', ':']).nth(1).unwrap().parse().unwrap();
        let mut asked = self.0.lock().unwrap();
        let times = asked.entry(question.to_owned()).or_default();
        *times += 1;
        match number {
            5 => Answer::refused(422, "Never.", "made_up"),
            _ if number % 7 == 0 && *times == 1 => Answer::refused(429, "Later.", "made_up"),
            _ => EchoEngine.answer(inference),
        }
    }
}
