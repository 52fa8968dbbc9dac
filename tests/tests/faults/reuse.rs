//! Connections that were used before, and connections that fall silent.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mistral_sdk::transport::retry::RetryBudget;
use mistral_sdk::{Client, ErrorKind, FilePurpose, ListModels, Upload};
use serde_json::json;
use tests::peer::{self, Peer};
use tests::rig::{self, Rig, check, client, one_request};
use tokio::io::AsyncReadExt as _;
use tokio::time::Instant;

const NOTHING: &str = r#"{"object": "list", "data": []}"#;

/// The answer to a creation.
const JOB: &str = r#"{"id": "0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d", "object": "batch", "input_files": [],
    "metadata": null, "endpoint": "/v1/chat/completions", "model": "m", "agent_id": null, "output_file": null,
    "error_file": null, "errors": [], "status": "QUEUED", "created_at": 1, "total_requests": 0,
    "completed_requests": 0, "succeeded_requests": 0, "failed_requests": 0, "started_at": null, "completed_at": null}"#;

#[tokio::test]
async fn f19_a_pooled_connection_closed_while_idle() {
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = requests.clone();
    let peer = Peer::start(move |_, mut stream| {
        let requests = counted.clone();
        async move {
            if peer::read_request(&mut stream).await.is_some() {
                requests.fetch_add(1, Ordering::Relaxed);
                peer::answer(&mut stream, "200 OK", NOTHING).await;
            }
        }
    })
    .await;
    // A budget without a token shows that none is spent.
    let builder = rig::builder(&peer.base).retry_budget(Arc::new(RetryBudget::new(0)));
    let client = Client::from(builder.build().unwrap());
    for seen in 1..=5 {
        client.models().list(&ListModels::default()).await.unwrap();
        assert_eq!(requests.load(Ordering::Relaxed), seen);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn f20_closed_at_the_very_moment_of_sending() {
    const CALLS: usize = 3_000;
    let (creates, reused) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counted = (creates.clone(), reused.clone());
    let peer = Peer::start(move |number, mut stream| {
        let (creates, reused) = counted.clone();
        async move {
            let mut first = true;
            // Stays for one request more or less, and closes without a word.
            for _ in 0..=number % 3 {
                let Some(request) = peer::read_request(&mut stream).await else { return };
                if request.starts_with("POST") {
                    creates.fetch_add(1, Ordering::Relaxed);
                    reused.fetch_add(usize::from(!first), Ordering::Relaxed);
                    peer::answer(&mut stream, "200 OK", JOB).await;
                } else {
                    peer::answer(&mut stream, "200 OK", NOTHING).await;
                }
                first = false;
            }
        }
    })
    .await;
    let client = client(&peer.base);
    for _ in 0..CALLS {
        client.models().list(&ListModels::default()).await.unwrap();
        client.batch().jobs().create(&one_request()).await.unwrap();
    }
    assert_eq!(creates.load(Ordering::Relaxed), CALLS);
    assert_eq!(reused.load(Ordering::Relaxed), 0);
}

/// Uploads 8 MiB a hundred times to a peer that refuses after the head and goes on reading for 300 ms.
async fn refused_early(status: &'static str) {
    let peer = Peer::start(move |_, mut stream| async move {
        peer::read_head(&mut stream).await;
        peer::answer(&mut stream, status, r#"{"detail": "too large for this door"}"#).await;
        let mut drained = vec![0; 64 << 10];
        let drain = async { while stream.read(&mut drained).await.is_ok_and(|read| read > 0) {} };
        let _ = tokio::time::timeout(Duration::from_millis(300), drain).await;
    })
    .await;
    let client = client(&peer.base);
    for run in 1..=100 {
        let upload = Upload::bytes("big.jsonl", vec![b'x'; 8 << 20]);
        let error = client.files().upload(upload, FilePurpose::Batch).await.unwrap_err();
        check(&error, "files.upload: 413 Payload Too Large: too large for this door");
        assert_eq!((error.status().map(|status| status.as_u16()), error.attempts()), (Some(413), 1), "run {run}");
        assert!(error.advice().is_some_and(|advice| advice.contains("512 MB")));
    }
}

#[tokio::test]
async fn f22_refused_while_the_body_is_being_sent() {
    refused_early("413 Payload Too Large\r\nconnection: close").await;
}

#[tokio::test]
async fn f22_refused_while_the_body_is_being_sent_by_a_peer_that_keeps_the_connection() {
    refused_early("413 Payload Too Large").await;
}

#[tokio::test(start_paused = true)]
async fn f23_the_peer_vanishes_before_the_head() {
    let rig = Rig::new(json!([{"operation": "models.list", "delivery": "hold"}]));
    rig.client.models().list(&ListModels::default()).await.unwrap();
    let gaps = rig.gaps("models.list");
    assert!(gaps.len() == 1 && (60.0..=60.6).contains(&gaps[0]), "{gaps:?}");
    rig.all_delivered();

    let rig = Rig::new(json!([{"operation": "models.list", "times": "always", "delivery": "hold"}]));
    let started = Instant::now();
    let error = rig.client.models().list(&ListModels::default()).await.unwrap_err();
    check(&error, "models.list: timed out");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(error.attempts(), 2);
    assert!(started.elapsed() <= Duration::from_millis(120_001), "{:?}", started.elapsed());
}
