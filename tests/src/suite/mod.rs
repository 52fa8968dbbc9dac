//! Whole behaviours as functions over a client.
//!
//! They hold for anything that speaks the API: the emulator in process, the emulator over a socket, and whatever else a
//! client can be pointed at. Each cleans up after itself.

mod fine_tuning;

pub use fine_tuning::{
    a_classifier_is_tuned, a_fine_tuning_job_that_does_not_exist_is_not_found,
    a_model_is_tuned_renamed_archived_and_deleted, a_tuned_model_answers_a_batch,
    bad_training_data_fails_the_validation, fine_tuning_jobs_are_listed_and_cancelled,
};

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use mistral_sdk::{
    BatchEndpoint, BatchJob, BatchJobStatus, BatchRequest, BatchResult, Client, CreateBatchJob, DateTime, ErrorKind,
    File, FilePurpose, FileVisibility, GetBatchJob, GetSignedUrl, ListBatchJobs, ListFiles, ListModels, Model, Outcome,
    Poll, SampleType, UnixTime, Upload,
};
use serde_json::json;

/// The model that the suite asks for.
const MODEL: &str = "mistral-small-latest";

/// Looks often: what the suite waits for is small.
fn poll() -> Poll {
    Poll::default().initial(Duration::from_millis(200)).max(Duration::from_secs(5)).limit(Duration::from_secs(600))
}

fn question(id: &str, text: &str) -> BatchRequest {
    let body = json!({"max_tokens": 16, "messages": [{"role": "user", "content": text}]});
    BatchRequest::new(id, &body).unwrap()
}

fn lines(requests: &[BatchRequest]) -> String {
    requests.iter().map(|request| serde_json::to_string(request).unwrap() + "\n").collect()
}

async fn upload(client: &Client, name: &str, content: impl Into<String>) -> File {
    client.files().upload(Upload::bytes(name, content.into()), FilePurpose::Batch).await.unwrap()
}

/// The results of a job by the ids of its requests.
async fn results(client: &Client, job: &BatchJob) -> BTreeMap<String, BatchResult> {
    let outcomes: Vec<Outcome> = client.batch().jobs().results(job).try_collect().await.unwrap();
    let results = outcomes.into_iter().map(|outcome| match outcome {
        Outcome::Result(result) => (result.custom_id.clone().unwrap(), result),
        Outcome::Unreadable(line) => panic!("{line:?}"),
    });
    results.collect()
}

async fn discard(client: &Client, job: &BatchJob) {
    for file in job.input_files.iter().chain(&job.output_file).chain(&job.error_file) {
        client.files().delete(file).await.unwrap();
    }
    client.batch().jobs().delete(&job.id).await.unwrap();
}

/// A file can be uploaded, found, read and deleted.
pub async fn a_file_comes_back_as_it_went(client: &Client) {
    let content = lines(&[question("é", "Déjà vu ☕\u{2028}?"), question("b", "?")]);
    let upload = Upload::bytes("été \"1\".jsonl", content.clone()).visibility(FileVisibility::User).expiry(48);
    let file = client.files().upload(upload, FilePurpose::Batch).await.unwrap();
    assert_eq!(file.bytes, Some(content.len() as u64));
    assert_eq!(file.purpose, FilePurpose::Batch);
    assert_eq!(file.visibility, Some(FileVisibility::User));
    assert!(file.expires_at.is_some());

    let found = client.files().get(&file.id).await.unwrap();
    assert_eq!((found.id, found.deleted), (file.id.clone(), Some(false)));

    let params = ListFiles::default().sample_type(SampleType::BatchRequest).purpose(FilePurpose::Batch).page_size(1);
    let listed: Vec<File> = client.files().list_all(params).try_collect().await.unwrap();
    assert!(listed.iter().any(|listed| listed.id == file.id));
    let other = ListFiles::default().purpose(FilePurpose::Batch).search("no such name, été or not");
    assert!(client.files().list(&other).await.unwrap().data.is_empty());

    assert_eq!(client.files().download(&file.id).await.unwrap().bytes().await.unwrap(), content);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy.jsonl");
    client.files().download(&file.id).await.unwrap().save(&path).await.unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), content);

    let url = client.files().signed_url(&file.id, &GetSignedUrl::default().expiry(1)).await.unwrap();
    assert!(url.url.starts_with("http"));
    assert_eq!(client.files().download_signed(&file.id).await.unwrap().bytes().await.unwrap(), content);

    assert!(client.files().delete(&file.id).await.unwrap().deleted);
    match client.files().get(&file.id).await {
        Ok(file) => assert_eq!(file.deleted, Some(true)),
        Err(error) => assert!(error.is_not_found(), "{error}"),
    }
    assert!(client.files().download(&file.id).await.unwrap_err().is_not_found());
}

/// A job from a file answers every request.
pub async fn a_job_from_a_file_answers_every_request(client: &Client) {
    let requests: Vec<_> = (0..7).map(|at| question(&format!("q-{at}"), "One word, please.")).collect();
    let file = upload(client, "seven.jsonl", lines(&requests)).await;
    let job =
        CreateBatchJob::new(BatchEndpoint::ChatCompletions).model(MODEL).input_file(&file.id).metadata("suite", "file");
    let job = client.batch().jobs().create(&job).await.unwrap();
    assert_eq!(job.input_files, [file.id]);
    assert!(!job.status.is_final());

    let job = client.batch().jobs().wait(&job.id, poll()).await.unwrap();
    assert_eq!(job.status, BatchJobStatus::Success);
    assert_eq!((job.total_requests, job.succeeded_requests, job.failed_requests), (7, 7, 0));
    let results = results(client, &job).await;
    assert_eq!(results.len(), 7);
    assert!(results.values().all(BatchResult::is_success));
    discard(client, &job).await;
}

/// A job from inline requests answers them inline.
pub async fn a_job_from_inline_requests_answers_inline(client: &Client) {
    let job = CreateBatchJob::new(BatchEndpoint::ChatCompletions)
        .model(MODEL)
        .requests([question("first", "Hello"), question("second", "Bye")]);
    let job = client.batch().jobs().create(&job).await.unwrap();
    client.batch().jobs().wait(&job.id, poll()).await.unwrap();
    let job = client.batch().jobs().get_with(&job.id, &GetBatchJob::default().inline(true)).await.unwrap();
    assert_eq!(job.outputs.as_ref().map(Vec::len), Some(2));
    let results = results(client, &job).await;
    assert_eq!(results.keys().map(String::as_str).collect::<Vec<_>>(), ["first", "second"]);
    discard(client, &job).await;
}

/// Requests that fail do not fail the job, and say why.
pub async fn a_failing_request_is_reported_with_its_reason(client: &Client) {
    let bad = BatchRequest::new("bad", &json!({"max_tokens": 5})).unwrap();
    let file = upload(client, "mixed.jsonl", lines(&[question("good", "Hello"), bad])).await;
    let job = CreateBatchJob::new(BatchEndpoint::ChatCompletions).model(MODEL).input_file(&file.id);
    let job = client.batch().jobs().create(&job).await.unwrap();
    let job = client.batch().jobs().wait(&job.id, poll()).await.unwrap();
    assert_eq!(job.status, BatchJobStatus::Success);
    assert_eq!((job.succeeded_requests, job.failed_requests), (1, 1));
    let results = results(client, &job).await;
    assert!(results["good"].is_success());
    assert!(results["bad"].failure().unwrap().starts_with('4'), "{:?}", results["bad"].failure());
    discard(client, &job).await;
}

/// A file that is not JSON lines fails the job, which says so.
pub async fn a_broken_file_fails_the_job(client: &Client) {
    let file = upload(client, "broken.jsonl", "{\"custom_id\": \"a\", \"body\": {\n").await;
    let job = CreateBatchJob::new(BatchEndpoint::ChatCompletions).model(MODEL).input_file(&file.id);
    let job = client.batch().jobs().create(&job).await.unwrap();
    let job = client.batch().jobs().wait(&job.id, poll()).await.unwrap();
    assert_eq!(job.status, BatchJobStatus::Failed);
    assert!(!job.errors.is_empty());
    discard(client, &job).await;
}

/// A job can be cancelled, and ends up so.
pub async fn a_cancelled_job_ends_cancelled(client: &Client) {
    let file = upload(client, "cancelled.jsonl", lines(&[question("a", "Hello")])).await;
    let job = CreateBatchJob::new(BatchEndpoint::ChatCompletions).model(MODEL).input_file(&file.id);
    let job = client.batch().jobs().create(&job).await.unwrap();
    let stopping = client.batch().jobs().cancel(&job.id).await.unwrap();
    assert!(matches!(stopping.status, BatchJobStatus::CancellationRequested | BatchJobStatus::Cancelled));
    let job = client.batch().jobs().wait(&job.id, poll()).await.unwrap();
    assert_eq!(job.status, BatchJobStatus::Cancelled);
    discard(client, &job).await;
}

/// A deleted job is gone.
pub async fn a_deleted_job_is_gone(client: &Client) {
    let jobs = client.batch().jobs();
    let file = upload(client, "gone.jsonl", lines(&[question("a", "Hello")])).await;
    let job = CreateBatchJob::new(BatchEndpoint::ChatCompletions).model(MODEL).input_file(&file.id);
    let job = jobs.create(&job).await.unwrap();
    let job = jobs.wait(&job.id, poll()).await.unwrap();
    discard(client, &job).await;
    assert!(jobs.get(&job.id).await.unwrap_err().is_not_found());
}

/// A hundred requests are answered, each once.
pub async fn a_hundred_requests_are_answered(client: &Client) {
    let ids: Vec<String> = (0..100).map(|at| at.to_string()).collect();
    let requests: Vec<_> = ids.iter().map(|id| question(id, &format!("Tell me about the number {id}."))).collect();
    let file = upload(client, "file.jsonl", lines(&requests)).await;
    let job = CreateBatchJob::new(BatchEndpoint::ChatCompletions)
        .model(MODEL)
        .input_file(&file.id)
        .metadata("job_type", "testing");
    let job = client.batch().jobs().create(&job).await.unwrap();
    let job = client.batch().jobs().wait(&job.id, poll()).await.unwrap();
    assert_eq!((job.total_requests, job.succeeded_requests, job.errors.len()), (100, 100, 0));
    let results = results(client, &job).await;
    assert!(results.len() == 100 && ids.iter().all(|id| results[id].is_success()));
    discard(client, &job).await;
}

/// A watch shows each change once, and ends with the end.
pub async fn a_watch_shows_each_change(client: &Client) {
    let job = CreateBatchJob::new(BatchEndpoint::ChatCompletions).model(MODEL).request(question("a", "Hello"));
    let job = client.batch().jobs().create(&job).await.unwrap();
    let seen: Vec<BatchJob> = client.batch().jobs().watch(&job.id, poll()).try_collect().await.unwrap();
    assert!(seen.windows(2).all(|pair| pair[0] != pair[1]));
    assert!(seen.last().unwrap().status.is_final());
    assert_eq!(seen.iter().filter(|job| job.status.is_final()).count(), 1);
    discard(client, seen.last().unwrap()).await;
}

/// A listing is filtered by several statuses and by notes.
pub async fn a_listing_is_filtered(client: &Client) {
    let jobs = client.batch().jobs();
    let note = format!("{:?}", std::time::SystemTime::now());
    let mut made = Vec::new();
    for team in ["blue", "blue", "green"] {
        let job = CreateBatchJob::new(BatchEndpoint::ChatCompletions).model(MODEL).request(question("a", "Hello"));
        let job = jobs.create(&job.metadata("suite", &note).metadata("team", team)).await.unwrap();
        made.push(jobs.wait(&job.id, poll()).await.unwrap());
    }
    let filter = || ListBatchJobs::default().metadata("suite", &note).page_size(1);
    let list = |params: ListBatchJobs| jobs.list_all(params).try_collect::<Vec<BatchJob>>();
    let ids = |jobs: Vec<BatchJob>| jobs.into_iter().map(|job| job.id).collect::<Vec<_>>();

    let all = ids(list(filter().order_by("created")).await.unwrap());
    assert_eq!(all, made.iter().map(|job| job.id.clone()).collect::<Vec<_>>());
    assert_eq!(list(filter().metadata("team", "blue")).await.unwrap().len(), 2);
    let done = filter().status(BatchJobStatus::Success).status(BatchJobStatus::Cancelled);
    assert_eq!(list(done).await.unwrap().len(), 3);
    assert!(list(filter().status(BatchJobStatus::Running)).await.unwrap().is_empty());
    assert!(list(filter().model("no-such-model")).await.unwrap().is_empty());
    let moment = |seconds: i64| DateTime::from(UnixTime::from_secs(made[0].created_at.as_secs() + seconds));
    assert_eq!(list(filter().created_after(moment(-3_600)).created_by_me(true)).await.unwrap().len(), 3);
    assert!(list(filter().created_after(moment(3_600))).await.unwrap().is_empty());
    let page = jobs.list(&filter().page(1).page_size(2)).await.unwrap();
    assert_eq!((page.data.len(), page.total), (1, Some(3)));
    for job in &made {
        discard(client, job).await;
    }
}

/// What does not exist is not found.
pub async fn what_does_not_exist_is_not_found(client: &Client) {
    let id = "00000000-0000-4000-8000-000000000000";
    assert!(client.files().get(id).await.unwrap_err().is_not_found());
    assert!(client.files().download(id).await.unwrap_err().is_not_found());
    assert!(client.files().delete(id).await.unwrap_err().is_not_found());
    assert!(client.batch().jobs().get(id).await.unwrap_err().is_not_found());
    assert!(client.batch().jobs().cancel(id).await.unwrap_err().is_not_found());
    assert!(client.models().archive("no-such-model").await.unwrap_err().is_not_found());
    assert!(client.models().get("no-such-model").await.unwrap_err().is_not_found());
}

/// What cannot be is refused, here or there, and says why.
pub async fn what_cannot_be_is_refused(client: &Client) {
    let job = CreateBatchJob::new(BatchEndpoint::ChatCompletions).model(MODEL).request(question("a", "Hello"));
    let refused = client.batch().jobs().create(&job.timeout_hours(1_000)).await.unwrap_err();
    assert!(refused.to_string().contains("timeout_hours"), "{refused}");
}

/// The vendor's models are listed, and cannot be deleted.
pub async fn the_vendors_models_are_listed(client: &Client) {
    let listed = client.models().list(&ListModels::default()).await.unwrap();
    assert!(listed.data.iter().any(|model| matches!(model, Model::Base(_))));
    let model = client.models().get(MODEL).await.unwrap();
    assert!(model.card().is_some_and(|card| card.capabilities.completion_chat));
    assert_eq!(client.models().delete(MODEL).await.unwrap_err().kind(), ErrorKind::Auth);
}
