//! Every operation under the same eight faults: how often it is tried, and how it ends.
//!
//! What is expected is data; the test only plays it. An operation that is not in the table fails it.

use std::collections::BTreeSet;
use std::time::Duration;

use mistral_emulator::Pace;
use mistral_sdk::{
    BatchJobId, Client, CreateFineTuningJob, Error, ErrorKind, FileId, FilePurpose, FineTuningJobId, GetBatchJob,
    GetSignedUrl, ListBatchJobs, ListFiles, ListFineTuningJobs, ListModels, Poll, Until, UpdateModel, Upload,
};
use serde_json::{Value, json};
use tests::rig::{Rig, check, one_request, script};

use Outcome::{Done, Doubt, Failed};
use Sent::{AfterALook, AtMostOnce, OftenIfNeedBe};

/// How a call ends.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Outcome {
    Done,
    Failed(ErrorKind),
    /// Failed, and it may have created something.
    Doubt(ErrorKind),
}

/// What may be done if nobody knows whether a request was processed.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Sent {
    OftenIfNeedBe,
    /// Again only once a look has shown that it did nothing.
    AfterALook,
    AtMostOnce,
}

const OPERATIONS: [(&str, Sent); 23] = [
    ("files.upload", OftenIfNeedBe),
    ("files.list", OftenIfNeedBe),
    ("files.get", OftenIfNeedBe),
    ("files.delete", OftenIfNeedBe),
    ("files.download", OftenIfNeedBe),
    ("files.signed_url", OftenIfNeedBe),
    ("batch.jobs.create", AtMostOnce),
    ("batch.jobs.list", OftenIfNeedBe),
    ("batch.jobs.get", OftenIfNeedBe),
    ("batch.jobs.cancel", OftenIfNeedBe),
    ("batch.jobs.delete", OftenIfNeedBe),
    ("fine_tuning.jobs.create", OftenIfNeedBe),
    ("fine_tuning.jobs.dry_run", AtMostOnce),
    ("fine_tuning.jobs.list", OftenIfNeedBe),
    ("fine_tuning.jobs.get", OftenIfNeedBe),
    ("fine_tuning.jobs.start", AfterALook),
    ("fine_tuning.jobs.cancel", OftenIfNeedBe),
    ("models.list", OftenIfNeedBe),
    ("models.get", OftenIfNeedBe),
    ("models.update", OftenIfNeedBe),
    ("models.archive", OftenIfNeedBe),
    ("models.unarchive", OftenIfNeedBe),
    ("models.delete", OftenIfNeedBe),
];

/// The faults of the first attempt, of the second and so on; then attempts and outcome of what may be sent often, and of
/// what may not.
type Row = (&'static [&'static str], (u64, Outcome), (u64, Outcome));

const ROWS: [Row; 8] = [
    (&["503", "503"], (3, Done), (1, Doubt(ErrorKind::Api))),
    (&["reset", "reset"], (3, Done), (1, Doubt(ErrorKind::Interrupted))),
    (&["reset", "503"], (3, Done), (1, Doubt(ErrorKind::Interrupted))),
    (&["503", "400"], (2, Failed(ErrorKind::Api)), (1, Doubt(ErrorKind::Api))),
    (&["429"], (2, Done), (2, Done)),
    (&["400"], (1, Failed(ErrorKind::Api)), (1, Failed(ErrorKind::Api))),
    (&["401"], (1, Failed(ErrorKind::Auth)), (1, Failed(ErrorKind::Auth))),
    (&["committed, then closed"], (2, Done), (1, Doubt(ErrorKind::Interrupted))),
];

/// What the service takes the operation for.
fn seen_as(operation: &str) -> &str {
    if operation == "fine_tuning.jobs.dry_run" { "fine_tuning.jobs.create" } else { operation }
}

fn fault(operation: &str, attempt: usize, name: &str) -> Value {
    let mut fault = match name {
        "reset" => json!({"delivery": "reset"}),
        "committed, then closed" => json!({"commit": true, "delivery": "close"}),
        status => json!({"answer": {"status": status.parse::<u16>().unwrap()}}),
    };
    fault["operation"] = operation.into();
    fault["nth"] = (attempt + 1).into();
    fault
}

/// What the operations are called on, beside the model that is there from the start.
struct Things {
    file: FileId,
    job: BatchJobId,
    /// Waits to be started.
    tuning: FineTuningJobId,
    /// Creates a fine-tuning job of which there is none yet.
    tune: CreateFineTuningJob,
}

impl Things {
    async fn new(rig: &Rig) -> Self {
        let (file, job) = (rig.file("{}\n").await.id, rig.job().await.id);
        let sample =
            json!({"messages": [{"role": "user", "content": "Ping"}, {"role": "assistant", "content": "Pong"}]});
        let upload = Upload::bytes("train.jsonl", format!("{sample}\n").repeat(40));
        let data = rig.client.files().upload(upload, FilePurpose::FineTune).await.unwrap().id;
        let tune = |suffix| {
            CreateFineTuningJob::new("open-mistral-7b").training_file(data.clone()).suffix(suffix).auto_start(false)
        };
        let jobs = rig.client.fine_tuning().jobs();
        let tuning = jobs.create(&tune("first")).await.unwrap().id;
        jobs.wait(&tuning, Until::Validated, Poll::default()).await.unwrap();
        Self { file, job, tuning, tune: tune("second") }
    }
}

/// Calls an operation.
async fn call(client: &Client, operation: &str, on: &Things) -> Result<(), Error> {
    const TUNED: &str = "ft:open-mistral-7b:emulator:20250611:3b9f0c52";
    let (files, jobs, models) = (client.files(), client.batch().jobs(), client.models());
    let tunings = client.fine_tuning().jobs();
    let Things { file, job, tuning, tune } = on;
    match operation {
        "files.upload" => files.upload(Upload::bytes("b.jsonl", "{}\n\n"), FilePurpose::Batch).await.map(drop),
        "files.list" => files.list(&ListFiles::default()).await.map(drop),
        "files.get" => files.get(file).await.map(drop),
        "files.delete" => files.delete(file).await.map(drop),
        "files.download" => files.download(file).await?.bytes().await.map(drop),
        "files.signed_url" => files.signed_url(file, &GetSignedUrl::default()).await.map(drop),
        "batch.jobs.create" => jobs.create(&one_request()).await.map(drop),
        "batch.jobs.list" => jobs.list(&ListBatchJobs::default()).await.map(drop),
        "batch.jobs.get" => jobs.get_with(job, &GetBatchJob::default()).await.map(drop),
        "batch.jobs.cancel" => jobs.cancel(job).await.map(drop),
        "batch.jobs.delete" => jobs.delete(job).await.map(drop),
        "fine_tuning.jobs.create" => tunings.create(tune).await.map(drop),
        "fine_tuning.jobs.dry_run" => tunings.dry_run(tune).await.map(drop),
        "fine_tuning.jobs.list" => tunings.list(&ListFineTuningJobs::default()).await.map(drop),
        "fine_tuning.jobs.get" => tunings.get(tuning).await.map(drop),
        "fine_tuning.jobs.start" => tunings.start(tuning).await.map(drop),
        "fine_tuning.jobs.cancel" => tunings.cancel(tuning).await.map(drop),
        "models.update" => models.update(TUNED, &UpdateModel::default().name("Ada")).await.map(drop),
        "models.archive" => models.archive(TUNED).await.map(drop),
        "models.unarchive" => models.unarchive(TUNED).await.map(drop),
        "models.list" => models.list(&ListModels::default()).await.map(drop),
        "models.get" => models.get(TUNED).await.map(drop),
        "models.delete" => models.delete(TUNED).await.map(drop),
        unknown => panic!("{unknown} cannot be called"),
    }
}

#[tokio::test(start_paused = true)]
async fn every_operation_meets_every_fault_as_the_table_says() {
    for (operation, sent) in OPERATIONS {
        for (faults, often, once) in ROWS {
            let case = format!("{operation} meets {}", faults.join(", "));
            let rig = Rig::with(json!([]), Pace::default().shortest_run(Duration::from_secs(3_600)), |set| set);
            let things = Things::new(&rig).await;
            let seen = seen_as(operation);
            let before = rig.count(seen);
            let played = faults.iter().enumerate().map(|(attempt, name)| fault(seen, attempt, name));
            rig.emulator.set_faults(script(played.collect()));

            let answer = call(&rig.client, operation, &things).await;
            let ended = match &answer {
                Ok(()) => Done,
                Err(error) if error.is_maybe_created() => Doubt(error.kind()),
                Err(error) => Failed(error.kind()),
            };
            let (attempts, outcome) = match sent {
                AtMostOnce => once,
                AfterALook if faults == ["committed, then closed"] => (1, Done),
                AfterALook | OftenIfNeedBe => often,
            };
            assert_eq!((rig.count(seen) - before, ended), (attempts, outcome), "{case}");
            if let Err(error) = &answer {
                check(error, &format!("{operation}: "));
                assert_eq!(u64::from(error.attempts()), attempts, "{case}");
            }
            let met = rig.emulator.ledger().faults().into_iter().filter(|fault| fault.delivered == 1).count();
            assert_eq!(met, faults.len().min(attempts as usize), "{case}: not delivered");
        }
    }
}

/// The operations that have a snapshot of what they send are all there are.
#[test]
fn no_operation_is_missing() {
    let snapshots = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots")).unwrap();
    let names = snapshots.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let known: BTreeSet<_> =
        names.filter_map(|name| Some(name.strip_prefix("operations__")?.strip_suffix(".snap")?.to_owned())).collect();
    assert_eq!(known, OPERATIONS.map(|(operation, _)| operation.to_owned()).into());
}
