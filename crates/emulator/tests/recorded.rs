//! What the official clients were recorded to send, sent here: every request is taken, or refused for a reason named
//! below. Runs where the recordings are at hand.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod common;

use std::collections::BTreeSet;

use common::{Api, FORM, chat_line};
use serde_json::Value;

/// Requests that are well-formed and ask for what cannot be.
const REFUSED: [(&str, u16); 5] = [
    ("batch.create/endpoint-only", 422),
    ("batch.create/unknown-endpoint", 422),
    ("batch.list/metadata-clash", 422),
    ("models.delete", 404),
    ("models.retrieve/fine-tuned", 404),
];

/// The operations of this crate; fine-tuning and changes of models are not among them.
const OPERATIONS: [&str; 5] = ["batch.", "files.", "models.list", "models.retrieve", "models.delete"];

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
    // The ids of the recordings, in the place of which stand those of a file and a job that are here.
    let file = api.upload("in.jsonl", &chat_line("a", "hi")).await.ok()["id"].as_str().unwrap().to_owned();
    let job = api.chat_job(&chat_line("b", "hi")).await;
    let here = |text: &str| {
        text.replace("0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d", &file)
            .replace("5a4b3c2d-1e0f-4a9b-8c7d-6e5f4a3b2c1d", &file)
            .replace("6f2d4c1a-0b7e-4d55-9c1e-1a2b3c4d5e6f", &job)
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
    let expected = REFUSED.iter().find(|(refused, _)| case == *refused).map_or(200, |(_, status)| *status);
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
