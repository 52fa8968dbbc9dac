//! Files on their way.

use std::io::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use mistral_emulator::Emulator;
use mistral_sdk::transport::{Body, HttpClient};
use mistral_sdk::{Client, ErrorKind, FilePurpose, Transport, Upload};
use serde_json::json;
use tests::peer::{self, Peer};
use tests::rig::{Rig, check, client, direct, key, serve};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tower::ServiceExt as _;

#[tokio::test]
async fn f68_a_connection_that_ends_with_the_last_byte() {
    let peer = Peer::start(|_, mut stream| async move {
        peer::read_request(&mut stream).await;
        peer::answer(&mut stream, "200 OK", "0123456789").await;
    })
    .await;
    let download = client(&peer.base).files().download(tests::rig::ABSENT).await.unwrap();
    assert_eq!(download.bytes().await.unwrap(), "0123456789");
    assert_eq!(peer.connections(), 1);
}

#[tokio::test]
async fn f71_an_upload_that_is_reset_halfway_is_sent_again_whole() {
    let emulator = Emulator::new().unwrap();
    let base = serve(&emulator);
    let address = base.trim_start_matches("http://").to_owned();
    let proxy = Peer::start(move |number, mut stream| {
        let address = address.clone();
        async move {
            if number == 0 {
                let mut half = vec![0; 1 << 20];
                stream.read_exact(&mut half).await.unwrap();
                return peer::reset(stream);
            }
            let mut server = TcpStream::connect(address).await.unwrap();
            let _ = tokio::io::copy_bidirectional(&mut stream, &mut server).await;
        }
    })
    .await;
    let content: Vec<u8> = (0..2_u32 << 20).map(|at| b'a' + (at % 23) as u8).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    std::fs::write(&path, &content).unwrap();
    let client = client(&proxy.base);
    let file = client.files().upload(Upload::path(&path), FilePurpose::Batch).await.unwrap();
    assert_eq!(proxy.connections(), 2);
    assert_eq!(emulator.ledger().files_created(), 1);
    assert!(client.files().download(&file.id).await.unwrap().bytes().await.unwrap() == content);
}

#[tokio::test(start_paused = true)]
async fn f71_an_upload_answered_503_is_sent_again_whole() {
    let rig = Rig::new(json!([{"operation": "files.upload", "times": 2, "answer": {"status": 503}}]));
    let content = "0123456789".repeat(100_000);
    let file = rig.file(content.clone()).await;
    let sent: Vec<u64> = rig.emulator.ledger().entries().iter().map(|entry| entry.body_bytes).collect();
    assert!(sent.len() == 3 && sent.iter().all(|bytes| *bytes == sent[0]), "{sent:?}");
    assert_eq!(rig.client.files().download(&file.id).await.unwrap().bytes().await.unwrap(), content);
    rig.all_delivered();
}

/// Uploads a file that `change` alters between being opened and being sent.
async fn changed(change: impl Fn(&std::fs::File) + Send + Sync + 'static) {
    let emulator = Emulator::new().unwrap();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&[b'x'; 1 << 20]).unwrap();
    let handle = Arc::new((file.reopen().unwrap(), change));
    let base = serve(&emulator);
    let http = HttpClient::new(&direct()).unwrap();
    let http = tower::service_fn(move |request: Request<Body>| {
        (handle.1)(&handle.0);
        http.clone().oneshot(request)
    });
    let client = Client::from(Transport::builder(key()).base_uri(base).http(http).build().unwrap());
    let error = client.files().upload(Upload::path(file.path()), FilePurpose::Batch).await.unwrap_err();
    check(&error, "files.upload: ");
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::InputChanged, 1));
    assert!(error.to_string().contains(&file.path().display().to_string()), "{error}");
    assert_eq!(emulator.ledger().files_created(), 0);
}

#[tokio::test]
async fn f72_the_source_shrinks_while_it_is_sent() {
    changed(|file| file.set_len(1_000).unwrap()).await;
}

#[tokio::test]
async fn f72_the_source_grows_while_it_is_sent() {
    changed(|file| file.set_len(3 << 20).unwrap()).await;
}

#[tokio::test(start_paused = true)]
async fn f73_a_stream_is_sent_once_and_whole() {
    let rig = Rig::new(json!([{"operation": "files.upload", "times": "always", "answer": {"status": 503}}]));
    let pieces = ["hello ", "world"].map(|piece| Ok::<_, std::io::Error>(Bytes::from(piece)));
    let upload = Upload::stream("a", 11, futures_util::stream::iter(pieces));
    let error = rig.client.files().upload(upload, FilePurpose::Batch).await.unwrap_err();
    check(&error, "files.upload: 503 ");
    assert_eq!((error.attempts(), rig.count("files.upload")), (1, 1));
    assert!(rig.emulator.ledger().entries()[0].body_bytes > 11);
    rig.all_delivered();
}

#[tokio::test(start_paused = true)]
async fn f74_a_target_that_cannot_be_written_is_not_tried_again() {
    let rig = Rig::new(json!([]));
    let file = rig.file("0123456789").await;
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().join("missing/out"), folder.path().to_owned()] {
        let error = rig.client.files().download(&file.id).await.unwrap().save(&path).await.unwrap_err();
        check(&error, "files.download: ");
        assert_eq!(error.kind(), ErrorKind::LocalIo);
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    }
    assert_eq!(rig.count("files.download"), 2);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_download_that_is_cut_leaves_the_old_file() {
    let always = json!([{"operation": "files.download", "times": "always", "delivery": {"cut": 4}}]);
    let rig = Rig::new(always);
    let file = rig.file("0123456789").await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    std::fs::write(&path, "old").unwrap();
    let error = rig.client.files().download(&file.id).await.unwrap().save(&path).await.unwrap_err();
    check(&error, "files.download: ");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    rig.all_delivered();
}
