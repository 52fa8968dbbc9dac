//! Peers that take their time.

use std::convert::Infallible;
use std::future::ready;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use http::{HeaderMap, Request, Response};
use mistral_emulator::Pace;
use mistral_sdk::transport::Body;
use mistral_sdk::{Client, ErrorKind, ListModels, Transport};
use serde_json::json;
use tests::peer::{self, Peer};
use tests::rig::{Rig, builder, check, key};
use tokio::io::AsyncWriteExt as _;
use tokio::time::Instant;

#[tokio::test(start_paused = true)]
async fn f24_the_head_trickles() {
    let peer = Peer::start(|_, mut stream| async move {
        peer::read_request(&mut stream).await;
        for byte in "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n".bytes() {
            tokio::time::sleep(Duration::from_secs(5)).await;
            if stream.write_u8(byte).await.is_err() {
                return;
            }
        }
    })
    .await;
    let transport = builder(&peer.base).build().unwrap().with_max_attempts(1);
    let started = Instant::now();
    let error = Client::from(transport).models().list(&ListModels::default()).await.unwrap_err();
    check(&error, "models.list: ");
    assert_eq!((error.kind(), error.attempts(), peer.connections()), (ErrorKind::Timeout, 1, 1));
    assert_eq!(started.elapsed().as_secs(), 60);
}

#[tokio::test(start_paused = true)]
async fn f25_a_json_body_trickles() {
    let slow = json!({"slow": {"bytes": 1, "every_ms": 10_000}});
    let rig = Rig::new(json!([{"operation": "models.list", "delivery": slow}]));
    let client = Client::from(rig.client.transport().with_max_attempts(1));
    let started = Instant::now();
    let error = client.models().list(&ListModels::default()).await.unwrap_err();
    check(&error, "models.list: stalled");
    assert_eq!(error.kind(), ErrorKind::Stalled);
    assert!(started.elapsed() <= Duration::from_secs(90), "{:?}", started.elapsed());
    rig.all_delivered();
}

/// A client of a service that answers in the same process, the first request by `answers[0]` and so on; what it asked for.
fn served(answers: Vec<Response<Body>>) -> (Client, Arc<Mutex<Vec<HeaderMap>>>) {
    let (answers, asked) = (Arc::new(Mutex::new(answers.into_iter())), Arc::new(Mutex::new(Vec::new())));
    let seen = asked.clone();
    let http = tower::service_fn(move |request: Request<Body>| {
        seen.lock().unwrap().push(request.headers().clone());
        ready(Ok::<_, Infallible>(answers.lock().unwrap().next().expect("one request too many")))
    });
    (Transport::builder(key()).http(http).build().unwrap().into(), asked)
}

#[tokio::test(start_paused = true)]
async fn f26_an_honest_slow_download() {
    const SIZE: u64 = 512_000_000;
    const PIECE: u64 = 64 << 10;
    static BYTES: [u8; PIECE as usize] = [b'x'; PIECE as usize];
    let pieces = stream::unfold(SIZE, |left| async move {
        let next = left.min(PIECE);
        tokio::time::sleep(Duration::from_secs(1)).await;
        (left > 0).then(|| (Ok::<_, Infallible>(Bytes::from_static(&BYTES[..next as usize])), left - next))
    });
    let answer = Response::builder().header("content-length", SIZE).body(Body::stream(pieces)).unwrap();
    let (client, asked) = served(vec![answer]);
    let started = Instant::now();
    let download = client.files().download(tests::rig::ABSENT).await.unwrap();
    let read = download.try_fold(0, |sum, piece| ready(Ok(sum + piece.len() as u64))).await.unwrap();
    assert_eq!((read, asked.lock().unwrap().len()), (SIZE, 1));
    let hours = started.elapsed().as_secs_f64() / 3_600.0;
    assert!((2.1..=2.3).contains(&hours), "{hours}");
}

#[tokio::test(start_paused = true)]
async fn f27_a_download_pauses() {
    let stall = json!({"stall": {"after": 5, "ms": 20_000}});
    let rig = Rig::with(json!([{"operation": "files.download", "delivery": stall}]), Pace::instant(), |set| set);
    let file = rig.file("0123456789").await;
    let pieces: Vec<_> = rig.client.files().download(&file.id).await.unwrap().try_collect().await.unwrap();
    assert_eq!(pieces.concat(), b"0123456789");
    assert_eq!(rig.count("files.download"), 1);
    rig.all_delivered();
}

#[tokio::test(start_paused = true)]
async fn f27_a_download_that_pauses_for_ever_goes_on_by_another_request() {
    let head = || Response::builder().header("etag", "\"v1\"");
    let first = stream::iter(["01234"].map(|piece| Ok::<_, Infallible>(Bytes::from(piece)))).chain(stream::pending());
    let first = head().header("content-length", 10).body(Body::stream(first)).unwrap();
    let rest = head().status(206).header("content-range", "bytes 5-9/10").body(Body::from("56789")).unwrap();
    let (client, asked) = served(vec![first, rest]);
    let started = Instant::now();
    let download = client.files().download(tests::rig::ABSENT).await.unwrap();
    assert_eq!(download.bytes().await.unwrap(), "0123456789");
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 2);
    assert!(!asked[0].contains_key("range"));
    assert_eq!((&asked[1]["range"], &asked[1]["if-range"]), (&"bytes=5-".parse().unwrap(), &"\"v1\"".parse().unwrap()));
    let waited = started.elapsed().as_secs_f64();
    assert!((30.0..=31.0).contains(&waited), "{waited}");
}
