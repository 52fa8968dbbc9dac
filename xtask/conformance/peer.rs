//! What goes wrong between a client and a service, and what comes of it with the crate `mistral-openapi-client`.
//!
//! One case a line, as in peer.py.

use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;

use mistral_openapi_client::apis::configuration::Configuration;
use mistral_openapi_client::apis::{Error, batch_api as batch, files_api as files};
use mistral_openapi_client::models::{
    ApiEndpoint, BatchJobIn, BatchJobOut, BatchJobStatus, BatchRequest, FilePurpose,
};
use serde_json::{Value, json};

const KEY: &str = "canary-5d0c2f81";

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let plain = at("MISTRAL_BASE_URL");
    saw("a create is answered 502 after it took effect", lost_answer()).await;
    println!("saw - the same, with retries # it has none");
    saw("a list is filtered by two statuses and a note", two_statuses(&plain)).await;
    saw("a list is filtered by a note called `page`", note_like_a_parameter(&plain)).await;
    saw("a file called `été \"1\".jsonl` is uploaded", upload(&plain)).await;
    let shown = format!("{plain:?}").contains(KEY);
    println!("saw - the client is printed for debugging # {}", if shown { "shown" } else { "hidden" });
    println!("saw - a result holds U+2028, read by lines # it has no lines");
    println!("saw - a result holds U+2028, read by the client's own reader # it has none");
    let faulty = at("FAULTY_BASE_URL");
    saw("a job has a status of tomorrow", unknown_status(&faulty)).await;
    println!("saw - a download breaks off # it leaves the stream to the caller");
}

type Seen = Result<String, String>;

async fn saw(case: &str, work: impl Future<Output = Seen>) {
    let result = work.await.unwrap_or_else(|error| format!("error: {error}"));
    println!("saw - {case} # {result}");
}

fn at(variable: &str) -> Configuration {
    let base_path = std::env::var(variable).expect(variable);
    Configuration { base_path, bearer_access_token: Some(KEY.to_owned()), ..Configuration::default() }
}

fn told<E>(error: Error<E>) -> String {
    match error {
        Error::ResponseError(answer) => answer.status.as_u16().to_string(),
        Error::Serde(_) => "the answer cannot be read".to_owned(),
        Error::Reqwest(_) => "no answer".to_owned(),
        Error::Io(_) => "the file cannot be read".to_owned(),
    }
}

async fn create(client: &Configuration, notes: &[(&str, &str)]) -> Result<BatchJobOut, String> {
    let body = json!({"messages": [{"role": "user", "content": "Hello"}]});
    let body: HashMap<String, Value> = serde_json::from_value(body).expect("an object");
    let job = BatchJobIn {
        requests: Some(Some(vec![BatchRequest::new(body)])),
        model: Some(Some("mistral-small-latest".to_owned())),
        metadata: Some(Some(notes.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())),
        ..BatchJobIn::new(ApiEndpoint::SlashV1SlashChatSlashCompletions)
    };
    batch::jobs_api_routes_batch_create_batch_job(client, job).await.map_err(told)
}

async fn until(client: &Configuration, id: &str, status: BatchJobStatus) -> Result<(), String> {
    for _ in 0..200 {
        let job = batch::jobs_api_routes_batch_get_batch_job(client, id, None).await.map_err(told)?;
        if job.status == status {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(format!("the job is never {status}"))
}

async fn found(
    client: &Configuration,
    notes: Option<HashMap<String, Value>>,
    statuses: Option<Vec<BatchJobStatus>>,
) -> Result<usize, String> {
    let list = batch::jobs_api_routes_batch_get_batch_jobs;
    let list = list(client, None, None, None, None, notes, None, None, statuses, None).await.map_err(told)?;
    Ok(list.data.map_or(0, |jobs| jobs.len()))
}

async fn lost_answer() -> Seen {
    let client = at("LOST_BASE_URL");
    let told = match create(&client, &[]).await {
        Ok(_) => "a job is returned".to_owned(),
        Err(error) => format!("error {error}"),
    };
    Ok(format!("{} made, {told}", found(&client, None, None).await?))
}

async fn two_statuses(client: &Configuration) -> Seen {
    let notes = [("suite", "two")];
    let job = create(client, &notes).await?;
    until(client, &job.id, BatchJobStatus::Success).await?;
    let stopped = create(client, &notes).await?;
    batch::jobs_api_routes_batch_cancel_batch_job(client, &stopped.id).await.map_err(told)?;
    until(client, &stopped.id, BatchJobStatus::Cancelled).await?;
    let filter = HashMap::from([("suite".to_owned(), json!("two"))]);
    let statuses = vec![BatchJobStatus::Success, BatchJobStatus::Cancelled];
    Ok(format!("{} of 2 found", found(client, Some(filter), Some(statuses)).await?))
}

async fn note_like_a_parameter(client: &Configuration) -> Seen {
    create(client, &[("suite", "one"), ("page", "9")]).await?;
    let filter = HashMap::from([("suite".to_owned(), json!("one")), ("page".to_owned(), json!("9"))]);
    Ok(format!("{} of 1 found", found(client, Some(filter), None).await?))
}

async fn upload(client: &Configuration) -> Seen {
    let path = std::env::temp_dir().join("été \"1\".jsonl");
    std::fs::write(&path, "{}\n").map_err(|error| error.to_string())?;
    let uploaded = files::files_api_routes_upload_file(client, path.clone(), None, None, Some(FilePurpose::Batch)).await;
    let _ = std::fs::remove_file(path);
    let file = uploaded.map_err(told)?;
    Ok(format!("kept as `{}` for {}", file.filename, file.purpose))
}

async fn unknown_status(client: &Configuration) -> Seen {
    let job = create(client, &[]).await?;
    let job = batch::jobs_api_routes_batch_get_batch_job(client, &job.id, None).await.map_err(told)?;
    Ok(format!("read as {}", job.status))
}
