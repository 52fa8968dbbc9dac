//! What goes wrong between a client and a service, and what comes of it with the facade.
//!
//! One case a line: `saw - case # what came of it`. The scripts beside `xtask/conformance/peer.py` tell the same of other
//! clients, and `cargo xtask conformance peers` puts them side by side.

#![allow(clippy::print_stdout, reason = "a command line speaks to a terminal")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "everything here is test code")]

use std::time::Duration;

use futures_util::TryStreamExt as _;
use mistral_sdk::{
    ApiKey, BatchEndpoint, BatchJob, BatchJobStatus, BatchRequest, Client, CreateBatchJob, Error, FilePurpose,
    ListBatchJobs, Marker, Outcome, Poll, Transport, Upload,
};
use serde_json::json;

const KEY: &str = "canary-5d0c2f81";

#[tokio::main]
async fn main() {
    let plain = at("MISTRAL_BASE_URL");
    saw("a create is answered 502 after it took effect", lost_answer().await);
    saw("the same, with retries", lost_answer_found().await);
    saw("a list is filtered by two statuses and a note", two_statuses(&plain).await);
    saw("a list is filtered by a note called `page`", note_like_a_parameter(&plain).await);
    saw("a file called `été \"1\".jsonl` is uploaded", upload(&plain).await);
    let shown = format!("{plain:?} {:?}", plain.transport()).contains(KEY);
    saw("the client is printed for debugging", Ok(if shown { "shown" } else { "hidden" }.to_owned()));
    saw("a result holds U+2028, read by lines", by_lines(&plain).await);
    saw("a result holds U+2028, read by the client's own reader", by_results(&plain).await);
    let faulty = at("FAULTY_BASE_URL");
    saw("a job has a status of tomorrow", unknown_status(&faulty).await);
    saw("a download breaks off", broken_download(&faulty).await);
}

type Seen = Result<String, Error>;

fn saw(case: &str, seen: Seen) {
    println!("saw - {case} # {}", seen.unwrap_or_else(|error| format!("error: {}", told(&error))));
}

fn told(error: &Error) -> String {
    error.status().map_or_else(|| format!("{:?}", error.kind()), |status| status.as_u16().to_string())
}

fn at(variable: &str) -> Client {
    let base = std::env::var(variable).expect("whoever runs this says where");
    Transport::builder(ApiKey::new(KEY).unwrap()).base_uri(base).build().unwrap().into()
}

fn job(text: &str) -> CreateBatchJob {
    let body = json!({"messages": [{"role": "user", "content": text}]});
    let request = BatchRequest::new("a", &body).unwrap();
    CreateBatchJob::new(BatchEndpoint::ChatCompletions).model("mistral-small-latest").request(request)
}

async fn done(client: &Client, job: &CreateBatchJob) -> Result<BatchJob, Error> {
    let jobs = client.batch().jobs();
    let job = jobs.create(job).await?;
    jobs.wait(&job.id, Poll::default().initial(Duration::from_millis(100))).await
}

async fn found(client: &Client, params: ListBatchJobs) -> Result<usize, Error> {
    Ok(client.batch().jobs().list_all(params).try_collect::<Vec<_>>().await?.len())
}

async fn made(client: &Client, answer: Result<BatchJob, Error>) -> Seen {
    let told = match answer {
        Ok(_) => "a job is returned".to_owned(),
        Err(error) => format!("error {}", told(&error)),
    };
    Ok(format!("{} made, {told}", found(client, ListBatchJobs::default()).await?))
}

async fn lost_answer() -> Seen {
    let client = at("LOST_BASE_URL");
    let answer = client.batch().jobs().create(&job("Hello")).await;
    made(&client, answer).await
}

async fn lost_answer_found() -> Seen {
    let client = at("LOST_AGAIN_BASE_URL");
    let answer = client.batch().jobs().create_once(&job("Hello"), &Marker::random()).await;
    made(&client, answer).await
}

async fn two_statuses(client: &Client) -> Seen {
    done(client, &job("Hello").metadata("suite", "two")).await?;
    let jobs = client.batch().jobs();
    let stopped = jobs.create(&job("Hello").metadata("suite", "two")).await?;
    jobs.cancel(&stopped.id).await?;
    jobs.wait(&stopped.id, Poll::default()).await?;
    let both = ListBatchJobs::default().status(BatchJobStatus::Success).status(BatchJobStatus::Cancelled);
    Ok(format!("{} of 2 found", found(client, both.metadata("suite", "two")).await?))
}

async fn note_like_a_parameter(client: &Client) -> Seen {
    client.batch().jobs().create(&job("Hello").metadata("suite", "one").metadata("page", "9")).await?;
    let filter = ListBatchJobs::default().metadata("suite", "one").metadata("page", "9");
    match found(client, filter).await {
        Ok(found) => Ok(format!("{found} of 1 found")),
        // Refused before anything is sent.
        Err(error) if error.status().is_none() => Ok("refused, with the reason".to_owned()),
        Err(error) => Err(error),
    }
}

async fn upload(client: &Client) -> Seen {
    let file = client.files().upload(Upload::bytes("été \"1\".jsonl", "{}\n"), FilePurpose::Batch).await?;
    Ok(format!("kept as `{}` for {}", client.files().get(&file.id).await?.filename, file.purpose))
}

async fn by_lines(client: &Client) -> Seen {
    let done = done(client, &job("one\u{2028}two")).await?;
    let content = client.files().download(done.output_file.unwrap()).await?.bytes().await?;
    let lines = content.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count();
    Ok(format!("{lines} lines for 1 result"))
}

async fn by_results(client: &Client) -> Seen {
    let done = done(client, &job("one\u{2028}two")).await?;
    let outcomes: Vec<Outcome> = client.batch().jobs().results(&done).try_collect().await?;
    let read = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Result(_))).count();
    Ok(format!("{read} of 1 result read"))
}

async fn unknown_status(client: &Client) -> Seen {
    let jobs = client.batch().jobs();
    let job = jobs.create(&job("Hello")).await?;
    Ok(format!("read as {}", jobs.get(&job.id).await?.status))
}

async fn broken_download(client: &Client) -> Seen {
    let content = "{\"n\": 1}\n".repeat(1_000);
    let file = client.files().upload(Upload::bytes("a.jsonl", content.clone()), FilePurpose::Batch).await?;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    client.files().download(&file.id).await?.save(&path).await?;
    let read = std::fs::read(path).unwrap();
    let whole = read == content.as_bytes();
    Ok(if whole { "whole".to_owned() } else { format!("{} of {} bytes, without an error", read.len(), content.len()) })
}
