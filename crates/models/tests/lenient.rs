//! What the server may do that this version has never seen.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Debug;

use mistral_models::{
    ArchivedModel, BatchEndpoint, BatchError, BatchJob, BatchJobStatus, BatchResult, ClassifierTarget, DeletedBatchJob,
    DeletedModel, DryRun, ErrorBody, File, FilePurpose, FileSource, FileVisibility, FineTuningCreation, FineTuningJob,
    FineTuningJobStatus, FineTuningJobType, Hyperparameters, JobIntegration, JobRepository, List, LossFunction, Model,
    ModelCard, OrderBy, SampleType, TrainingFile, TunedModel, UnarchivedModel, UnixTime,
};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

const JOB: &str = include_str!("../fixtures/batch_job.success_with_failures.json");
const FILE: &str = include_str!("../fixtures/file.retrieved.json");
const FINE_TUNING_JOB: &str = include_str!("../fixtures/fine_tuning_job.success.json");
const TUNED_MODEL: &str = include_str!("../fixtures/tuned_model.completion.json");
const MODEL: &str = include_str!("../fixtures/model.fine_tuned.json");

fn read<T: DeserializeOwned>(value: &Value) -> T {
    T::deserialize(value).unwrap()
}

fn object(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

/// The same object with `key` set.
fn with(json: &str, key: &str, value: Value) -> Value {
    let mut object = object(json);
    object[key] = value;
    object
}

/// The same object without `key`.
fn without(json: &str, key: &str) -> Value {
    let mut object = object(json);
    object.as_object_mut().unwrap().remove(key);
    object
}

fn kept<T: DeserializeOwned + Serialize>(value: &str) {
    let read: T = serde_json::from_value(json!(value)).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), json!(value));
}

proptest! {
    #[test]
    fn any_text_survives_in_any_enum(value in ".*") {
        kept::<BatchEndpoint>(&value);
        kept::<BatchJobStatus>(&value);
        kept::<FineTuningJobStatus>(&value);
        kept::<FineTuningJobType>(&value);
        kept::<LossFunction>(&value);
        kept::<FilePurpose>(&value);
        kept::<FileSource>(&value);
        kept::<FileVisibility>(&value);
        kept::<OrderBy>(&value);
        kept::<SampleType>(&value);
    }
}

#[test]
fn an_unknown_value_says_so() {
    let job: BatchJob = read(&with(JOB, "status", json!("HIBERNATING")));
    assert_eq!(job.status, BatchJobStatus::Unknown("HIBERNATING".into()));
    assert!(!job.status.is_known());
    assert!(BatchJobStatus::KNOWN.iter().all(BatchJobStatus::is_known));
}

#[test]
fn unknown_keys_are_ignored() {
    let key = |json| with(json, "from_the_future", json!({"nested": [1, null]}));
    assert_eq!(read::<BatchJob>(&key(JOB)), read(&object(JOB)));
    assert_eq!(read::<File>(&key(FILE)), read(&object(FILE)));
    assert_eq!(read::<Model>(&key(MODEL)), read(&object(MODEL)));
    assert_eq!(read::<FineTuningJob>(&key(FINE_TUNING_JOB)), read(&object(FINE_TUNING_JOB)));
    assert_eq!(read::<TunedModel>(&key(TUNED_MODEL)), read(&object(TUNED_MODEL)));
}

#[test]
fn an_object_constant_is_never_relied_on() {
    for wrong in [json!("something.else"), json!(null), json!(7)] {
        assert_eq!(read::<BatchJob>(&with(JOB, "object", wrong.clone())), read(&object(JOB)));
        assert_eq!(
            read::<FineTuningJob>(&with(FINE_TUNING_JOB, "object", wrong.clone())),
            read(&object(FINE_TUNING_JOB))
        );
        assert_eq!(read::<File>(&with(FILE, "object", wrong)), read(&object(FILE)));
    }
    assert_eq!(read::<BatchJob>(&without(JOB, "object")), read(&object(JOB)));
}

/// `key` is optional: leaving it out and answering `null` read the same.
fn null_is_absent<T: DeserializeOwned + PartialEq + Debug>(json: &str, keys: &[&str]) {
    for key in keys {
        assert_eq!(read::<T>(&with(json, key, Value::Null)), read::<T>(&without(json, key)), "{key}");
    }
}

#[test]
fn null_and_absent_are_the_same() {
    null_is_absent::<BatchJob>(
        JOB,
        &["metadata", "model", "agent_id", "output_file", "error_file", "outputs", "started_at", "completed_at"],
    );
    null_is_absent::<File>(
        FILE,
        &["bytes", "num_lines", "mimetype", "signature", "expires_at", "visibility", "deleted"],
    );
    null_is_absent::<Model>(
        MODEL,
        &[
            "created",
            "owned_by",
            "name",
            "description",
            "max_context_length",
            "archived",
            "deprecation",
            "deprecation_replacement_model",
            "default_model_temperature",
        ],
    );
    null_is_absent::<FineTuningJob>(
        FINE_TUNING_JOB,
        &[
            "job_type",
            "auto_start",
            "training_files",
            "validation_files",
            "hyperparameters",
            "fine_tuned_model",
            "suffix",
            "integrations",
            "trained_tokens",
            "metadata",
            "repositories",
            "events",
            "checkpoints",
            "classifier_targets",
        ],
    );
    null_is_absent::<TunedModel>(
        TUNED_MODEL,
        &[
            "workspace_id",
            "root_version",
            "archived",
            "name",
            "description",
            "max_context_length",
            "aliases",
            "job",
            "model_type",
        ],
    );
    let id = r#"{"id": "m", "archived": false, "deleted": false}"#;
    null_is_absent::<ArchivedModel>(id, &["archived"]);
    null_is_absent::<UnarchivedModel>(id, &["archived"]);
    null_is_absent::<DeletedModel>(id, &["deleted"]);
    null_is_absent::<DeletedBatchJob>(id, &["deleted"]);
    null_is_absent::<DryRun>(r#"{"details": "d"}"#, &["deprecated", "cost", "epochs", "training_steps"]);
    null_is_absent::<ClassifierTarget>(r#"{"name": "t", "labels": []}"#, &["weight", "loss_function"]);
    null_is_absent::<TrainingFile>(r#"{"file_id": "f"}"#, &["weight"]);
    null_is_absent::<JobRepository>(r#"{"name": "n", "owner": "o", "commit_id": "c"}"#, &["type", "ref", "weight"]);
    null_is_absent::<BatchResult>("{}", &["id", "custom_id", "response", "error"]);
    null_is_absent::<ErrorBody>("{}", &["object", "message", "type", "param", "code", "detail", "request_id"]);
    null_is_absent::<List<File>>(r#"{"data": []}"#, &["total"]);
    let Model::FineTuned(model) = read(&with(MODEL, "capabilities", json!({"vision": null, "new": null, "ocr": true})))
    else {
        panic!("a capability of which nothing is said does not make a card unreadable")
    };
    assert!(model.card.capabilities.ocr && !model.card.capabilities.vision && model.card.capabilities.other.is_empty());
}

#[test]
fn a_file_still_being_counted_has_no_size() {
    assert_eq!(read::<File>(&with(FILE, "bytes", Value::Null)).bytes, None);
}

#[test]
fn what_the_contract_requires_is_enough() {
    let job: BatchJob = read(&json!({
        "id": "j", "input_files": [], "endpoint": "/v1/ocr", "errors": [{"message": "torn page"}], "status": "FAILED",
        "created_at": 1, "total_requests": 0, "completed_requests": 0, "succeeded_requests": 0, "failed_requests": 0,
    }));
    assert_eq!(job.errors, [BatchError::new("torn page", 1)]);
    assert_eq!(read::<DeletedBatchJob>(&json!({"id": "j"})), DeletedBatchJob::new("j"));

    let file: File = read(&json!({
        "id": "f", "object": "file", "bytes": 1, "created_at": 1, "filename": "n", "purpose": "batch",
        "sample_type": "batch_request", "source": "upload",
    }));
    assert_eq!(file.bytes, Some(1));
    assert_eq!(read::<List<Model>>(&json!({})), List::new(Vec::new()));

    let model: Model = read(&json!({"id": "m", "capabilities": {}}));
    assert_eq!(model.card(), Some(&ModelCard::new("m", Default::default())));
    assert_eq!(read::<DeletedModel>(&json!({"id": "m"})), DeletedModel::new("m"));
    assert_eq!(read::<ArchivedModel>(&json!({"id": "m"})), ArchivedModel::new("m"));
    assert_eq!(read::<UnarchivedModel>(&json!({"id": "m"})), UnarchivedModel::new("m"));
    assert!(ArchivedModel::new("m").archived && !UnarchivedModel::new("m").archived);

    let job: FineTuningJob = read(&json!({
        "id": "j", "auto_start": true, "model": "m", "status": "QUEUED", "created_at": 1, "modified_at": 1,
        "training_files": [], "hyperparameters": {}, "job_type": "completion",
    }));
    let mut expected = FineTuningJob::new("j", FineTuningJobType::Completion, "m", UnixTime::from_secs(1));
    expected.auto_start = true;
    assert_eq!(job, expected);
    assert_eq!(job.hyperparameters, Hyperparameters::default());
}

#[test]
fn one_strange_model_does_not_lose_the_list() {
    let list: List<Model> = read(&json!({"data": [
        {"id": "a", "type": "base", "capabilities": {}},
        {"id": "b", "type": "oracle", "riddles": 3},
    ]}));
    let ids: Vec<_> = list.data.iter().map(Model::id).collect();
    assert_eq!(ids, [Some("a"), Some("b")]);
    assert!(matches!(list.data[1], Model::Unknown(_)));
}

#[test]
fn one_strange_entry_does_not_lose_the_job() {
    let integrations = json!([{"type": "wandb"}, {"type": "tracker", "place": 3}, "odd"]);
    let job: FineTuningJob = read(&with(FINE_TUNING_JOB, "integrations", integrations.clone()));
    assert!(job.integrations.iter().all(|integration| matches!(integration, JobIntegration::Unknown(_))));
    assert_eq!(serde_json::to_value(&job).unwrap()["integrations"], integrations);
    let repositories = json!([{"type": "github", "name": "x"}, 7]);
    let job: FineTuningJob = read(&with(FINE_TUNING_JOB, "repositories", repositories.clone()));
    assert!(job.repositories.iter().all(|repository| matches!(repository, JobRepository::Unknown(_))));
    assert_eq!(serde_json::to_value(&job).unwrap()["repositories"], repositories);
}

#[test]
fn a_job_of_an_unknown_type_and_status_is_created_all_the_same() {
    let mut answer = with(FINE_TUNING_JOB, "job_type", json!("reinforcement"));
    answer["status"] = json!("HIBERNATING");
    let FineTuningCreation::Job(job) = read(&answer) else { panic!("it has an id") };
    assert_eq!(job.job_type, Some(FineTuningJobType::Unknown("reinforcement".into())));
    assert!(!job.status.is_final());
}

#[test]
fn an_error_of_any_shape_is_still_an_error_body() {
    for body in
        [json!({"code": {"a": 1}, "type": [2], "message": 3, "detail": false, "object": {}}), json!({"detail": {}})]
    {
        let read: ErrorBody = read(&body);
        assert_eq!(serde_json::to_value(&read).unwrap(), body);
    }
}
