//! Whom the client trusts, and who it says it is.

use mistral_transport::{Call, Error, ErrorKind, HttpClientSettings, TlsSettings};
use rustls::crypto::cipher::{OutboundChunks, OutboundPlainMessage};
use rustls::{AlertDescription, ConnectionTrafficSecrets, ContentType, ProtocolVersion};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::server::TlsStream;

use super::authority::Authority;
use super::server::{Server, read_head};
use super::{get, settings, transport, trusting};

const HOST: &str = "127.0.0.1";

/// The error of a server that must not be trusted, which got no more than a handshake.
async fn distrusted(server: &Server, settings: HttpClientSettings) -> Error {
    let error = get(&format!("https://{}", server.address), settings).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Tls, 1), "{error}");
    assert!(error.to_string().contains(&format!("no secure connection to {}: ", server.address)), "{error}");
    assert_eq!(server.connections(), 1);
    assert!(server.requests().is_empty());
    error
}

#[tokio::test]
async fn a_given_authority_is_trusted() {
    let authority = Authority::new();
    let (added, only) = (TlsSettings::default(), TlsSettings::default());
    for tls in [added.add_roots(authority.pem.as_bytes()), only.only_roots(authority.pem.as_bytes())] {
        let server = Server::secure(authority.issue(HOST).tls()).await;
        get(&format!("https://{}", server.address), settings().tls(tls.unwrap())).await.unwrap();
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn f5_certificate_expired() {
    let authority = Authority::new();
    let server = Server::secure(authority.issue_expired(HOST).tls()).await;
    let error = distrusted(&server, trusting(&authority.pem)).await;
    assert!(error.to_string().contains("its certificate has expired"), "{error}");
}

#[tokio::test]
async fn f6_issuer_unknown() {
    let server = Server::secure(Authority::new().issue(HOST).tls()).await;
    let error = distrusted(&server, trusting(&Authority::new().pem)).await;
    let text = error.to_string();
    assert!(text.contains("the issuer of its certificate is unknown here"), "{text}");
    assert!(text.contains("add its CA certificate") && text.contains("TlsSettings::add_roots"), "{text}");
}

#[cfg(feature = "webpki-roots")]
#[tokio::test]
async fn the_bundled_authorities_do_not_include_ours() {
    let server = Server::secure(Authority::new().issue(HOST).tls()).await;
    let error = distrusted(&server, settings().tls(TlsSettings::default().bundled_roots())).await;
    assert!(error.to_string().contains("the issuer of its certificate is unknown here"), "{error}");
}

#[tokio::test]
async fn a_certificate_for_another_name_is_not_trusted() {
    let authority = Authority::new();
    let server = Server::secure(authority.issue("other.example.com").tls()).await;
    let error = distrusted(&server, trusting(&authority.pem)).await;
    assert!(error.to_string().contains("its certificate is for another name"), "{error}");
    assert!(error.to_string().contains("other.example.com"), "{error}");
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_is_told_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let answering = tokio::spawn(async move {
        let mut stream = listener.accept().await.unwrap().0;
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        stream
    });
    let error = get(&format!("https://{address}"), trusting(&Authority::new().pem)).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Tls, 1));
    assert!(error.to_string().contains("what it sends is not TLS"), "{error}");
    drop(answering.await.unwrap());
}

#[tokio::test]
async fn a_server_that_asks_who_we_are_is_shown_the_client_certificate() {
    let authority = Authority::new();
    let server = Server::secure(authority.acceptor_for_clients_of(&authority.issue(HOST))).await;
    let client = authority.issue("client.example.com");
    let tls = TlsSettings::default().only_roots(authority.pem.as_bytes()).unwrap();
    let tls = tls.client_certificate(client.certificate.as_bytes(), client.key.as_bytes()).unwrap();
    get(&format!("https://{}", server.address), settings().tls(tls)).await.unwrap();
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_server_that_asks_who_we_are_and_is_not_told_refuses_for_good() {
    let authority = Authority::new();
    let server = Server::secure(authority.acceptor_for_clients_of(&authority.issue(HOST))).await;
    let error = get(&format!("https://{}", server.address), trusting(&authority.pem)).await.unwrap_err();
    assert!(server.requests().is_empty());
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Tls, 1), "{error}");
    assert!(error.to_string().contains("it asks for a client certificate"), "{error}");
}

/// Ends a connection with an alert of one's choice, for which rustls has no call.
async fn end_with(stream: TlsStream<TcpStream>, alert: AlertDescription) {
    let (mut tcp, connection) = stream.into_inner();
    let suite = connection.negotiated_cipher_suite().unwrap().tls13().unwrap();
    let (number, secrets) = connection.dangerous_extract_secrets().unwrap().tx;
    let (key, iv) = match secrets {
        ConnectionTrafficSecrets::Aes128Gcm { key, iv }
        | ConnectionTrafficSecrets::Aes256Gcm { key, iv }
        | ConnectionTrafficSecrets::Chacha20Poly1305 { key, iv } => (key, iv),
        _ => unreachable!("a suite that TLS 1.3 does not have"),
    };
    let fatal = [2, u8::from(alert)];
    let payload = OutboundChunks::from(&fatal[..]);
    let message = OutboundPlainMessage { typ: ContentType::Alert, version: ProtocolVersion::TLSv1_2, payload };
    let record = suite.aead_alg.encrypter(key, iv).encrypt(message, number).unwrap().encode();
    tcp.write_all(&record).await.unwrap();
    // Read to its end, because a reset would overtake the alert.
    let _ = tokio::io::copy(&mut tcp, &mut tokio::io::sink()).await;
}

#[tokio::test]
async fn an_alert_after_the_handshake_does_not_say_that_nothing_was_sent() {
    let authority = Authority::new();
    let acceptor = authority.issue(HOST).tls();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        let mut stream = acceptor.accept(listener.accept().await.unwrap().0).await.unwrap();
        let head = read_head(&mut stream).await;
        end_with(stream, AlertDescription::AccessDenied).await;
        head
    });
    let call = Call::post("x.create", &["v1", "x"]).json(&json!({})).creates();
    let transport = transport(&format!("https://{address}"), trusting(&authority.pem));
    let error = transport.json::<Value>(call).await.unwrap_err();
    assert!(error.is_maybe_created() && error.to_string().contains("AccessDenied"), "{error}");
    assert!(serving.await.unwrap().starts_with("POST /v1/x "));
}

#[test]
fn certificates_and_keys_that_cannot_be_used_are_wrong_settings() {
    let authority = Authority::new();
    let (client, other) = (authority.issue("client.example.com"), authority.issue("client.example.com"));
    let tls = TlsSettings::default;
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (outcome, reason) in [
        (tls().add_roots(b"canary-key"), "there is no certificate in the root certificates"),
        (tls().add_roots(broken.as_bytes()), "certificate 1 of the root certificates cannot be read"),
        (tls().client_certificate(client.certificate.as_bytes(), b"canary-key"), "the private key"),
        (tls().client_certificate(b"", client.key.as_bytes()), "there is no certificate in the client certificate"),
        (tls().client_certificate(client.certificate.as_bytes(), other.key.as_bytes()), "cannot be used with"),
    ] {
        let error = outcome.map(|_| ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(reason), "{error}");
        assert!(!format!("{error:?}").contains("canary"));
    }
    let shown =
        format!("{:?}", tls().client_certificate(client.certificate.as_bytes(), client.key.as_bytes()).unwrap());
    assert_eq!(shown, "TlsSettings { base: Platform, roots: 0, client_certificate: true }");
}
