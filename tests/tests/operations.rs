//! The wire form of every operation, for a person to read.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "everything here is test code")]

use mistral_sdk::{
    BatchEndpoint, BatchRequest, Change, ClassifierTarget, CreateBatchJob, CreateFineTuningJob, DateTime, FilePurpose,
    GetBatchJob, GetSignedUrl, GithubRepository, Hyperparameters, ListBatchJobs, ListFiles, ListFineTuningJobs,
    ListModels, LossFunction, SampleType, TrainingFile, UpdateModel, Upload, WandbIntegration,
};
use serde_json::{Value, json};
use tests::recorder::Recorder;

const ID: &str = "0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d";
const TUNED: &str = "ft:open-mistral-7b:587a6b29:20240514:7e773925";

fn file() -> Value {
    json!({"id": ID, "created_at": 1, "filename": "f", "purpose": "batch", "sample_type": "instruct", "source": "upload"})
}

fn job() -> Value {
    json!({"id": ID, "endpoint": "/v1/ocr", "status": "QUEUED", "created_at": 1})
}

fn fine_tuning_job() -> Value {
    json!({"id": ID, "model": "m", "status": "RUNNING", "created_at": 1, "modified_at": 1})
}

fn list() -> Value {
    json!({"data": []})
}

/// Snapshots the only request, under the name of its operation.
fn assert_sent(recorder: &Recorder, operation: &str) {
    insta::assert_snapshot!(operation, recorder.only().shown());
}

#[tokio::test]
async fn files_upload() {
    let recorder = Recorder::answering(file());
    let upload = Upload::bytes("questions \"1\".jsonl", "{}\n").expiry(48);
    recorder.client().files().upload(upload, FilePurpose::Batch).await.unwrap();
    assert_sent(&recorder, "files.upload");
}

#[tokio::test]
async fn files_list() {
    let recorder = Recorder::answering(list());
    let params = ListFiles::default().sample_type(SampleType::BatchResult).sample_type(SampleType::BatchError);
    let params = params.source("upload").search("é/&").purpose(FilePurpose::Batch).mimetype("application/jsonl");
    recorder.client().files().list(&params).await.unwrap();
    assert_sent(&recorder, "files.list");
}

#[tokio::test]
async fn files_get() {
    let recorder = Recorder::answering(file());
    recorder.client().files().get(ID).await.unwrap();
    assert_sent(&recorder, "files.get");
}

#[tokio::test]
async fn files_delete() {
    let recorder = Recorder::answering(json!({"id": ID, "deleted": true}));
    recorder.client().files().delete(ID).await.unwrap();
    assert_sent(&recorder, "files.delete");
}

#[tokio::test]
async fn files_download() {
    let recorder = Recorder::answering(json!({}));
    recorder.client().files().download(ID).await.unwrap();
    assert_sent(&recorder, "files.download");
}

#[tokio::test]
async fn files_signed_url() {
    let recorder = Recorder::answering(json!({"url": "https://example.com/?sig=x"}));
    recorder.client().files().signed_url(ID, &GetSignedUrl::default()).await.unwrap();
    assert_sent(&recorder, "files.signed_url");
}

#[tokio::test]
async fn batch_jobs_list() {
    let recorder = Recorder::answering(list());
    let params = ListBatchJobs::default()
        .model("mistral-small-latest")
        .agent_id("ag_1")
        .metadata("team", "blue & green")
        .created_after(DateTime::parse("2025-03-01T12:30:00+02:00").unwrap())
        .created_by_me(true)
        .status("QUEUED")
        .status("RUNNING");
    recorder.client().batch().jobs().list(&params).await.unwrap();
    assert_sent(&recorder, "batch.jobs.list");
}

#[tokio::test]
async fn batch_jobs_create() {
    let recorder = Recorder::answering(job());
    let job = CreateBatchJob::new(BatchEndpoint::Embeddings)
        .model("mistral-embed")
        .input_file(ID)
        .request(BatchRequest::new("a", &json!({"input": "Déjà vu"})).unwrap())
        .metadata("team", "blue");
    recorder.client().batch().jobs().create(&job).await.unwrap();
    assert_sent(&recorder, "batch.jobs.create");
}

#[tokio::test]
async fn batch_jobs_get() {
    let recorder = Recorder::answering(job());
    recorder.client().batch().jobs().get_with(ID, &GetBatchJob::default().inline(true)).await.unwrap();
    assert_sent(&recorder, "batch.jobs.get");
}

#[tokio::test]
async fn batch_jobs_cancel() {
    let recorder = Recorder::answering(job());
    recorder.client().batch().jobs().cancel(ID).await.unwrap();
    assert_sent(&recorder, "batch.jobs.cancel");
}

#[tokio::test]
async fn batch_jobs_delete() {
    let recorder = Recorder::answering(json!({"id": ID}));
    recorder.client().batch().jobs().delete(ID).await.unwrap();
    assert_sent(&recorder, "batch.jobs.delete");
}

#[tokio::test]
async fn fine_tuning_jobs_list() {
    let recorder = Recorder::answering(list());
    let params = ListFineTuningJobs::default()
        .model("ministral-8b-latest")
        .created_after(DateTime::parse("2025-03-01T12:30:00+02:00").unwrap())
        .created_before(DateTime::parse("2025-04-01T00:00:00Z").unwrap())
        .created_by_me(true)
        .status("FAILED_VALIDATION")
        .wandb_project("a & b")
        .wandb_name("run name")
        .suffix("support");
    recorder.client().fine_tuning().jobs().list(&params).await.unwrap();
    assert_sent(&recorder, "fine_tuning.jobs.list");
}

#[tokio::test]
async fn fine_tuning_jobs_create() {
    let recorder = Recorder::answering(fine_tuning_job());
    let job = CreateFineTuningJob::new("codestral-latest")
        .training_file(TrainingFile::new(ID).weight(2.0))
        .validation_file(ID)
        .repository(GithubRepository::new("me", "repo", "ghp_1").reference("main"))
        .hyperparameters(Hyperparameters::default().training_steps(10).fim_ratio(0.5))
        .suffix("support")
        .integration(WandbIntegration::new("tuning", "0".repeat(40)).run_name("run 1"))
        .auto_start(false)
        .job_type("completion");
    recorder.client().fine_tuning().jobs().create(&job).await.unwrap();
    assert_sent(&recorder, "fine_tuning.jobs.create");
}

#[tokio::test]
async fn fine_tuning_jobs_dry_run() {
    let recorder = Recorder::answering(json!({"details": "d"}));
    let topics = ClassifierTarget::new("topics", ["a", "b"]).loss_function(LossFunction::MultiClass);
    let job = CreateFineTuningJob::new("ministral-3b-latest").training_file(ID).job_type("classifier");
    recorder.client().fine_tuning().jobs().dry_run(&job.classifier_target(topics)).await.unwrap();
    assert_sent(&recorder, "fine_tuning.jobs.dry_run");
}

#[tokio::test]
async fn fine_tuning_jobs_get() {
    let recorder = Recorder::answering(fine_tuning_job());
    recorder.client().fine_tuning().jobs().get(ID).await.unwrap();
    assert_sent(&recorder, "fine_tuning.jobs.get");
}

#[tokio::test]
async fn fine_tuning_jobs_cancel() {
    let recorder = Recorder::answering(fine_tuning_job());
    recorder.client().fine_tuning().jobs().cancel(ID).await.unwrap();
    assert_sent(&recorder, "fine_tuning.jobs.cancel");
}

#[tokio::test]
async fn fine_tuning_jobs_start() {
    let recorder = Recorder::answering(fine_tuning_job());
    recorder.client().fine_tuning().jobs().start(ID).await.unwrap();
    assert_sent(&recorder, "fine_tuning.jobs.start");
}

#[tokio::test]
async fn models_update() {
    let recorder = Recorder::answering(json!({"id": TUNED}));
    let update = UpdateModel::default().name("Déjà vu").description(Change::Clear);
    recorder.client().models().update(TUNED, &update).await.unwrap();
    assert_sent(&recorder, "models.update");
}

#[tokio::test]
async fn models_archive() {
    let recorder = Recorder::answering(json!({"id": TUNED}));
    assert!(recorder.client().models().archive(TUNED).await.unwrap().archived);
    assert_sent(&recorder, "models.archive");
}

#[tokio::test]
async fn models_unarchive() {
    let recorder = Recorder::answering(json!({"id": TUNED}));
    assert!(!recorder.client().models().unarchive(TUNED).await.unwrap().archived);
    assert_sent(&recorder, "models.unarchive");
}

#[tokio::test]
async fn models_list() {
    let recorder = Recorder::answering(list());
    recorder.client().models().list(&ListModels::default().provider("mistral").model("m")).await.unwrap();
    assert_sent(&recorder, "models.list");
}

#[tokio::test]
async fn models_get() {
    let recorder = Recorder::answering(json!({"id": "m", "capabilities": {}}));
    recorder.client().models().get(TUNED).await.unwrap();
    assert_sent(&recorder, "models.get");
}

#[tokio::test]
async fn models_delete() {
    let recorder = Recorder::answering(json!({"id": "m"}));
    recorder.client().models().delete(TUNED).await.unwrap();
    assert_sent(&recorder, "models.delete");
}

#[tokio::test]
async fn what_is_not_an_id_is_sent_nowhere() {
    let recorder = Recorder::answering(file());
    let client = recorder.client();
    for id in ["", "..", "../models", "%2e%2e%2fmodels", "id?x=1", "id#f", "a\r\nb", "not-a-uuid"] {
        assert!(client.files().get(id).await.unwrap_err().is_bad_input(), "{id:?}");
        assert!(client.files().delete(id).await.unwrap_err().is_bad_input(), "{id:?}");
        assert!(client.batch().jobs().cancel(id).await.unwrap_err().is_bad_input(), "{id:?}");
        assert!(client.fine_tuning().jobs().start(id).await.unwrap_err().is_bad_input(), "{id:?}");
    }
    for id in ["", ".", ".."] {
        assert!(client.models().get(id).await.unwrap_err().is_bad_input(), "{id:?}");
        assert!(client.models().archive(id).await.unwrap_err().is_bad_input(), "{id:?}");
    }
    assert_eq!(recorder.count(), 0);
}
