//! Servers that are not there, or not quite.

use std::time::{Duration, Instant};

use mistral_transport::ErrorKind;
use tokio::net::TcpListener;

use super::server::Server;
use super::{CANARY, get, settings};

#[tokio::test]
async fn a_request_arrives_with_the_key() {
    let server = Server::plain().await;
    get(&format!("http://{}", server.address), settings()).await.unwrap();
    let requests = server.requests();
    assert!(requests[0].starts_with("GET /v1/x HTTP/1.1\r\n"), "{requests:?}");
    assert!(requests[0].contains(&format!("authorization: Bearer {CANARY}\r\n")));
}

#[tokio::test]
async fn f1_connection_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = get(&format!("http://{address}"), settings()).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connect, 4));
    let text = error.to_string();
    assert!(text.contains(&format!("no connection to {address}: ")) && text.contains("nothing was sent"), "{text}");
}

#[tokio::test]
async fn f4_name_does_not_exist() {
    // A label longer than any name may have: the look-up fails without asking anybody.
    let name = format!("{}.invalid", "a".repeat(64));
    let error = get(&format!("http://{name}"), settings()).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connect, 4));
    assert!(error.to_string().contains(&format!("no address for the name {name}: ")), "{error}");
}

#[tokio::test]
async fn f7_tls_handshake_stalls() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let silent = tokio::spawn(async move {
        let mut connections = Vec::new();
        while let Ok((connection, _)) = listener.accept().await {
            connections.push(connection);
            if connections.len() == 4 {
                break;
            }
        }
        connections
    });
    let started = Instant::now();
    let settings = settings().handshake_timeout(Duration::from_millis(100));
    let error = get(&format!("https://{address}"), settings).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connect, 4));
    assert!(error.to_string().contains("within 0.1 s"), "{error}");
    assert!(started.elapsed() >= Duration::from_millis(400));
    assert_eq!(silent.await.unwrap().len(), 4);
}

#[test]
fn a_handshake_has_ten_seconds_by_default() {
    assert_eq!(settings().handshake_timeout, Duration::from_secs(10));
    assert_eq!(settings().connect_timeout, Duration::from_secs(5));
}
