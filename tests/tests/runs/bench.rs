//! A run, its emulator, and what can be asked of them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use mistral_emulator::{Answer, Builder, EchoEngine, Emulator, Engine, Inference, Pace};
use mistral_sdk::runs::{Event, Limits, Report};
use mistral_sdk::{BatchEndpoint, BatchResult, Client, CreateBatchJob, Error, Input, Marker, Run, Spec, Transport};
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::mangle::Mangled;
use tests::rig::{address, key, script};

/// A folder, an emulator, and a client of it.
pub(crate) struct Bench {
    pub(crate) folder: TempDir,
    pub(crate) emulator: Emulator,
    pub(crate) client: Client,
}

impl Bench {
    pub(crate) fn new(faults: Value) -> Self {
        Self::with(faults, |builder| builder)
    }

    pub(crate) fn with(faults: Value, set: impl FnOnce(Builder) -> Builder) -> Self {
        let emulator = emulator(faults, set);
        let client = Transport::builder(key()).base_uri(address()).http(emulator.clone()).build().unwrap().into();
        Self { folder: tempfile::tempdir().unwrap(), emulator, client }
    }

    /// The same with results that are changed on their way: the number of the download, counted from 1, and its content.
    pub(crate) fn mangled(change: impl Fn(u64, Vec<u8>) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let emulator = emulator(json!([]), |builder| builder);
        let mangled = Mangled::new(emulator.clone(), change);
        let client = Transport::builder(key()).base_uri(address()).http(mangled).build().unwrap().into();
        Self { folder: tempfile::tempdir().unwrap(), emulator, client }
    }

    /// The same with an endpoint that answers a question by its content with a status; 200 for an echo.
    pub(crate) fn answering(status: impl Fn(&str) -> u16 + Send + Sync + 'static) -> Self {
        Self::with(json!([]), |builder| builder.engine(Statuses(status)))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// An input of so many rows.
    pub(crate) fn input(&self, rows: usize) -> PathBuf {
        self.write("in.jsonl", (0..rows).map(line).collect::<String>())
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// A spec whose parts are small files, and whose output is `out.jsonl`.
    pub(crate) fn spec(&self) -> Spec {
        let job = CreateBatchJob::new(BatchEndpoint::ChatCompletions).model("mistral-small-latest");
        Spec::new(job).limits(Limits::default().part_rows(10).inline_rows(0)).output(self.path("out.jsonl"))
    }

    pub(crate) async fn start(&self, input: &Path, spec: Spec) -> Run {
        self.client.runs().start(self.path("run"), Input::file(input), spec).await.unwrap()
    }

    /// Why a run of this input is not begun. Nothing but the list of models was asked for.
    pub(crate) async fn refused(&self, input: Input, spec: Spec) -> Error {
        let error = self.client.runs().start(self.path("run"), input, spec).await.unwrap_err();
        let ledger = self.emulator.ledger();
        assert_eq!(ledger.requests(), ledger.count("models.list"));
        assert!(!self.path("run").join("journal").exists());
        error
    }

    /// Begins a run of so many rows, with the spec of [`spec`](Self::spec).
    pub(crate) async fn begin(&self, rows: usize) -> Run {
        self.start(&self.input(rows), self.spec()).await
    }

    /// Begins a run of so many rows and sees it through.
    pub(crate) async fn run(&self, rows: usize) -> Report {
        self.begin(rows).await.finish().await.unwrap()
    }

    pub(crate) async fn resume(&self) -> Run {
        self.client.runs().resume(self.path("run")).await.unwrap()
    }

    /// Submits all parts of a run of so many rows, and lets go of it.
    pub(crate) async fn detached(&self, rows: usize) {
        submit(&self.begin(rows).await).await;
    }

    pub(crate) fn faults(&self, faults: Value) {
        self.emulator.set_faults(script(faults));
    }

    pub(crate) fn count(&self, operation: &str) -> u64 {
        self.emulator.ledger().count(operation)
    }

    pub(crate) fn output(&self) -> Vec<BatchResult> {
        let text = std::fs::read_to_string(self.path("out.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The output has an answer for each of so many rows, in order.
    #[track_caller]
    pub(crate) fn all_answered(&self, rows: usize) {
        let output = self.in_order(rows);
        for result in output {
            let asked = result.custom_id.as_deref().unwrap().strip_prefix("q-").unwrap();
            assert!(result.is_success(), "{result:?}");
            assert!(result.body().unwrap().get().contains(&format!("Question {asked}?")), "{result:?}");
        }
    }

    /// The output has a line for each of so many rows, in order.
    #[track_caller]
    pub(crate) fn in_order(&self, rows: usize) -> Vec<BatchResult> {
        let output = self.output();
        let ids: Vec<_> = output.iter().map(|result| result.custom_id.clone().unwrap()).collect();
        assert_eq!(ids, (0..rows).map(id).collect::<Vec<_>>());
        output
    }

    /// There are so many jobs, and no two of one part.
    #[track_caller]
    pub(crate) fn one_job_a_part(&self, parts: usize) {
        let ledger = self.emulator.ledger();
        let jobs = ledger.jobs_created_with(Marker::KEY);
        assert!(jobs.values().all(|jobs| *jobs == 1), "{jobs:?}");
        assert_eq!((jobs.len(), ledger.jobs_created()), (parts, parts as u64));
    }

    /// Every fault was really delivered.
    #[track_caller]
    pub(crate) fn all_delivered(&self) {
        let unused = self.emulator.ledger().unused_faults();
        assert!(unused.is_empty(), "not delivered: {}", unused[0]);
    }

    /// Lays faults over the job of the first part as both kinds of looks show it, so many times (a number, or `"always"`).
    pub(crate) async fn shown_as(&self, run: &Run, patch: Value, times: Value) {
        let mut job = serde_json::to_value(self.job(run).await).unwrap();
        job.as_object_mut().unwrap().extend(patch.as_object().unwrap().clone());
        let list = json!({"object": "list", "data": [job], "total": 1});
        self.faults(json!([{"operation": "batch.jobs.list", "times": times, "answer": {"body": list}}]));
    }

    /// The job of the first part, as it is.
    pub(crate) async fn job(&self, run: &Run) -> mistral_sdk::BatchJob {
        let id = run.status().parts[0].job.clone().unwrap();
        self.client.batch().jobs().get(&id).await.unwrap()
    }
}

fn emulator(faults: Value, set: impl FnOnce(Builder) -> Builder) -> Emulator {
    let pace = Pace::default().queue(Duration::from_secs(30)).requests_per_second(10);
    set(Emulator::builder().pace(pace).faults(script(faults))).build().unwrap()
}

/// Answers by the content of the last message.
struct Statuses<F>(F);

impl<F: Fn(&str) -> u16 + Send + Sync + 'static> Engine for Statuses<F> {
    fn answer(&self, inference: &Inference<'_>) -> Answer {
        let asked = inference.body["messages"][0]["content"].as_str().unwrap();
        match (self.0)(asked) {
            200 => EchoEngine.answer(inference),
            status => Answer::refused(status, format!("{asked} No."), "made_up"),
        }
    }
}

/// Submits what can be submitted; what happened.
pub(crate) async fn submit(run: &Run) -> Vec<Event> {
    run.submit().try_collect().await.unwrap()
}

/// `succeeded`, `failed` and `missing` of a report, which are all rows there are.
#[track_caller]
pub(crate) fn sums(report: &Report, rows: u64) -> (u64, u64, u64) {
    assert_eq!(report.tally.rows(), rows, "{report:?}");
    (report.tally.succeeded, report.tally.failed, report.tally.missing)
}

pub(crate) fn id(row: usize) -> String {
    format!("q-{row}")
}

/// A good row.
pub(crate) fn line(row: usize) -> String {
    let body = json!({"messages": [{"role": "user", "content": format!("Question {row}?")}]});
    format!("{}\n", json!({"custom_id": id(row), "body": body}))
}
