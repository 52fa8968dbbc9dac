//! A key and the signature of a URL that must be found nowhere: not in a log, an error, a `Debug` text or a cassette.
//!
//! Everything that can be shown is written into one text, and the text is searched; the command's own output is searched
//! by a test of the command. A search that finds nothing shows something only if it can find, so it is tried on a text
//! that does hold the canaries.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "everything here is test code")]

use std::fmt::{Debug, Write as _};
use std::io;
use std::sync::{Arc, LazyLock, Mutex};

use futures_util::TryStreamExt as _;
use http::Request;
use mistral_emulator::Emulator;
use mistral_sdk::transport::layers::{AuthLayer, BaseUri, Cassette};
use mistral_sdk::transport::{Body, Call, HttpClient, KeyFile, Operation, ProxySettings, TlsSettings, credentials};
use mistral_sdk::{
    ApiKey, Client, Error, ErrorKind, FilePurpose, GetSignedUrl, ListBatchJobs, ListModels, Marker, Poll, SignedUrl,
    Transport, Upload,
};
use serde_json::{Value, json};
use tests::peer::{self, Peer};
use tests::rig::{self, KEY, Rig, one_request};
use tower::{ServiceBuilder, ServiceExt as _};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

/// The signature of a URL that anybody who holds it can fetch.
const SIGNATURE: &str = "canary-sig-93b1";

/// All that is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

/// One log for the process, at the noisiest level and with all that any crate says.
static LOG: LazyLock<Log> = LazyLock::new(|| {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_writer(log.clone()).finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    log
});

/// The lines in which a canary is found.
fn hits(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.contains(KEY) || line.contains(SIGNATURE)).collect()
}

/// All that was shown.
#[derive(Default)]
struct Shown(String);

impl Shown {
    fn debug(&mut self, value: &impl Debug) {
        writeln!(self.0, "{value:?} {value:#?}").unwrap();
    }

    /// Everything that an error says, down to its last cause.
    fn error(&mut self, error: &Error) {
        writeln!(self.0, "{error} {error:?} {error:#?} {:?} {:?}", error.advice(), error.request_id()).unwrap();
        let mut cause = std::error::Error::source(error);
        while let Some(deeper) = cause {
            writeln!(self.0, "{deeper} {deeper:?}").unwrap();
            cause = deeper.source();
        }
    }

    fn outcome<T: Debug>(&mut self, outcome: &Result<T, Error>) {
        match outcome {
            Ok(value) => self.debug(value),
            Err(error) => self.error(error),
        }
    }
}

/// One fault of each kind that the matrix has.
fn kinds() -> Vec<Value> {
    let said = format!("fetch https://blob.example/f?se=1&sig={SIGNATURE} instead of showing {KEY}");
    vec![
        json!({"delivery": "close"}),
        json!({"commit": true, "delivery": "close"}),
        json!({"delivery": "reset"}),
        json!({"delivery": {"cut_head": 30}}),
        json!({"delivery": {"cut": 9}}),
        json!({"delivery": {"reset_after": 9}}),
        json!({"delivery": {"truncate": 9}}),
        json!({"delivery": {"stall": {"after": 9, "ms": 10}}}),
        json!({"delivery": "gzip"}),
        json!({"delivery": {"endless": "x"}}),
        json!({"answer": {"status": 401, "body": {"message": said}}}),
        json!({"answer": {"status": 403, "body": {"detail": said}}}),
        json!({"answer": {"status": 404, "body": said}}),
        json!({"answer": {"status": 409, "body": {"detail": [{"loc": ["body"], "msg": said, "type": "t"}]}}}),
        json!({"answer": {"status": 429, "headers": {"retry-after": "86400"}, "body": {"message": said}}}),
        json!({"answer": {"status": 503, "body": format!("<html>{said}</html>")}}),
        json!({"answer": {"status": 200, "body": format!("<html>{said}</html>")}}),
        json!({"answer": {"status": 200, "body": {"data": said}}}),
        json!({"answer": {"status": 200, "body": ""}}),
        json!({"answer": {"status": 307, "headers": {"location": format!("https://blob.example/f?sig={SIGNATURE}")}}}),
    ]
}

/// Calls of each class, one after the other.
async fn call_everything(client: &Client, shown: &mut Shown) {
    let (files, jobs) = (client.files(), client.batch().jobs());
    shown.debug(client);
    shown.debug(&files);
    shown.debug(&jobs);
    shown.outcome(&client.models().list(&ListModels::default()).await);
    shown.outcome(&jobs.list(&ListBatchJobs::default()).await);
    shown.outcome(&jobs.create(&one_request()).await);
    let upload = Upload::bytes("a.jsonl", "{}\n");
    shown.debug(&upload);
    let file = files.upload(upload, FilePurpose::Batch).await;
    shown.outcome(&file);
    let id = file.map_or_else(|_| rig::ABSENT.into(), |file| file.id);
    shown.outcome(&files.get(&id).await);
    match files.download(&id).await {
        Ok(download) => {
            shown.debug(&download);
            // The content is what was asked for, whatever it holds.
            shown.outcome(&download.try_collect::<Vec<_>>().await.map(drop));
        }
        Err(error) => shown.error(&error),
    }
    shown.outcome(&files.signed_url(&id, &GetSignedUrl::default()).await);
    shown.outcome(&jobs.wait(rig::ABSENT, Poll::default()).await);
    shown.outcome(&files.delete(&id).await);
}

/// The kinds, each met by all operations, on this way to the emulator.
async fn play(shown: &mut Shown, rig: impl Fn(Value) -> Rig) {
    for mut fault in kinds() {
        fault["operation"] = "*".into();
        fault["times"] = "always".into();
        let rig = rig(json!([fault.clone()]));
        call_everything(&rig.client, shown).await;
        assert!(rig.emulator.ledger().entries().iter().any(|entry| entry.authorization), "no key was ever sent");
        shown.debug(&rig.emulator);
        shown.debug(&rig.emulator.ledger().entries());
    }
    let patch = json!({"url": format!("https://blob.example/f?se=1&sig={SIGNATURE}")});
    let rig = rig(json!([{"operation": "files.signed_url", "times": "always", "answer": {"patch": patch}}]));
    call_everything(&rig.client, shown).await;
    let url = rig.client.files().signed_url(&rig.file("{}").await.id, &GetSignedUrl::default()).await.unwrap();
    assert!(url.url.contains(SIGNATURE), "the signature never came, so nothing is shown by its absence");
    shown.debug(&url);
}

#[tokio::test(start_paused = true)]
async fn no_fault_shows_a_key_or_a_signature() {
    LazyLock::force(&LOG);
    let mut shown = Shown::default();
    play(&mut shown, Rig::new).await;
    assert!(
        shown.0.contains("429 Too Many Requests: fetch https://blob.example/f?"),
        "the server's words are not shown"
    );
    assert_eq!(hits(&shown.0), [""; 0]);
    assert_eq!(hits(&LOG.text()), [""; 0]);
}

#[tokio::test]
async fn neither_does_a_socket() {
    LazyLock::force(&LOG);
    let mut shown = Shown::default();
    for mut fault in
        [json!({"delivery": "reset"}), json!({"delivery": {"cut_head": 30}}), json!({"delivery": {"cut": 9}})]
    {
        fault["operation"] = "*".into();
        fault["times"] = 4.into();
        let rig = Rig::over_a_socket(json!([fault]));
        shown.outcome(&rig.client.models().list(&ListModels::default()).await);
        shown.outcome(&rig.client.batch().jobs().create(&one_request()).await);
        shown.outcome(&rig.client.models().list(&ListModels::default()).await);
    }
    let heads = Arc::new(Mutex::new(String::new()));
    let seen = heads.clone();
    let peer = Peer::start(move |_, mut stream| {
        let seen = seen.clone();
        async move {
            let head = peer::read_head(&mut stream).await.unwrap_or_default();
            seen.lock().unwrap().push_str(&head);
            peer::answer(&mut stream, "200 OK", r#"{"data": []}"#).await;
        }
    })
    .await;
    shown.outcome(&rig::client(&peer.base).models().list(&ListModels::default()).await);
    assert!(heads.lock().unwrap().contains(KEY), "the key was not sent, so nothing is shown by its absence");
    for base in ["http://127.0.0.1:1", "https://127.0.0.1:1", "https://api.invalid"] {
        shown.outcome(&rig::client(base).models().list(&ListModels::default()).await);
    }
    assert_eq!(hits(&shown.0), [""; 0]);
    let log = LOG.text();
    assert!(log.contains("hyper_util") && log.contains("models.list"), "the log caught nothing of the calls");
    assert_eq!(hits(&log), [""; 0]);
}

#[tokio::test]
async fn nothing_that_holds_a_key_shows_it() {
    let mut shown = Shown::default();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    std::fs::write(&path, KEY).unwrap();
    let key_file = KeyFile::new(&path).unwrap();
    let fetched = credentials::from_fn("a vault", || async { Ok::<_, io::Error>(KEY.to_owned()) });
    let proxy = ProxySettings::to(format!("http://me:{KEY}@proxy.example.com:3128")).unwrap();
    let settings = rig::direct().proxy(proxy.clone()).tls(TlsSettings::default());
    shown.debug(&rig::key());
    shown.debug(&key_file);
    shown.debug(&fetched);
    shown.debug(&proxy);
    shown.debug(&settings);
    shown.debug(&HttpClient::new(&settings).unwrap());
    shown.debug(&Transport::builder(rig::key()).client(settings.clone()));
    shown.debug(&Transport::builder(rig::key()).client(settings).build().unwrap());
    shown.debug(&SignedUrl::new(format!("https://blob.example/f?sig={SIGNATURE}")));
    shown.debug(&Marker::random());
    for key in [format!("{KEY}\u{7}"), format!("{KEY}\u{200b}x"), format!("\r{KEY}\nx")] {
        shown.error(&ApiKey::new(&key).unwrap_err());
        std::fs::write(&path, &key).unwrap();
        shown.outcome(&KeyFile::new(&path));
    }
    for address in ["https://me:{}@api.example.com", "https://api.example.com/?key={}", "https://api.example.com/#{}"] {
        let address = address.replace("{}", KEY);
        shown.error(&Transport::builder(rig::key()).base_uri(&address).build().unwrap_err());
        shown.debug(&Transport::builder(rig::key()).base_uri(&address));
    }
    for proxy in ["ftp://me:{}@proxy.example.com", "http://me:{}@", "http://me:{}@a b"] {
        shown.outcome(&ProxySettings::to(proxy.replace("{}", KEY)));
    }

    // A request that has its key already, as a layer below ours may show it.
    let call = Call::get("models.list", &["v1", "models"]);
    shown.debug(&call);
    let origin = BaseUri::parse("https://api.example.com").unwrap().origin();
    let seen = Arc::new(Mutex::new(Shown::default()));
    let below = seen.clone();
    let client = tower::service_fn(move |request: Request<Body>| {
        assert!(request.headers()["authorization"].to_str().unwrap().ends_with(KEY));
        below.lock().unwrap().debug(&request);
        std::future::ready(Err::<http::Response<Body>, _>(io::Error::other(format!("{request:?}"))))
    });
    let auth = AuthLayer::new(Arc::new(rig::key()), origin);
    shown.debug(&auth);
    let stack = ServiceBuilder::new().layer(auth).service(client);
    let request = Request::get("https://api.example.com/v1/models").extension(Operation::new("models.list"));
    let error = stack.oneshot(request.body(Body::empty()).unwrap()).await.unwrap_err();
    shown.debug(&error);
    shown.0 += &seen.lock().unwrap().0;
    assert!(shown.0.contains("authorization"), "the request was not shown");
    assert_eq!(hits(&shown.0), [""; 0]);
}

#[tokio::test]
async fn a_panic_below_the_stack_shows_no_key() {
    let http = tower::service_fn(|request: Request<Body>| async move {
        assert!(!request.headers().contains_key("authorization"), "{request:?}");
        Ok::<_, io::Error>(http::Response::new(Body::empty()))
    });
    let client = Client::from(Transport::builder(rig::key()).http(http).build().unwrap());
    let calling = tokio::spawn(async move { client.models().list(&ListModels::default()).await });
    let panic = calling.await.unwrap_err().into_panic();
    let message = panic.downcast::<String>().unwrap();
    assert!(message.contains("authorization") && hits(&message).is_empty(), "{message}");
}

#[tokio::test(start_paused = true)]
async fn a_cassette_on_disk_holds_neither() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cassette.json");
    let url = json!({"url": format!("https://blob.example/f?se=1&sig={SIGNATURE}")});
    let emulator = Emulator::builder()
        .faults(rig::script(json!([{"operation": "files.signed_url", "times": "always", "answer": {"patch": url}}])))
        .build()
        .unwrap();
    let cassette = Cassette::new();
    let http = ServiceBuilder::new().layer(cassette.recorder()).service(emulator);
    let client = Client::from(Transport::builder(rig::key()).http(http).build().unwrap());
    let mut shown = Shown::default();
    call_everything(&client, &mut shown).await;
    let file = client.files().upload(Upload::bytes("a", KEY), FilePurpose::Batch).await;
    assert!(file.is_ok());
    shown.debug(&cassette);
    cassette.save(&path).unwrap();
    shown.0 += &std::fs::read_to_string(&path).unwrap();
    assert!(shown.0.contains("/v1/batch/jobs"), "nothing was recorded");
    assert_eq!(hits(&shown.0), [""; 0]);
}

#[test]
fn the_search_finds_what_is_there() {
    let mut planted: [Shown; 3] = Default::default();
    planted[0].debug(&format!("authorization: Bearer {KEY}"));
    planted[1].debug(&format!("https://blob.example/f?sig={SIGNATURE}"));
    planted[2].error(&Error::new(ErrorKind::Api, "outside").caused_by(io::Error::other(format!("inside: {KEY}"))));
    for shown in planted {
        assert!(!hits(&shown.0).is_empty(), "{}", shown.0);
    }
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_writer(log.clone()).finish();
    tracing::subscriber::with_default(subscriber, || tracing::trace!(key = KEY, "planted"));
    assert_eq!(hits(&log.text()).len(), 1, "{}", log.text());
}
