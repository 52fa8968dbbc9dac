//! Each file of `fixtures` is read as its type, shown, and written back as it was.
//!
//! A file is called `<kind>.json` or `<kind>.<variant>.json`; to cover another variant, add a file.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Debug;
use std::fs;
use std::path::Path;

use mistral_models::{
    ArchivedModel, BatchJob, BatchRequest, BatchResult, CreateBatchJob, CreateFineTuningJob, DeletedBatchJob,
    DeletedFile, DeletedModel, ErrorBody, File, FineTuningCreation, FineTuningJob, GetBatchJob, GetSignedUrl, List,
    ListBatchJobs, ListFiles, ListFineTuningJobs, ListModels, Model, SignedUrl, TunedModel, UnarchivedModel,
    UpdateModel,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Reads `json` as one type, and shows and writes what was read.
type RoundTrip = fn(json: &str) -> serde_json::Result<(String, Value)>;

const KINDS: [(&str, RoundTrip); 28] = [
    ("batch_job", round_trip::<BatchJob>),
    ("list_of_batch_jobs", round_trip::<List<BatchJob>>),
    ("deleted_batch_job", round_trip::<DeletedBatchJob>),
    ("create_batch_job", round_trip::<CreateBatchJob>),
    ("get_batch_job", round_trip::<GetBatchJob>),
    ("list_batch_jobs", round_trip::<ListBatchJobs>),
    ("batch_request", round_trip::<BatchRequest>),
    ("batch_result", round_trip::<BatchResult>),
    ("file", round_trip::<File>),
    ("list_of_files", round_trip::<List<File>>),
    ("deleted_file", round_trip::<DeletedFile>),
    ("list_files", round_trip::<ListFiles>),
    ("signed_url", round_trip::<SignedUrl>),
    ("get_signed_url", round_trip::<GetSignedUrl>),
    ("model", round_trip::<Model>),
    ("list_of_models", round_trip::<List<Model>>),
    ("deleted_model", round_trip::<DeletedModel>),
    ("list_models", round_trip::<ListModels>),
    ("update_model", round_trip::<UpdateModel>),
    ("tuned_model", round_trip::<TunedModel>),
    ("archived_model", round_trip::<ArchivedModel>),
    ("unarchived_model", round_trip::<UnarchivedModel>),
    ("fine_tuning_job", round_trip::<FineTuningJob>),
    ("list_of_fine_tuning_jobs", round_trip::<List<FineTuningJob>>),
    ("fine_tuning_creation", round_trip::<FineTuningCreation>),
    ("create_fine_tuning_job", round_trip::<CreateFineTuningJob>),
    ("list_fine_tuning_jobs", round_trip::<ListFineTuningJobs>),
    ("error_body", round_trip::<ErrorBody>),
];

fn round_trip<T: DeserializeOwned + Serialize + Debug>(json: &str) -> serde_json::Result<(String, Value)> {
    let value: T = serde_json::from_str(json)?;
    Ok((format!("{value:#?}"), serde_json::to_value(&value)?))
}

/// Names without `.json`, and contents, in the order of the names.
fn fixtures() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut fixtures: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap())
        })
        .collect();
    fixtures.sort();
    fixtures
}

fn kind(name: &str) -> &str {
    name.split_once('.').map_or(name, |(kind, _)| kind)
}

#[test]
fn every_fixture_is_read_shown_and_written_back_the_same() {
    for (name, json) in fixtures() {
        let (_, round_trip) = KINDS.iter().find(|(known, _)| *known == kind(&name)).expect(&name);
        let (shown, written) = round_trip(&json).unwrap_or_else(|error| panic!("{name}: {error}"));
        insta::assert_snapshot!(name.as_str(), shown);
        assert_eq!(written, serde_json::from_str::<Value>(&json).unwrap(), "{name}");
    }
}

#[test]
fn every_type_has_a_fixture() {
    let fixtures = fixtures();
    for (known, _) in KINDS {
        assert!(fixtures.iter().any(|(name, _)| kind(name) == known), "{known}");
    }
}
