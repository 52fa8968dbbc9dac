//! Peers that take their time.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use mistral_emulator::Pace;
use mistral_sdk::{Client, ErrorKind, ListModels};
use serde_json::json;
use tests::peer::{self, Peer};
use tests::rig::{Rig, builder, check};
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

#[tokio::test(start_paused = true)]
async fn f26_an_honest_slow_download() {
    const SECONDS: u64 = 300;
    let slow = json!({"slow": {"bytes": 64 << 10, "every_ms": 1_000}});
    let rig = Rig::new(json!([{"operation": "files.download", "delivery": slow}]));
    let content = vec![b'x'; (SECONDS as usize) << 16];
    let file = rig.file(content.clone()).await;
    let started = Instant::now();
    let read = rig.client.files().download(&file.id).await.unwrap().bytes().await.unwrap();
    assert!(read == content);
    assert_eq!(started.elapsed().as_secs(), SECONDS);
    assert_eq!(rig.count("files.download"), 1);
    rig.all_delivered();
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
