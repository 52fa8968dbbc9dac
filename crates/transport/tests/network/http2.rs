//! HTTP/2, where the settings offer it and the server takes it.

use mistral_transport::Call;
use serde_json::Value;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

use super::authority::Authority;
use super::{transport, trusting};

/// The first bytes of a connection after the handshake.
async fn preface(call: Call, offered: bool) -> String {
    let authority = Authority::new();
    let tls = authority.issue("127.0.0.1").tls_speaking(&["h2", "http/1.1"]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    let calling = tokio::spawn(async move {
        let _ = transport(&base, trusting(&authority.pem).http2(offered)).json::<Value>(call).await;
    });
    let mut stream = tls.accept(listener.accept().await.unwrap().0).await.unwrap();
    let mut start = [0; 14];
    stream.read_exact(&mut start).await.unwrap();
    calling.abort();
    String::from_utf8_lossy(&start).into_owned()
}

#[tokio::test]
async fn small_calls_speak_it_and_what_moves_bytes_or_costs_money_does_not() {
    let read = || Call::get("x.get", &["v1", "x"]);
    assert_eq!(preface(read(), true).await, "PRI * HTTP/2.0");
    assert_eq!(preface(read(), false).await, "GET /v1/x HTTP");
    assert_eq!(preface(read().transfers(), true).await, "GET /v1/x HTTP");
    assert_eq!(preface(Call::post("x.create", &["v1", "x"]).creates(), true).await, "POST /v1/x HTT");
}
