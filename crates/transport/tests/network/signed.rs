//! Signed URLs over TLS and through a proxy: nothing that says who we are gets there.

use mistral_models::SignedUrl;
use mistral_transport::{Download, Error, ErrorKind, HttpClientSettings, ProxySettings, TlsSettings};

use super::authority::Authority;
use super::proxy::Proxy;
use super::server::Server;
use super::{CANARY, transport, trusting};

const STORE: &str = "store.example.test";

/// Fetches a signed URL of the store for an API on another machine.
async fn fetch(settings: HttpClientSettings) -> Result<Download, Error> {
    let transport = transport("https://api.example.test", settings);
    let sign = || async { Ok(SignedUrl::new(format!("https://{STORE}/file?sig=s"))) };
    transport.download_signed("files.download_signed", sign).await
}

#[tokio::test]
async fn a_proxy_looks_the_name_up_and_neither_it_nor_the_store_learns_the_key() {
    let authority = Authority::new();
    let server = Server::secure(authority.issue(STORE).tls()).await;
    let proxy = Proxy::http(server.address).await;
    let settings = trusting(&authority.pem).proxy(ProxySettings::to(format!("http://{}", proxy.address)).unwrap());
    fetch(settings).await.unwrap();
    assert!(proxy.asked()[0].starts_with("CONNECT store.example.test:443 "), "{:?}", proxy.asked());
    assert_eq!(server.requests(), [format!("GET /file?sig=s HTTP/1.1\r\nhost: {STORE}\r\n\r\n")]);
    assert!(!proxy.read().contains(CANARY) && !proxy.read().contains("sig="));
}

#[tokio::test]
async fn a_store_that_asks_who_we_are_is_not_shown_the_client_certificate() {
    let authority = Authority::new();
    let server = Server::secure(authority.acceptor_for_clients_of(&authority.issue(STORE))).await;
    let proxy = Proxy::http(server.address).await;
    let client = authority.issue("client.example.com");
    let tls = TlsSettings::default().only_roots(authority.pem.as_bytes()).unwrap();
    let tls = tls.client_certificate(client.certificate.as_bytes(), client.key.as_bytes()).unwrap();
    let settings = super::settings().tls(tls).proxy(ProxySettings::to(format!("http://{}", proxy.address)).unwrap());
    let error = fetch(settings).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Tls, 1), "{error}");
    assert!(server.requests().is_empty());
}
