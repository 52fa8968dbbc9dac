//! The socket client against peers made of plain sockets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "everything here is test code")]
#![cfg(feature = "client")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::HeaderValue;
use mistral_transport::layers::AttemptTimeouts;
use mistral_transport::{ApiKey, Body, Call, ErrorKind, Transport};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const GOOD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";

/// A transport to a peer that treats each connection with `serve`, and the number of connections it took.
async fn peer<F>(
    attempt: AttemptTimeouts,
    serve: impl Fn(TcpStream) -> F + Send + 'static,
) -> (Transport, Arc<Mutex<usize>>)
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(Mutex::new(0));
    let count = connections.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            *count.lock().unwrap() += 1;
            tokio::spawn(serve(stream));
        }
    });
    let builder = Transport::builder(ApiKey::new("k").unwrap()).base_uri(base).attempt_timeouts(attempt);
    (builder.build().unwrap(), connections)
}

/// Reads a head, and then as many bytes as it announces; returns the head.
async fn read_request(stream: &mut TcpStream) -> String {
    let mut seen = Vec::new();
    let mut block = vec![0; 64 << 10];
    loop {
        let count = stream.read(&mut block).await.unwrap_or(0);
        if count == 0 {
            return String::from_utf8_lossy(&seen).into_owned();
        }
        seen.extend_from_slice(&block[..count]);
        let Some(end) = seen.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&seen[..end]).to_ascii_lowercase();
        let announced = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = announced.map_or(0, |length| length.parse().unwrap());
        if seen.len() >= end + 4 + length {
            return head;
        }
    }
}

fn read() -> Call {
    Call::get("x.get", &["v1", "x"])
}

fn create(body: Body) -> Call {
    Call::post("x.create", &["v1", "x"]).body(body, HeaderValue::from_static("application/json")).creates()
}

fn upload(bytes: usize) -> Call {
    let make = move || {
        let pieces = (0..bytes / 65_536).map(|_| Ok::<_, std::io::Error>(vec![b'x'; 65_536].into()));
        Body::stream(futures_util::stream::iter(pieces))
    };
    let body = Body::replayable(bytes as u64, make);
    Call::post("x.upload", &["v1", "x"]).body(body, HeaderValue::from_static("text/plain")).idempotent().transfers()
}

fn timeouts(idle: u64, head: u64, upload_head: u64) -> AttemptTimeouts {
    let millis = Duration::from_millis;
    AttemptTimeouts::default().idle(millis(idle)).head(millis(head)).upload_head(millis(upload_head))
}

#[tokio::test]
async fn a_refused_connection_is_tried_again_and_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let transport =
        Transport::builder(ApiKey::new("k").unwrap()).base_uri(format!("http://{address}")).build().unwrap();
    let error = transport.json::<Value>(create(Body::from("{}"))).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connect, 4));
    assert!(!error.is_maybe_created());
    assert!(
        error.to_string().contains(&address.to_string()) && error.to_string().contains("nothing was sent"),
        "{error}"
    );
}

#[tokio::test]
async fn a_create_whose_connection_closes_unanswered_is_sent_once() {
    let (transport, connections) = peer(AttemptTimeouts::default(), |mut stream| async move {
        read_request(&mut stream).await;
    })
    .await;
    let error = transport.json::<Value>(create(Body::from("{}"))).await.unwrap_err();
    assert!(error.is_maybe_created() && !error.is_transient(), "{error:?}");
    assert_eq!(*connections.lock().unwrap(), 1);
}

#[tokio::test]
async fn creates_ride_on_connections_opened_for_them_and_reads_share() {
    let (transport, connections) = peer(AttemptTimeouts::default(), |mut stream| async move {
        while read_request(&mut stream).await.starts_with(['g', 'p']) {
            stream.write_all(GOOD).await.unwrap();
        }
    })
    .await;
    for _ in 0..3 {
        transport.json::<Value>(read()).await.unwrap();
    }
    assert_eq!(*connections.lock().unwrap(), 1);
    for _ in 0..3 {
        transport.json::<Value>(create(Body::from("{}"))).await.unwrap();
    }
    assert_eq!(*connections.lock().unwrap(), 4);
}

#[tokio::test]
async fn an_upload_that_is_taken_may_be_thought_about_for_longer_than_a_pause() {
    let (transport, connections) = peer(timeouts(200, 5_000, 5_000), |mut stream| async move {
        read_request(&mut stream).await;
        tokio::time::sleep(Duration::from_millis(800)).await;
        stream.write_all(GOOD).await.unwrap();
    })
    .await;
    transport.json::<Value>(upload(1 << 20)).await.unwrap();
    assert_eq!(*connections.lock().unwrap(), 1);
}

#[tokio::test]
async fn a_large_body_may_take_longer_than_a_pause_as_long_as_it_flows() {
    let steadily = |mut stream: TcpStream| async move {
        let mut taken = 0;
        let mut block = vec![0; 256 << 10];
        while taken < 48 << 20 {
            taken += stream.read(&mut block).await.unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        stream.write_all(GOOD).await.unwrap();
    };
    let (transport, connections) = peer(timeouts(500, 2_000, 2_000), steadily).await;
    let started = std::time::Instant::now();
    transport.json::<Value>(create(Body::from(vec![b' '; 48 << 20]))).await.unwrap();
    assert!(started.elapsed() > Duration::from_secs(2), "too fast to show anything");
    assert_eq!(*connections.lock().unwrap(), 1);
}

#[tokio::test]
async fn an_upload_that_nobody_takes_is_stalled() {
    let (transport, _) = peer(timeouts(200, 5_000, 5_000), |stream| async move {
        tokio::time::sleep(Duration::from_secs(60)).await;
        drop(stream);
    })
    .await;
    let error = transport.with_max_attempts(1).json::<Value>(upload(64 << 20)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Stalled);
    assert!(error.to_string().contains("took nothing"), "{error}");
}

#[tokio::test]
async fn a_source_that_gives_nothing_is_not_the_servers_fault() {
    let (transport, _) = peer(timeouts(200, 5_000, 5_000), |mut stream| async move {
        read_request(&mut stream).await;
    })
    .await;
    let never =
        Body::stream(futures_util::stream::pending::<Result<bytes::Bytes, std::io::Error>>()).with_length(1 << 20);
    let call = Call::post("x.upload", &["v1", "x"]).body(never, HeaderValue::from_static("text/plain")).transfers();
    let error = transport.json::<Value>(call).await.unwrap_err();
    assert!(error.to_string().contains("what was to be sent did not come"), "{error}");
}

#[tokio::test]
async fn a_body_that_is_cut_is_read_again() {
    let served = Arc::new(Mutex::new(0));
    let (transport, _) = peer(AttemptTimeouts::default(), move |mut stream| {
        let served = served.clone();
        async move {
            read_request(&mut stream).await;
            let first = {
                let mut served = served.lock().unwrap();
                *served += 1;
                *served == 1
            };
            stream.write_all(if first { &GOOD[..GOOD.len() - 1] } else { GOOD }).await.unwrap();
        }
    })
    .await;
    transport.json::<Value>(read()).await.unwrap();
}

#[tokio::test]
async fn an_empty_post_announces_its_length() {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let seen = heads.clone();
    let (transport, _) = peer(AttemptTimeouts::default(), move |mut stream| {
        let seen = seen.clone();
        async move {
            let head = read_request(&mut stream).await;
            seen.lock().unwrap().push(head);
            stream.write_all(GOOD).await.unwrap();
        }
    })
    .await;
    transport.json::<Value>(Call::post("x.cancel", &["v1", "x"])).await.unwrap();
    transport.json::<Value>(read()).await.unwrap();
    let heads = heads.lock().unwrap();
    assert!(heads[0].contains("content-length: 0"), "{}", heads[0]);
    assert!(!heads[0].contains("content-type") && !heads[1].contains("content-length"), "{heads:?}");
}
