mod notes;
mod page;

pub(crate) use page::PATH;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, Method, StatusCode, Uri, header};
use serde_json::{Map, Value};

use crate::faults::{FaultUse, Faults};
use crate::lock::lock;
use notes::Notes;

/// What an emulator has seen: every request, in the order of arrival. Clones show the same ledger.
///
/// A test judges by it: how often a job was created, whether a key was sent where it should not be. The latest 100,000
/// requests are kept, about 30 MB at the most ([`Builder::ledger_capacity`](crate::Builder::ledger_capacity)); counts
/// cover all that ever came.
///
/// A test that runs the emulator as another process reads the counts at `GET /emulator/ledger`, as JSON and without a
/// key. Reading them is not noted, and no fault is played to it.
///
/// ```
/// # async fn demo() -> std::io::Result<()> {
/// use mistral_emulator::Emulator;
///
/// let emulator = Emulator::new()?;
/// assert_eq!(emulator.ledger().count("batch.jobs.create"), 0);
/// assert!(emulator.ledger().entries().is_empty());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Ledger {
    book: Arc<Mutex<Book>>,
    faults: Faults,
}

#[derive(Debug)]
struct Book {
    entries: VecDeque<Entry>,
    /// How many entries were dropped from the front.
    dropped: u64,
    capacity: usize,
    operations: BTreeMap<&'static str, u64>,
    jobs_created: u64,
    fine_tuning_jobs_created: u64,
    files_created: u64,
    peak_pending: u64,
    refused_for_pending: u64,
    notes: Notes,
}

/// One request, as the emulator saw it. It never holds a key, nor the signature of a signed URL.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// When it arrived, by the emulator's clock.
    pub at: SystemTime,
    /// The operation, dotted as in the SDK: `batch.jobs.create`. `files.signed_content` is the fetching of a signed URL.
    /// `None` for a path or a method the API does not have.
    pub operation: Option<&'static str>,
    /// Its method.
    pub method: Method,
    /// Its path, still percent-encoded.
    pub path: String,
    /// Its query, still percent-encoded; a signature is hidden.
    pub query: Option<String>,
    /// Whether it carried an `Authorization` header, good or bad.
    pub authorization: bool,
    /// Its `User-Agent`.
    pub user_agent: Option<String>,
    /// How much of its body was read, in bytes.
    pub body_bytes: u64,
    /// What it was answered; `None` while it is being worked on, and for ever if the client went away before or a fault
    /// left it without an answer.
    pub status: Option<StatusCode>,
    /// The fault that was played to it, by its place in the script.
    pub fault: Option<usize>,
}

impl Ledger {
    pub(crate) fn new(capacity: usize, faults: Faults) -> Self {
        let book = Book {
            entries: VecDeque::new(),
            dropped: 0,
            capacity,
            operations: BTreeMap::new(),
            jobs_created: 0,
            fine_tuning_jobs_created: 0,
            files_created: 0,
            peak_pending: 0,
            refused_for_pending: 0,
            notes: Notes::default(),
        };
        Self { book: Arc::new(Mutex::new(book)), faults }
    }

    /// The requests kept, oldest first.
    pub fn entries(&self) -> Vec<Entry> {
        lock(&self.book).entries.iter().cloned().collect()
    }

    /// How many requests of this operation came, refused ones included.
    pub fn count(&self, operation: &str) -> u64 {
        lock(&self.book).operations.get(operation).copied().unwrap_or(0)
    }

    /// How many requests came in all, those outside the API included.
    pub fn requests(&self) -> u64 {
        let book = lock(&self.book);
        book.dropped + book.entries.len() as u64
    }

    /// How many batch jobs were really created.
    pub fn jobs_created(&self) -> u64 {
        lock(&self.book).jobs_created
    }

    /// How many batch jobs were really created with each value of the metadata `key`: one a value, if each part of a
    /// work has become one job.
    ///
    /// 100,000 different values are told apart, over all keys; jobs with others after that do not show here.
    ///
    /// ```
    /// # fn demo(ledger: &mistral_emulator::Ledger) {
    /// assert!(ledger.jobs_created_with("mistral_sdk_once").values().all(|jobs| *jobs == 1));
    /// # }
    /// ```
    pub fn jobs_created_with(&self, key: &str) -> BTreeMap<String, u64> {
        lock(&self.book).notes.of(key).cloned().unwrap_or_default()
    }

    /// The most requests of batch jobs that were pending at once: waiting or at work, over all jobs, as counted at each
    /// creation.
    pub fn peak_pending_requests(&self) -> u64 {
        lock(&self.book).peak_pending
    }

    /// How many creations were refused because too many requests would have been pending.
    pub fn refused_for_pending(&self) -> u64 {
        lock(&self.book).refused_for_pending
    }

    /// How many fine-tuning jobs were really created; a dry run is not one, nor is a job that was refused as similar.
    pub fn fine_tuning_jobs_created(&self) -> u64 {
        lock(&self.book).fine_tuning_jobs_created
    }

    /// How many files were really created by uploads; an upload that was answered with an existing file is not one.
    pub fn files_created(&self) -> u64 {
        lock(&self.book).files_created
    }

    /// What became of each fault of the script.
    pub fn faults(&self) -> Vec<FaultUse> {
        self.faults.uses()
    }

    /// The faults that were not delivered as often as they were to be: a test that sees any has not shown what it meant to
    /// show.
    pub fn unused_faults(&self) -> Vec<FaultUse> {
        self.faults.uses().into_iter().filter(|fault| !fault.is_used_up()).collect()
    }

    /// Notes a job let in, with which `pending` requests wait or are at work.
    pub(crate) fn job_created(&self, metadata: Option<&Map<String, Value>>, pending: u64) {
        let mut book = lock(&self.book);
        book.jobs_created += 1;
        book.peak_pending = book.peak_pending.max(pending);
        if let Some(metadata) = metadata {
            book.notes.add(metadata);
        }
    }

    pub(crate) fn job_refused_for_pending(&self) {
        lock(&self.book).refused_for_pending += 1;
    }

    pub(crate) fn fine_tuning_job_created(&self) {
        lock(&self.book).fine_tuning_jobs_created += 1;
    }

    pub(crate) fn file_created(&self) {
        lock(&self.book).files_created += 1;
    }

    /// Notes an arrival; the answer is filled in by the returned number.
    pub(crate) fn arrived(
        &self,
        at: Duration,
        operation: Option<&'static str>,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        fault: Option<usize>,
    ) -> u64 {
        let entry = Entry {
            at: UNIX_EPOCH + at,
            operation,
            method: method.clone(),
            path: uri.path().to_owned(),
            query: uri.query().map(hide_signature),
            authorization: headers.contains_key(header::AUTHORIZATION),
            user_agent: headers
                .get(header::USER_AGENT)
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()),
            body_bytes: 0,
            status: None,
            fault,
        };
        let mut book = lock(&self.book);
        if let Some(operation) = operation {
            *book.operations.entry(operation).or_default() += 1;
        }
        book.entries.push_back(entry);
        let number = book.dropped + book.entries.len() as u64 - 1;
        while book.entries.len() > book.capacity {
            book.entries.pop_front();
            book.dropped += 1;
        }
        number
    }

    pub(crate) fn answered(&self, number: u64, status: Option<StatusCode>, body_bytes: u64) {
        let mut book = lock(&self.book);
        let place = number.checked_sub(book.dropped).and_then(|place| usize::try_from(place).ok());
        if let Some(entry) = place.and_then(|place| book.entries.get_mut(place)) {
            entry.status = status;
            entry.body_bytes = body_bytes;
        }
    }
}

fn hide_signature(query: &str) -> String {
    let hidden = |pair: &str| if pair.starts_with("sig=") { "sig=hidden".to_owned() } else { pair.to_owned() };
    query.split('&').map(hidden).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrive(ledger: &Ledger, uri: &'static str) -> u64 {
        ledger.arrived(
            Duration::ZERO,
            Some("files.get"),
            &Method::GET,
            &Uri::from_static(uri),
            &HeaderMap::from_iter([(header::AUTHORIZATION, "Bearer canary".parse().unwrap())]),
            None,
        )
    }

    #[test]
    fn the_oldest_entries_go_but_stay_counted() {
        let ledger = Ledger::new(2, Faults::default());
        let numbers: Vec<_> = (0..5).map(|_| arrive(&ledger, "/v1/files/a")).collect();
        assert_eq!(numbers, [0, 1, 2, 3, 4]);
        ledger.answered(0, Some(StatusCode::OK), 1);
        ledger.answered(4, Some(StatusCode::OK), 7);
        let kept: Vec<_> = ledger.entries().into_iter().map(|entry| (entry.status, entry.body_bytes)).collect();
        assert_eq!(kept, [(None, 0), (Some(StatusCode::OK), 7)]);
        assert_eq!((ledger.requests(), ledger.count("files.get")), (5, 5));
    }

    #[test]
    fn neither_keys_nor_signatures_are_kept() {
        let ledger = Ledger::new(9, Faults::default());
        arrive(&ledger, "/emulator/files/a?expires=5&sig=canary");
        assert!(!format!("{ledger:?}").contains("canary"));
        assert_eq!(ledger.entries()[0].query.as_deref(), Some("expires=5&sig=hidden"));
        assert!(ledger.entries()[0].authorization);
    }
}
