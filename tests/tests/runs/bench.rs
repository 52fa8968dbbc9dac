//! A run, its emulator, and what can be asked of them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use mistral_emulator::{Emulator, Pace};
use mistral_sdk::runs::{Limits, Report};
use mistral_sdk::{BatchEndpoint, BatchResult, Client, CreateBatchJob, Input, Run, Spec, Transport};
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::rig::{key, script};

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

    pub(crate) fn with(
        faults: Value,
        set: impl FnOnce(mistral_emulator::Builder) -> mistral_emulator::Builder,
    ) -> Self {
        let pace = Pace::default().queue(Duration::from_secs(30)).requests_per_second(10);
        let emulator = set(Emulator::builder().pace(pace).faults(script(faults))).build().unwrap();
        let client = Transport::builder(key()).http(emulator.clone()).build().unwrap().into();
        Self { folder: tempfile::tempdir().unwrap(), emulator, client }
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

    /// Begins a run of so many rows and sees it through.
    pub(crate) async fn run(&self, rows: usize) -> Report {
        self.start(&self.input(rows), self.spec()).await.finish().await.unwrap()
    }

    pub(crate) fn output(&self) -> Vec<BatchResult> {
        let text = std::fs::read_to_string(self.path("out.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The output has an answer for each of so many rows, in order.
    #[track_caller]
    pub(crate) fn all_answered(&self, rows: usize) {
        let output = self.output();
        assert_eq!(output.len(), rows);
        for (row, result) in output.iter().enumerate() {
            assert_eq!(result.custom_id.as_deref(), Some(id(row).as_str()));
            assert!(result.is_success(), "{result:?}");
        }
    }

    /// Every fault was really delivered.
    #[track_caller]
    pub(crate) fn all_delivered(&self) {
        let unused = self.emulator.ledger().unused_faults();
        assert!(unused.is_empty(), "not delivered: {}", unused[0]);
    }
}

pub(crate) fn id(row: usize) -> String {
    format!("q-{row}")
}

/// A good row.
pub(crate) fn line(row: usize) -> String {
    let body = json!({"messages": [{"role": "user", "content": format!("Question {row}?")}]});
    format!("{}\n", json!({"custom_id": id(row), "body": body}))
}
