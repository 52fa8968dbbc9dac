//! One run, from its beginning through all its deaths to its end.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::TryStreamExt as _;
use mistral_emulator::{Emulator, Pace};
use mistral_sdk::runs::{Limits, Report};
use mistral_sdk::{
    BatchEndpoint, Client, CreateBatchJob, Error, ErrorKind, FilePurpose, Input, ListBatchJobs, Marker, Run, Spec,
    Transport, Upload,
};
use serde_json::json;

use super::case::{Case, Death, Mangling, Tear, When};
use super::endpoint::Endpoint;
use super::{Played, judge};
use crate::mangle::Mangled;
use crate::polls::within_polls;
use crate::rig::{address, key, script};

/// How often a run is taken up at the most, and how often the rest is asked for again.
const LIVES: u64 = 100;
const RETRIES: u64 = 10;

/// A run and what it is made on.
struct Stage<'c> {
    case: &'c Case,
    folder: &'c Path,
    emulator: Emulator,
    client: Client,
    deaths: std::slice::Iter<'c, Death>,
    played: Played,
}

pub(super) async fn play(case: &Case, folder: &Path) -> Played {
    let endpoint = Endpoint::new(case.seed);
    let pace = Pace::default().queue(case.queue).requests_per_second(case.requests_per_second);
    let builder = Emulator::builder().engine(endpoint.clone()).pace(pace).data_folder(folder);
    let emulator = builder.max_pending_requests(case.pending).build().unwrap();
    foreign(case, &emulator).await;
    emulator.set_faults(script(case.faults.clone()));
    let mangled = Arc::new(AtomicU64::new(0));
    let client: Client = {
        let (case, mangled) = (case.clone(), mangled.clone());
        let change = move |number, content| mangle(&case, number, content, &mangled);
        Transport::builder(key())
            .base_uri(address())
            .http(Mangled::new(emulator.clone(), change))
            .build()
            .unwrap()
            .into()
    };
    let cancelled = Arc::new(AtomicU64::new(0));
    if let Some(when) = case.cancelled {
        let (emulator, cancelled) = (emulator.clone(), cancelled.clone());
        tokio::spawn(async move {
            tokio::time::sleep(when).await;
            cancelled.fetch_add(cancel_one(&emulator).await, Ordering::Relaxed);
        });
    }
    let deaths = case.deaths.iter();
    let mut stage = Stage { case, folder, emulator, client, deaths, played: Played::default() };
    stage.live(&endpoint).await;

    let mut played = stage.played;
    played.rows = case.rows.len() as u64;
    let delivered: u64 = stage.emulator.ledger().faults().iter().map(|fault| fault.delivered).sum();
    played.faults += delivered + mangled.load(Ordering::Relaxed) + cancelled.load(Ordering::Relaxed);
    played
}

impl Stage<'_> {
    /// Begins the run, takes it up as often as it takes, and has the rest sent again until nothing is left.
    async fn live(&mut self, endpoint: &Endpoint) {
        loop {
            let Some((run, report)) = self.one_report().await else { return };
            judge::outcomes(self.case, &report, &self.output(), &mut self.played);
            let left = report.tally.missing + report.tally.retryable;
            if left == 0 {
                let (status, ledger) = (run.status(), self.emulator.ledger());
                judge::end(self.case, endpoint, &status, &ledger, &self.output(), &mut self.played);
                return;
            }
            self.played.retries += 1;
            if self.played.retries > RETRIES {
                self.played.problems.push(format!("{left} rows are left after {RETRIES} retries: {report:?}"));
                return;
            }
            match run.retry().await {
                Ok(rows) if rows == left || self.case.dedupe => {}
                other => self.played.problems.push(format!("{left} rows are left, and sent again are {other:?}")),
            }
        }
    }

    /// Lives until the run is done.
    async fn one_report(&mut self) -> Option<(Run, Report)> {
        loop {
            if self.played.resumes > LIVES {
                let last = self.played.errors.clone();
                self.played.problems.push(format!("it is not done after {LIVES} lives; the errors were {last:?}"));
                return None;
            }
            let death = self.deaths.next().copied();
            let detach = self.case.detach && self.played.resumes == 0;
            let life = async {
                let run = self.open().await?;
                if detach {
                    run.submit().try_for_each(|_| std::future::ready(Ok(()))).await?;
                }
                let report = run.finish().await?;
                Ok::<_, Error>((run, report))
            };
            let ended = match death.map(|death| death.when) {
                Some(When::After(time)) => tokio::time::timeout(time, life).await.ok(),
                Some(When::Polls(left)) => within_polls(left, life).await,
                None => Some(life.await),
            };
            match (ended, death) {
                (Some(Ok(done)), _) => return Some(done),
                (Some(Err(error)), _) => self.note(&error),
                (None, death) => {
                    self.played.faults += 1;
                    if let Some(death) = death {
                        self.bury(death).await;
                    }
                }
            }
            self.played.resumes += 1;
        }
    }

    /// Begins the run, or takes it up.
    async fn open(&self) -> Result<Run, Error> {
        let (folder, runs) = (self.folder.join("run"), self.client.runs());
        if folder.join("journal").exists() {
            return runs.resume(&folder).await;
        }
        runs.start(&folder, self.input(), self.spec()).await
    }

    fn input(&self) -> Input {
        let line = |row: &super::case::Row| {
            let mut line = json!({"body": {"messages": [{"role": "user", "content": row.question}]}});
            if let Some(id) = &row.id {
                line["custom_id"] = id.as_str().into();
            }
            format!("{line}\n")
        };
        let lines: Vec<String> = self.case.rows.iter().map(line).collect();
        if self.case.files.is_empty() {
            return Input::reader(Cursor::new(lines.concat()));
        }
        let (mut paths, mut rest) = (Vec::new(), &lines[..]);
        for (number, rows) in self.case.files.iter().enumerate() {
            let (these, others) = rest.split_at(*rows);
            let path = self.folder.join(format!("in-{number}.jsonl"));
            std::fs::write(&path, these.concat()).unwrap();
            paths.push(path);
            rest = others;
        }
        Input::files(paths)
    }

    fn spec(&self) -> Spec {
        let Case { part_rows, inline_rows, pending, .. } = *self.case;
        let job = CreateBatchJob::new(BatchEndpoint::ChatCompletions).model("mistral-small-latest");
        Spec::new(job)
            .limits(Limits::default().part_rows(part_rows).inline_rows(inline_rows).pending(pending))
            .retries(self.case.retries)
            .dedupe(self.case.dedupe)
            .generate_ids(self.case.generate_ids)
            .output(self.output())
    }

    fn output(&self) -> PathBuf {
        self.folder.join("out.jsonl")
    }

    /// An error ends a life, and must be one that the next life may be better than.
    fn note(&mut self, error: &Error) {
        let kind = if error.is_maybe_created() { "MaybeCreated".to_owned() } else { format!("{:?}", error.kind()) };
        *self.played.errors.entry(kind).or_default() += 1;
        // A beginning that was dropped may have come to its end after all.
        let began = error.operation() == Some("runs.start") && self.folder.join("run/journal").exists();
        if !began && matches!(error.kind(), ErrorKind::Journal | ErrorKind::LocalIo | ErrorKind::InputChanged) {
            self.played.problems.push(error.to_string());
        }
    }

    /// Does to the journal what the death has done.
    async fn bury(&mut self, death: Death) {
        tokio::time::sleep(death.pause).await;
        let path = self.folder.join("run/journal");
        if !path.exists() {
            return;
        }
        // Only a process that is dead leaves its journal like this, and not one whose last record is on its way.
        drop(self.client.runs().resume(self.folder.join("run")).await);
        let mut journal = std::fs::read(&path).unwrap();
        let last = journal[..journal.len() - 1].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let is = |step: &str| journal[last..].windows(step.len()).any(|window| window == step.as_bytes());
        // A creation is only begun once its record is on disk, an output is only written once all records of what it is made
        // of are, and the first two records come together.
        let is_needed = last == 0
            || is(r#""step":"creating""#)
            || is(r#""step":"planned","round":0"#)
            || self.output().exists() && is(r#""step":"collected""#);
        let cut = match death.tear {
            Tear::Lost if !is_needed => last + (journal.len() - last) / 2,
            Tear::Begun => {
                journal.extend_from_slice(b"97 0badcafe {\"step\":\"crea");
                journal.len()
            }
            _ => return,
        };
        std::fs::write(&path, &journal[..cut]).unwrap();
        self.played.faults += 1;
    }
}

/// A job of somebody else, who does not count what is pending.
async fn foreign(case: &Case, emulator: &Emulator) {
    if case.foreign == 0 {
        return;
    }
    let client: Client = Transport::builder(key()).base_uri(address()).http(emulator.clone()).build().unwrap().into();
    let line =
        |row| json!({"custom_id": format!("{row}"), "body": {"messages": [{"role": "user", "content": "Foreign?"}]}});
    let text: String = (0..case.foreign).map(|row| format!("{}\n", line(row))).collect();
    let upload = Upload::bytes("foreign.jsonl", text.into_bytes());
    let file = client.files().upload(upload, FilePurpose::Batch).await.unwrap();
    let job = CreateBatchJob::new(BatchEndpoint::ChatCompletions).model("mistral-small-latest").input_file(&file.id);
    client.batch().jobs().create(&job).await.unwrap();
}

/// Cancels the newest job of a run that has not ended; how many that were.
async fn cancel_one(emulator: &Emulator) -> u64 {
    let client: Client = Transport::builder(key()).base_uri(address()).http(emulator.clone()).build().unwrap().into();
    let Ok(list) = client.batch().jobs().list(&ListBatchJobs::default()).await else { return 0 };
    let marked = |job: &&mistral_sdk::BatchJob| {
        !job.status.is_final() && job.metadata.as_ref().is_some_and(|notes| notes.contains_key(Marker::KEY))
    };
    match list.data.iter().find(marked) {
        Some(job) => u64::from(client.batch().jobs().cancel(&job.id).await.is_ok()),
        None => 0,
    }
}

fn mangle(case: &Case, number: u64, content: Vec<u8>, mangled: &AtomicU64) -> Vec<u8> {
    let Some((_, mangling)) = case.mangled.iter().find(|(nth, _)| *nth == number) else { return content };
    mangled.fetch_add(1, Ordering::Relaxed);
    let mut rng = fastrand::Rng::with_seed(case.seed ^ number);
    let mut lines: Vec<Vec<u8>> = content.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let at = rng.usize(..lines.len().max(1));
    match mangling {
        Mangling::Shuffled => rng.shuffle(&mut lines),
        Mangling::Doubled => lines.extend(lines.get(at).cloned()),
        Mangling::Dropped => drop(lines.drain(at.min(lines.len())..)),
        Mangling::Broken => {
            if let Some(line) = lines.get_mut(at) {
                line.truncate(line.len() / 2);
                line.extend_from_slice(b"\xff\n");
            }
        }
        Mangling::Stray => lines.insert(
            at.min(lines.len()),
            b"{\"custom_id\":\"nobody's\",\"response\":{\"status_code\":200,\"body\":{}}}\n".to_vec(),
        ),
        Mangling::OddEnds => {
            lines.iter_mut().for_each(|line| {
                let end = line.len().saturating_sub(1);
                line.splice(end.., *b"\r\n\n");
            });
            lines.insert(0, b"\xef\xbb\xbf".to_vec());
        }
    }
    lines.concat()
}
