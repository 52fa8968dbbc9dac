//! An emulator that plays faults, a client in front of it, and the checks that hold in every case.

use std::time::{Duration, SystemTime};

use mistral_emulator::{Emulator, FaultScript, Pace};
use mistral_sdk::transport::retry::{Backoff, RetrySettings};
use mistral_sdk::transport::{Builder, HttpClientSettings, ProxySettings};
use mistral_sdk::{
    ApiKey, BatchEndpoint, BatchJob, BatchRequest, Client, CreateBatchJob, Error, File, FilePurpose, Transport, Upload,
};
use serde_json::{Value, json};

/// A key that must not be seen anywhere.
pub const KEY: &str = "canary-5d0c2f81";

/// An id that nothing has.
pub const ABSENT: &str = "00000000-0000-4000-8000-000000000000";

/// A client, and the emulator that is its judge.
#[derive(Debug, Clone)]
pub struct Rig {
    /// What it talks to.
    pub emulator: Emulator,
    /// What is put to the test.
    pub client: Client,
}

impl Rig {
    /// A client in the same process; under a paused clock its waits cost nothing and are exact.
    pub fn new(faults: Value) -> Self {
        Self::with(faults, Pace::default(), |builder| builder)
    }

    /// The same with another pace of jobs and other settings of the client.
    pub fn with(faults: Value, pace: Pace, set: impl FnOnce(Builder) -> Builder) -> Self {
        let emulator = Emulator::builder().pace(pace).faults(script(faults)).build().unwrap();
        let client = set(Transport::builder(key()).http(emulator.clone())).build().unwrap().into();
        Self { emulator, client }
    }

    /// A client that reaches the emulator over a socket, and does not wait long between attempts.
    pub fn over_a_socket(faults: Value) -> Self {
        let emulator = Emulator::builder().faults(script(faults)).build().unwrap();
        let client = client(&serve(&emulator));
        Self { emulator, client }
    }

    /// How many requests of this operation the emulator saw.
    pub fn count(&self, operation: &str) -> u64 {
        self.emulator.ledger().count(operation)
    }

    /// When the requests of this operation came, in seconds since the first request of all.
    pub fn times(&self, operation: &str) -> Vec<f64> {
        let entries = self.emulator.ledger().entries();
        let since = |at: SystemTime| at.duration_since(entries[0].at).unwrap().as_secs_f64();
        entries.iter().filter(|entry| entry.operation == Some(operation)).map(|entry| since(entry.at)).collect()
    }

    /// The seconds between the requests of this operation.
    pub fn gaps(&self, operation: &str) -> Vec<f64> {
        self.times(operation).windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    /// Every fault was really delivered; otherwise the test has shown nothing.
    #[track_caller]
    pub fn all_delivered(&self) {
        let unused = self.emulator.ledger().unused_faults();
        assert!(unused.is_empty(), "not delivered: {}", unused[0]);
    }

    /// A file with this content.
    pub async fn file(&self, content: impl Into<Vec<u8>>) -> File {
        let upload = Upload::bytes("in.jsonl", content.into());
        self.client.files().upload(upload, FilePurpose::Batch).await.unwrap()
    }

    /// A job of one request.
    pub async fn job(&self) -> BatchJob {
        self.client.batch().jobs().create(&one_request()).await.unwrap()
    }
}

/// The parameters of a small job.
pub fn one_request() -> CreateBatchJob {
    let body = json!({"messages": [{"role": "user", "content": "Hello"}]});
    CreateBatchJob::new(BatchEndpoint::ChatCompletions)
        .model("mistral-small-latest")
        .timeout_hours(168)
        .request(BatchRequest::new("a", &body).unwrap())
}

/// The canary key.
pub fn key() -> ApiKey {
    ApiKey::named(KEY, "the rig").unwrap()
}

/// A script of these faults.
pub fn script(faults: Value) -> FaultScript {
    FaultScript::parse(&json!({ "faults": faults }).to_string()).unwrap()
}

/// An address that is this test's own: runs at one address take turns, by the real clock, and a test is not to wait for another.
pub fn address() -> String {
    let thread = format!("{:?}", std::thread::current().id());
    let number: String = thread.chars().filter(char::is_ascii_digit).collect();
    format!("https://test-{number}.example")
}

/// Serves as long as the runtime of the test lives; the base URL.
pub fn serve(emulator: &Emulator) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let emulator = emulator.clone();
    tokio::spawn(async move { emulator.serve(listener, std::future::pending()).await.unwrap() });
    base
}

/// A client of what answers at `base`, by a real clock and so with short waits between attempts.
pub fn client(base: &str) -> Client {
    builder(base).retry(impatient()).build().unwrap().into()
}

/// A client of what answers at `base`, with the default patience.
pub fn builder(base: &str) -> Builder {
    Transport::builder(key()).base_uri(base).client(direct())
}

/// Connections to nobody but the peer, whatever the environment says of proxies.
pub fn direct() -> HttpClientSettings {
    HttpClientSettings::default().proxy(ProxySettings::none())
}

/// Four attempts as by default, a few milliseconds apart.
pub fn impatient() -> RetrySettings {
    let (floor, initial) = (Duration::from_millis(1), Duration::from_millis(5));
    RetrySettings::default().backoff(Backoff { floor, initial, ..Backoff::default() })
}

/// What holds for every error: one line that begins with the operation, and no key anywhere.
#[track_caller]
pub fn check(error: &Error, operation: &str) {
    let shown = error.to_string();
    assert!(shown.starts_with(operation), "{shown}");
    assert!(!shown.contains(['\n', '\r', '\u{1b}']), "{shown}");
    assert!(shown.len() < 5_000, "{} bytes", shown.len());
    let mut cause = std::error::Error::source(error);
    let mut all = format!("{shown} {error:?} {:?}", error.advice());
    while let Some(deeper) = cause {
        all += &format!(" {deeper} {deeper:?}");
        cause = deeper.source();
    }
    assert!(!all.contains(KEY), "{all}");
}
