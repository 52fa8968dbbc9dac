//! The answers and files collected from the contract, where they are at hand beside the workspace.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};

use mistral_models::{
    ArchivedModel, BatchJob, BatchRequest, BatchResult, DeletedBatchJob, DeletedFile, DeletedModel, ErrorBody, File,
    FineTuningCreation, FineTuningJob, List, Model, SignedUrl, TunedModel, UnarchivedModel,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One collected answer.
#[derive(Deserialize)]
struct Answer {
    operation: String,
    http_status: u16,
    body: Value,
}

/// The files in a folder of the collection, by name; none if the collection is not here.
fn collected(folder: &str, extension: &str) -> BTreeMap<String, PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/wire").join(folder);
    let Ok(entries) = fs::read_dir(&folder) else {
        eprintln!("skipped: {} is not here", folder.display());
        return BTreeMap::new();
    };
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), path))
        .collect()
}

/// Reads `json`, writes it, and reads it again; nothing may be lost on the way.
fn survives<T: DeserializeOwned + Serialize + PartialEq + Debug>(name: &str, json: &str) {
    let value: T = serde_json::from_str(json).unwrap_or_else(|error| panic!("{name}: {error}"));
    let written = serde_json::to_string(&value).unwrap();
    assert_eq!(serde_json::from_str::<T>(&written).unwrap(), value, "{name}");
    assert_kept(name, &serde_json::from_str(json).unwrap(), &serde_json::from_str(&written).unwrap());
}

/// Every value of `before` but `null` is in `after`, in the same place.
fn assert_kept(path: &str, before: &Value, after: &Value) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for (key, value) in before.iter().filter(|(_, value)| !value.is_null()) {
                let path = format!("{path}.{key}");
                assert_kept(&path, value, after.get(key).unwrap_or_else(|| panic!("{path} is lost")));
            }
        }
        (Value::Array(before), Value::Array(after)) => {
            assert_eq!(before.len(), after.len(), "{path}");
            for (at, (before, after)) in before.iter().zip(after).enumerate() {
                assert_kept(&format!("{path}[{at}]"), before, after);
            }
        }
        _ => assert_eq!(before, after, "{path}"),
    }
}

#[test]
fn every_collected_answer_is_read_and_loses_nothing() {
    for (name, path) in &collected("responses", "json") {
        let answer: Answer = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        if answer.http_status != 200 {
            assert_error_is_read(name, &answer);
            continue;
        }
        let read = match answer.operation.as_str() {
            "batch.jobs.create" | "batch.jobs.get" | "batch.jobs.cancel" => survives::<BatchJob>,
            "batch.jobs.list" => survives::<List<BatchJob>>,
            "batch.jobs.delete" => survives::<DeletedBatchJob>,
            "files.upload" | "files.retrieve" => survives::<File>,
            "files.list" => survives::<List<File>>,
            "files.delete" => survives::<DeletedFile>,
            "files.get_signed_url" => survives::<SignedUrl>,
            "fine_tuning.jobs.create" => survives::<FineTuningCreation>,
            "fine_tuning.jobs.get" | "fine_tuning.jobs.cancel" | "fine_tuning.jobs.start" => survives::<FineTuningJob>,
            "fine_tuning.jobs.list" => survives::<List<FineTuningJob>>,
            "models.update" => survives::<TunedModel>,
            "models.archive" => survives::<ArchivedModel>,
            "models.unarchive" => survives::<UnarchivedModel>,
            "models.list" => survives::<List<Model>>,
            "models.retrieve" => survives::<Model>,
            "models.delete" => survives::<DeletedModel>,
            other => panic!("{name}: no type for the answer to {other}"),
        };
        read(name, &answer.body.to_string());
    }
}

#[test]
fn every_collected_job_and_model_is_of_a_known_kind() {
    for (name, path) in &collected("responses", "json") {
        let answer: Answer = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let known = match answer.operation.as_str() {
            "models.update" => !matches!(TunedModel::deserialize(&answer.body).unwrap(), TunedModel::Unknown(_)),
            "models.retrieve" => !matches!(Model::deserialize(&answer.body).unwrap(), Model::Unknown(_)),
            "fine_tuning.jobs.create" if answer.http_status == 200 => {
                let estimate = name.contains("dry_run");
                let read = FineTuningCreation::deserialize(&answer.body).unwrap();
                matches!(read, FineTuningCreation::DryRun(_)) == estimate
            }
            "fine_tuning.jobs.get" => FineTuningJob::deserialize(&answer.body).unwrap().status.is_known(),
            _ => true,
        };
        assert!(known, "{name}");
    }
}

fn assert_error_is_read(name: &str, answer: &Answer) {
    let Value::String(text) = &answer.body else {
        let json = answer.body.to_string();
        let read = ErrorBody::parse(json.as_bytes());
        assert_eq!(read, serde_json::from_str(&json).unwrap(), "{name}");
        assert!(read.message().is_some(), "{name} says something");
        return survives::<ErrorBody>(name, &json);
    };
    assert_eq!(ErrorBody::parse(text.as_bytes()).message().is_some(), !text.is_empty(), "{name}");
}

#[test]
fn every_collected_line_is_read_and_its_bodies_keep_every_byte() {
    for (name, path) in collected("jsonl", "jsonl") {
        let text = fs::read_to_string(path).unwrap();
        let lines = text.split('\n').filter(|line| !line.is_empty());
        for line in lines {
            let body = if name.starts_with("batch_input") {
                survives::<BatchRequest>(&name, line);
                Some(serde_json::from_str::<BatchRequest>(line).unwrap().body)
            } else if name.starts_with("batch_output") || name.starts_with("batch_errors") {
                survives::<BatchResult>(&name, line);
                serde_json::from_str::<BatchResult>(line).unwrap().body().cloned()
            } else {
                continue;
            };
            assert!(body.is_none_or(|body| line.contains(body.get())), "{name}: {line}");
        }
    }
}
