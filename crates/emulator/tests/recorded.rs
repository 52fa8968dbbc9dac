//! What the official clients were recorded to send, sent here: every request is taken, or refused for a reason named
//! below. Runs where the recordings are at hand.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod common;

use std::collections::BTreeSet;

use common::tuning::conversations;
use common::{Api, FORM, chat_line};
use serde_json::{Value, json};

/// Requests that are well-formed and ask for what cannot be: a batch of nothing or nowhere, a page that is a note, a
/// training on nothing. Some clients lose the repository of one of these on the way, and only theirs is refused.
const REFUSED: [(&str, u16); 13] = [
    ("batch.create/endpoint-only", 422),
    ("batch.create/unknown-endpoint", 422),
    ("batch.list/metadata-clash", 422),
    ("ft.create/classifier-target-defaults", 422),
    ("ft.create/classifier-target-no-loss", 422),
    ("ft.create/empty-hyperparameters", 422),
    ("ft.create/empty-lists", 422),
    ("ft.create/github-repository-minimal", 422),
    ("ft.create/minimal", 422),
    ("ft.create/nulls", 422),
    ("ft.create/seed-example", 422),
    ("ft.create/wandb", 422),
    ("ft.create/wandb-full", 422),
];

/// The operations of the API; what else the recordings hold is about other things.
const OPERATIONS: [&str; 4] = ["batch.", "files.", "ft.", "models."];

#[tokio::test]
async fn requests_of_every_official_client_are_answered() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/wire/recorded");
    let Ok(files) = std::fs::read_dir(folder) else { return };
    let mut clients = BTreeSet::new();
    let mut refused = BTreeSet::new();
    for file in files {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if !(name.starts_with("python") || name.starts_with("ts")) {
            continue;
        }
        let recorded: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for request in recorded.iter().filter(|request| request["method"].is_string()) {
            let case = request["case"].as_str().unwrap();
            if OPERATIONS.iter().any(|operation| case.starts_with(operation)) {
                if replay(&name, case, request).await != 200 {
                    refused.insert(case.to_owned());
                }
                clients.insert(name.clone());
            }
        }
    }
    assert_eq!(clients.len(), 11, "{clients:?}");
    assert_eq!(refused.len(), REFUSED.len(), "{refused:?}");
}

async fn replay(client: &str, case: &str, request: &Value) -> u16 {
    let api = Api::new();
    // The ids of the recordings, in the place of which stand those of a file, a job and a model that are here.
    let (file, job) = if case.starts_with("ft.") {
        let job = api.tune(json!({"auto_start": false})).await;
        api.wait(1_000);
        (api.training_file(&conversations(10)).await, job)
    } else {
        let file = api.upload("in.jsonl", &chat_line("a", "hi")).await.ok();
        (file["id"].as_str().unwrap().to_owned(), api.chat_job(&chat_line("b", "hi")).await)
    };
    let here = |text: &str| {
        text.replace("0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d", &file)
            .replace("5a4b3c2d-1e0f-4a9b-8c7d-6e5f4a3b2c1d", &file)
            .replace("6f2d4c1a-0b7e-4d55-9c1e-1a2b3c4d5e6f", &job)
            .replace("587a6b29", "emulator")
            .replace("20240514", "20250611")
            .replace("7e773925", "3b9f0c52")
    };
    let path = here(request["path"].as_str().unwrap());
    let query = request["query"].as_str().map(|query| format!("?{query}")).unwrap_or_default();
    let (content_type, body) = match (&request["body_raw"], &request["body"]) {
        (Value::String(text), _) => ("application/json", here(text)),
        (_, Value::Array(parts)) => (FORM, multipart(parts)),
        (_, Value::Null) => ("", String::new()),
        (_, other) => ("application/json", here(&other.to_string())),
    };
    let answer = api.send(request["method"].as_str().unwrap(), &(path + &query), content_type, body).await;
    let kept = request["body"]["repositories"].is_array();
    let refused = REFUSED.iter().find(|(refused, _)| case == *refused && !kept);
    let expected = refused.map_or(200, |(_, status)| *status);
    assert_eq!(answer.status, expected, "{client} {case}: {}", String::from_utf8_lossy(&answer.bytes));
    expected
}

/// The parts with the headers they were recorded with, in their order.
fn multipart(parts: &[Value]) -> String {
    let mut form = String::new();
    for part in parts {
        form.push_str("--edge\r\n");
        for header in part["headers_raw"].as_array().unwrap() {
            form.push_str(header.as_str().unwrap());
            form.push_str("\r\n");
        }
        form.push_str("\r\n");
        form.push_str(part["content"].as_str().unwrap());
        form.push_str("\r\n");
    }
    form + "--edge--\r\n"
}
