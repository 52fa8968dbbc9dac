//! Reaching the server.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::Request;
use mistral_emulator::Emulator;
use mistral_sdk::transport::{Body, HttpClient};
use mistral_sdk::{Client, ErrorKind, ListModels, Transport};
use tests::peer::{self, Peer};
use tests::rig::{builder, check, client, direct, impatient, key, one_request};
use tokio::time::Instant;
use tower::ServiceExt as _;

/// A port where nobody listens.
fn closed_port() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

#[tokio::test(start_paused = true)]
async fn f1_connection_refused() {
    let address = closed_port();
    let client = Client::from(builder(&format!("http://{address}")).build().unwrap());
    let started = Instant::now();
    let error = client.models().list(&ListModels::default()).await.unwrap_err();
    check(&error, "models.list: ");
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connect, 4));
    assert!(error.to_string().contains(&address) && error.to_string().contains("nothing was sent"), "{error}");
    // Three waits under ceilings of 0.5, 1 and 2 s.
    assert!(started.elapsed() <= Duration::from_millis(3_503), "{:?}", started.elapsed());
}

#[tokio::test]
async fn f2_refused_twice_then_up_on_a_create() {
    let emulator = Emulator::new().unwrap();
    let address = closed_port();
    let base = format!("http://{address}");
    let attempts = Arc::new(AtomicUsize::new(0));
    let http = HttpClient::new(&direct()).unwrap();
    let (served, counted) = (emulator.clone(), attempts.clone());
    // The server comes up between the second attempt and the third.
    let http = tower::service_fn(move |request: Request<Body>| {
        if counted.fetch_add(1, Ordering::Relaxed) == 2 {
            let (emulator, listener) = (served.clone(), std::net::TcpListener::bind(&address).unwrap());
            tokio::spawn(async move { emulator.serve(listener, std::future::pending()).await.unwrap() });
        }
        http.clone().oneshot(request)
    });
    let client = Client::from(Transport::builder(key()).base_uri(base).http(http).retry(impatient()).build().unwrap());
    client.batch().jobs().create(&one_request()).await.unwrap();
    assert_eq!(attempts.load(Ordering::Relaxed), 3);
    let ledger = emulator.ledger();
    assert_eq!((ledger.count("batch.jobs.create"), ledger.count("batch.jobs.list"), ledger.jobs_created()), (1, 0, 1));
}

#[tokio::test]
async fn f3_black_hole() {
    let (base, _waiting, _listener) = peer::black_hole().await;
    let client = Client::from(builder(&base).build().unwrap());
    tokio::time::pause();
    let started = Instant::now();
    let error = client.models().list(&ListModels::default()).await.unwrap_err();
    check(&error, "models.list: ");
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connect, 4));
    let elapsed = started.elapsed().as_secs_f64();
    assert!((20.0..=24.0).contains(&elapsed), "{elapsed}");
}

#[tokio::test]
async fn f4_a_host_that_does_not_exist() {
    // No name below this one ever exists.
    let error = client("https://api.invalid").models().list(&ListModels::default()).await.unwrap_err();
    check(&error, "models.list: ");
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connect, 4));
    assert!(error.to_string().contains("no address for the name api.invalid: "), "{error}");
    assert!(error.to_string().contains("nothing was sent"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn f7_a_tls_handshake_that_stalls() {
    let peer = Peer::start(|_, stream| async move {
        let _open = stream;
        std::future::pending::<()>().await;
    })
    .await;
    let base = peer.base.replace("http://", "https://");
    let client = Client::from(builder(&base).build().unwrap());
    let started = Instant::now();
    let error = client.models().list(&ListModels::default()).await.unwrap_err();
    check(&error, "models.list: ");
    assert_eq!((error.kind(), error.attempts(), peer.connections()), (ErrorKind::Connect, 4, 4));
    let elapsed = started.elapsed().as_secs_f64();
    assert!((40.0..=44.0).contains(&elapsed), "{elapsed}");
}

#[tokio::test]
async fn f9_reset_straight_after_accept() {
    let peer = Peer::start(|number, mut stream| async move {
        if number < 3 {
            return peer::reset(stream);
        }
        peer::read_request(&mut stream).await;
        peer::answer(&mut stream, "200 OK", r#"{"object": "list", "data": []}"#).await;
    })
    .await;
    client(&peer.base).models().list(&ListModels::default()).await.unwrap();
    assert_eq!(peer.connections(), 4);
}
