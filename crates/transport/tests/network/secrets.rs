//! Where a key and a password must not turn up.

use std::io;
use std::sync::{Arc, LazyLock, Mutex};

use mistral_transport::{HttpClient, ProxySettings};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

use super::authority::Authority;
use super::proxy::Proxy;
use super::server::Server;
use super::{CANARY, get, settings, transport, trusting};

/// All that is logged.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

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

/// What all tests log. One log for the process, set before anything can log: who logs first without one is remembered as
/// not worth asking.
pub(crate) static LOG: LazyLock<Log> = LazyLock::new(|| {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_writer(log.clone()).finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    log
});

#[tokio::test]
async fn neither_is_in_the_noisiest_log() {
    let authority = Authority::new();
    let server = Server::secure(authority.issue("api.example.test").tls()).await;
    let proxy = Proxy::http(server.address).await;
    let through = |address| ProxySettings::to(format!("http://me:{CANARY}@{address}")).unwrap();
    let good = trusting(&authority.pem).proxy(through(proxy.address));
    get("https://api.example.test", good).await.unwrap();
    let refusing = Proxy::refusing(407).await;
    let refused = trusting(&authority.pem).proxy(through(refusing.address));
    get("https://api.example.test", refused).await.unwrap_err();
    assert!(server.requests()[0].contains(CANARY), "the key was not sent, so nothing is shown by its absence");

    let log = String::from_utf8_lossy(&LOG.0.lock().unwrap()).into_owned();
    assert!(log.contains("x.get"), "{log}");
    assert!(!log.contains(CANARY), "{log}");
}

#[test]
fn neither_is_in_debug() {
    let settings = settings().proxy(ProxySettings::to(format!("http://me:{CANARY}@proxy.example.com")).unwrap());
    let client = HttpClient::new(&settings).unwrap();
    let transport = transport("https://api.example.test", settings.clone());
    let shown = format!("{settings:?} {client:?} {transport:?}");
    assert!(shown.contains("proxy.example.com") && !shown.contains(CANARY), "{shown}");
}
