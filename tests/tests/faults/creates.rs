//! Creations whose outcome is unknown: `create` sends once and says so, and a second upload finds the first.

use mistral_sdk::{ErrorKind, FilePurpose, Upload};
use serde_json::{Value, json};
use tests::rig::{Rig, check, one_request};

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
    in_doubt(json!({"times": 1, "answer": {"status": 500}}), ErrorKind::Api, 0).await;
}

#[tokio::test(start_paused = true)]
async fn f16_a_create_refused_by_429_twice() {
    let refused = json!({"status": 429, "body": {"object": "error", "message": "slow down", "type": "rate_limited"}});
    let rig = Rig::new(json!([{"operation": "batch.jobs.create", "times": 2, "answer": refused}]));
    rig.job().await;
    let ledger = rig.emulator.ledger();
    assert_eq!((rig.count("batch.jobs.create"), rig.count("batch.jobs.list"), ledger.jobs_created()), (3, 0, 1));
    rig.all_delivered();
}

#[tokio::test(start_paused = true)]
async fn f18_an_upload_stored_but_the_answer_lost() {
    let rig = Rig::new(json!([{"operation": "files.upload", "commit": true, "delivery": "close"}]));
    let file = rig.client.files().upload(Upload::bytes("a.jsonl", "{}\n"), FilePurpose::Batch).await.unwrap();
    assert_eq!((rig.count("files.upload"), rig.emulator.ledger().files_created()), (2, 1));
    assert_eq!(rig.client.files().get(&file.id).await.unwrap().bytes, Some(3));
    rig.all_delivered();
}
