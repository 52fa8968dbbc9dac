//! What a client makes at a service, kept so that it can be taken away again whatever happens.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Request, Response};
use http_body_util::BodyExt as _;
use mistral_sdk::transport::{Body, Operation};
use mistral_sdk::{BatchJob, Client, Error, Poll, Transport};
use serde_json::Value;
use tower::{BoxError, ServiceExt as _, layer, service_fn};

/// The files and batch jobs that clients made.
#[derive(Debug, Clone, Default)]
pub struct Trail {
    made: Arc<Mutex<Vec<Made>>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Made {
    File(String),
    Job(String),
}

impl Trail {
    /// The same client, whose files and jobs are kept in mind.
    pub fn follow(&self, client: &Client) -> Client {
        let made = Arc::clone(&self.made);
        let layer = layer::layer_fn(move |stack: Transport| {
            let made = Arc::clone(&made);
            service_fn(move |request: Request<Body>| note(stack.clone(), Arc::clone(&made), request))
        });
        client.transport().clone().layer(layer).into()
    }

    /// Takes away what is left, and says what could not be.
    pub async fn clean_up(&self, client: &Client) -> Vec<String> {
        let made = std::mem::take(&mut *self.made.lock().unwrap());
        let mut left = Vec::new();
        for one in made.into_iter().rev() {
            let gone = match &one {
                Made::File(id) => client.files().delete(id.as_str()).await.map(drop),
                Made::Job(id) => discard(client, id).await,
            };
            match gone {
                Err(error) if !error.is_not_found() => left.push(format!("{one:?}: {error}")),
                _ => {}
            }
        }
        left
    }
}

/// Ends a job and deletes it with the files it made.
async fn discard(client: &Client, id: &str) -> Result<(), Error> {
    let jobs = client.batch().jobs();
    let mut job: BatchJob = jobs.get(id).await?;
    if !job.status.is_final() {
        jobs.cancel(id).await?;
        job = jobs.wait(id, Poll::default().limit(Duration::from_secs(120))).await?;
    }
    for file in job.output_file.iter().chain(&job.error_file) {
        match client.files().delete(file).await {
            Err(error) if !error.is_not_found() => return Err(error),
            _ => {}
        }
    }
    jobs.delete(id).await.map(drop)
}

async fn note(
    stack: Transport,
    made: Arc<Mutex<Vec<Made>>>,
    request: Request<Body>,
) -> Result<Response<Body>, BoxError> {
    let operation = request.extensions().get::<Operation>().map(|operation| operation.name().to_owned());
    let make = match operation.as_deref() {
        Some("files.upload") => Made::File,
        Some("batch.jobs.create") => Made::Job,
        _ => return stack.oneshot(request).await,
    };
    let (head, body) = stack.oneshot(request).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    let answer: Option<Value> = serde_json::from_slice(&body).ok();
    if let Some(id) = answer.as_ref().and_then(|answer| answer["id"].as_str()) {
        made.lock().unwrap().push(make(id.to_owned()));
    }
    Ok(Response::from_parts(head, Body::from(body)))
}

#[cfg(test)]
mod tests {
    use mistral_sdk::{BatchEndpoint, BatchRequest, CreateBatchJob, FilePurpose, ListBatchJobs, ListFiles, Upload};
    use serde_json::json;

    use super::*;
    use crate::rig::Rig;

    #[tokio::test(start_paused = true)]
    async fn what_was_left_behind_is_taken_away_and_what_is_gone_already_is_no_error() {
        let client = Rig::new(json!([])).client;
        let trail = Trail::default();
        let followed = trail.follow(&client);
        let request = BatchRequest::new("a", &json!({"messages": [{"role": "user", "content": "Hi"}]})).unwrap();
        let line = serde_json::to_string(&request).unwrap();
        let files = followed.files();
        let upload = |name: &str| files.upload(Upload::bytes(name.to_owned(), line.clone()), FilePurpose::Batch);
        let (kept, deleted) = (upload("kept").await.unwrap(), upload("deleted").await.unwrap());
        files.delete(&deleted.id).await.unwrap();
        let job =
            CreateBatchJob::new(BatchEndpoint::ChatCompletions).model("mistral-small-latest").input_file(&kept.id);
        let job = followed.batch().jobs().create(&job).await.unwrap();
        followed.batch().jobs().wait(&job.id, Poll::default()).await.unwrap();
        let running =
            CreateBatchJob::new(BatchEndpoint::ChatCompletions).model("mistral-small-latest").request(request);
        followed.batch().jobs().create(&running).await.unwrap();

        assert_eq!(trail.clean_up(&client).await, Vec::<String>::new());
        assert!(client.files().list(&ListFiles::default()).await.unwrap().data.is_empty());
        assert!(client.batch().jobs().list(&ListBatchJobs::default()).await.unwrap().data.is_empty());
    }
}
