//! Creations whose outcome is unknown, without a marker: `create` sends once and says so.

use std::time::Duration;

use mistral_sdk::ErrorKind;
use serde_json::{Value, json};
use tests::peer::{self, Peer};
use tests::rig::{Rig, check, client, one_request};
use tokio::io::AsyncReadExt as _;

/// Creates once over this fault: it may have been made, was posted once, and the ledger knows how many jobs there are.
async fn in_doubt(fault: Value, kind: ErrorKind, jobs: u64) {
    let mut fault = fault;
    fault["operation"] = "batch.jobs.create".into();
    let rig = Rig::new(json!([fault]));
    doubted(&rig, kind, jobs).await;
}

async fn doubted(rig: &Rig, kind: ErrorKind, jobs: u64) {
    let error = rig.client.batch().jobs().create(&one_request()).await.unwrap_err();
    check(&error, "batch.jobs.create: ");
    assert_eq!((error.kind(), error.is_maybe_created(), error.attempts()), (kind, true, 1));
    assert!(error.advice().is_some_and(|advice| advice.contains("may have been created")));
    assert_eq!((rig.count("batch.jobs.create"), rig.emulator.ledger().jobs_created()), (1, jobs));
    rig.all_delivered();
}

#[tokio::test(start_paused = true)]
async fn f10_a_plain_create_committed_but_the_answer_lost() {
    in_doubt(json!({"commit": true, "delivery": "close"}), ErrorKind::Interrupted, 1).await;
    in_doubt(json!({"commit": true, "delivery": "reset"}), ErrorKind::Interrupted, 1).await;
    in_doubt(json!({"delivery": {"truncate": 20}}), ErrorKind::Decode, 1).await;
    in_doubt(json!({"delivery": {"cut": 20}}), ErrorKind::Interrupted, 1).await;
}

#[tokio::test(start_paused = true)]
async fn f11_a_plain_create_not_committed_and_the_answer_lost() {
    in_doubt(json!({"delivery": "close"}), ErrorKind::Interrupted, 0).await;
    in_doubt(json!({"delivery": "reset"}), ErrorKind::Interrupted, 0).await;
}

#[tokio::test]
async fn f12_a_plain_create_whose_answer_ends_within_its_head() {
    let rig = Rig::over_a_socket(json!([{"operation": "batch.jobs.create", "delivery": {"cut_head": 30}}]));
    doubted(&rig, ErrorKind::Interrupted, 1).await;
}

#[tokio::test(start_paused = true)]
async fn f13_a_plain_create_answered_by_a_gateway() {
    let page = "<html><head><title>502 Bad Gateway</title></head></html>";
    in_doubt(json!({"commit": true, "answer": {"status": 502, "body": page}}), ErrorKind::Api, 1).await;
}

#[tokio::test(start_paused = true)]
async fn f14_a_plain_create_answered_500() {
    in_doubt(json!({"answer": {"status": 500}}), ErrorKind::Api, 0).await;
}

#[tokio::test]
async fn a_plain_create_is_never_sent_twice_wherever_the_peer_stops_reading() {
    let whole = 700;
    for bytes in [0, 1, 20, 100, 300, whole] {
        for reset in [false, true] {
            let peer = Peer::start(move |_, mut stream| async move {
                let mut read = vec![0; bytes];
                // A request that is shorter is read to its end.
                let _ = tokio::time::timeout(Duration::from_millis(50), stream.read_exact(&mut read)).await;
                if reset {
                    peer::reset(stream);
                }
            })
            .await;
            let error = client(&peer.base).batch().jobs().create(&one_request()).await.unwrap_err();
            check(&error, "batch.jobs.create: ");
            assert_eq!((error.kind(), error.is_maybe_created()), (ErrorKind::Interrupted, true), "{bytes} {reset}");
            assert_eq!((error.attempts(), peer.connections()), (1, 1), "{bytes} {reset}");
        }
    }
}
