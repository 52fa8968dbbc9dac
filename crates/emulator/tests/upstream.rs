//! Jobs whose lines a server answers.
#![allow(clippy::panic, clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod common;

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{Api, chat_line, chat_lines, counts};
use futures_util::future::BoxFuture;
use mistral_emulator::{Pace, TokioClock, Upstream, UpstreamAnswer, UpstreamRequest};
use mistral_models::{ModelId, RawJson};
use serde_json::{Value, json};

/// A server that takes its time, and keeps count.
#[derive(Clone, Default)]
struct Server {
    delay: Duration,
    models: Option<Vec<ModelId>>,
    seen: Arc<Mutex<Vec<UpstreamRequest>>>,
    under_way: Arc<AtomicUsize>,
    most_at_once: Arc<AtomicUsize>,
}

/// Counts down even if the request is dropped.
struct UnderWay(Arc<AtomicUsize>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

impl Server {
    fn slow(delay: Duration) -> Self {
        Self { delay, ..Self::default() }
    }

    fn asked(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    /// An emulator in front of it, by tokio's clock.
    fn api(&self, concurrency: usize) -> Api {
        let pace = Pace::instant().cancel(Duration::from_millis(300));
        Api::with(|builder| builder.clock(TokioClock::new()).pace(pace).upstream(self.clone(), concurrency))
    }
}

impl Upstream for Server {
    fn answer(&self, request: UpstreamRequest) -> BoxFuture<'static, UpstreamAnswer> {
        let this = self.clone();
        Box::pin(async move {
            let now = this.under_way.fetch_add(1, SeqCst) + 1;
            let _count = UnderWay(this.under_way.clone());
            this.most_at_once.fetch_max(now, SeqCst);
            let body: Value = request.body.decode().unwrap();
            this.seen.lock().unwrap().push(request);
            tokio::time::sleep(this.delay).await;
            match body["messages"][0]["content"].as_str() {
                Some("fail") => UpstreamAnswer::refused(503, "Out of memory.", "server_error"),
                Some("panic") => panic!("as asked"),
                _ => UpstreamAnswer::new(200, serde_json::from_str("{\"n\": 1.50,\n \"m\": 0.10}").unwrap()),
            }
        })
    }

    fn models(&self) -> BoxFuture<'static, Option<Vec<ModelId>>> {
        Box::pin(std::future::ready(self.models.clone()))
    }
}

/// Waits until the job has this status.
async fn status(api: &Api, id: &str, status: &str) -> Value {
    for _ in 0..10_000 {
        let job = api.job(id).await;
        if job["status"] == status {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never {status}: {}", api.job(id).await);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_lines_are_answered_without_a_look_and_never_more_at_once_than_allowed() {
    let server = Server::slow(Duration::from_millis(7));
    let api = server.api(8);
    let lines: String =
        (0..500).map(|n| chat_line(&format!("a-{n}"), "hi") + &chat_line(&format!("b-{n}"), "fail")).collect();
    let id = api.chat_job(&lines).await;
    while server.asked() < 1_000 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let job = status(&api, &id, "SUCCESS").await;
    assert_eq!(counts(&job), [1_000, 1_000, 500, 500]);
    assert_eq!(job["errors"], json!([{"message": "Out of memory.", "count": 500}]));
    assert_eq!(server.most_at_once.load(SeqCst), 8);

    let output = job["output_file"].as_str().unwrap();
    let text = api.get(&format!("/v1/files/{output}/content")).await.text().to_owned();
    assert!(text.lines().all(|line| line.contains(r#""body":{"n": 1.50,  "m": 0.10}"#)), "{text}");
    let mut ids: Vec<_> = api.results(&job, "error_file").await.iter().map(|line| line["custom_id"].clone()).collect();
    ids.sort_by_key(|id| id.as_str().unwrap()[2..].parse::<u32>().unwrap());
    assert_eq!(ids, (0..500).map(|n| json!(format!("b-{n}"))).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn the_bound_holds_over_all_jobs_and_those_without_a_place_are_queued() {
    let server = Server::slow(Duration::from_secs(1));
    let api = server.api(2);
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(api.chat_job(&chat_lines(20)).await);
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let mut statuses = Vec::new();
    for id in &ids {
        statuses.push(api.job(id).await["status"].clone());
    }
    assert_eq!(statuses, ["RUNNING", "RUNNING", "QUEUED"]);
    for id in &ids {
        assert_eq!(counts(&status(&api, id, "SUCCESS").await), [20, 20, 20, 0]);
    }
    assert_eq!(server.most_at_once.load(SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn the_server_is_sent_the_line_and_the_jobs_model_whatever_its_name() {
    let server = Server::default();
    let api = server.api(1);
    let lines = r#"{"custom_id":"a","body":{"messages":[]}}
                   {"body":{"model":"own","input": 1.50}}"#;
    let file = api.upload("in.jsonl", lines).await.ok();
    let job = json!({
        "endpoint": "/v1/chat/completions", "model": "llama-on-my-desk", "input_files": [file["id"]],
    });
    let id = api.create(job).await;
    status(&api, &id, "SUCCESS").await;
    let sent: Vec<_> = server.seen.lock().unwrap().iter().map(|request| request.body.get().to_owned()).collect();
    assert_eq!(sent, [r#"{"messages":[],"model":"llama-on-my-desk"}"#, r#"{"model":"own","input": 1.50}"#]);
    assert_eq!(server.seen.lock().unwrap()[0].endpoint.as_str(), "/v1/chat/completions");
    let text = api.get(&format!("/v1/batch/jobs/{id}?inline=true")).await.text().to_owned();
    assert!(text.contains(r#""body":{"n": 1.50,  "m": 0.10}"#), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_job_keeps_what_it_has_and_asks_no_more() {
    let server = Server::slow(Duration::from_millis(200));
    let api = server.api(4);
    let id = api.chat_job(&chat_lines(1_000)).await;
    while server.asked() < 100 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let job = api.post(&format!("/v1/batch/jobs/{id}/cancel"), Value::Null).await.ok();
    assert_eq!(job["status"], "CANCELLATION_REQUESTED");
    let job = status(&api, &id, "CANCELLED").await;
    let [total, completed, succeeded, failed] = counts(&job);
    assert_eq!((total, completed, failed), (1_000, succeeded, 0));
    assert!((50..200).contains(&completed), "{completed}");
    assert_eq!(api.results(&job, "output_file").await.len() as u64, completed);

    tokio::time::sleep(Duration::from_secs(1)).await;
    let asked = server.asked();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!((server.asked(), server.under_way.load(SeqCst)), (asked, 0));
    assert_eq!(api.job(&id).await, job);
}

#[tokio::test(start_paused = true)]
async fn a_job_out_of_time_ends_although_the_server_never_answers() {
    let server = Server::slow(Duration::from_secs(1_000_000));
    let api = server.api(2);
    let requests: Vec<_> = (0..5).map(|_| json!({"body": {"input": "a"}})).collect();
    let id =
        api.create(json!({"endpoint": "/v1/embeddings", "model": "m", "requests": requests, "timeout_hours": 1})).await;
    tokio::time::sleep(Duration::from_secs(3_590)).await;
    assert_eq!(api.job(&id).await["status"], "RUNNING");
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert_eq!(server.under_way.load(SeqCst), 0);
    let job = api.job(&id).await;
    assert_eq!((&job["status"], counts(&job)), (&json!("TIMEOUT_EXCEEDED"), [5, 0, 0, 0]));
}

#[tokio::test(start_paused = true)]
async fn a_deleted_job_and_a_dropped_emulator_ask_no_more() {
    let server = Server::slow(Duration::from_secs(5));
    let api = server.api(2);
    let deleted = api.chat_job(&chat_lines(100)).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(server.under_way.load(SeqCst), 2);
    api.delete(&format!("/v1/batch/jobs/{deleted}")).await.ok();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!((server.asked(), server.under_way.load(SeqCst)), (2, 0));

    let _running = api.chat_job(&chat_lines(100)).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(server.under_way.load(SeqCst), 2);
    drop(api);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!((server.asked(), server.under_way.load(SeqCst)), (4, 0));
}

#[tokio::test(start_paused = true)]
async fn an_upstream_that_panics_fails_its_request_alone() {
    let api = Server::default().api(2);
    let id = api.chat_job(&(chat_line("a", "panic") + &chat_line("b", "hi"))).await;
    let job = status(&api, &id, "SUCCESS").await;
    assert_eq!(counts(&job), [2, 2, 1, 1]);
    assert_eq!(api.results(&job, "error_file").await[0]["response"]["status_code"], 500);
}

#[tokio::test(start_paused = true)]
async fn an_input_that_is_none_fails_the_job_unsent() {
    let server = Server::default();
    let api = server.api(2);
    let id = api.chat_job("{\"body\": 7}\n").await;
    assert_eq!(status(&api, &id, "FAILED").await["errors"][0]["message"], "Line 1: body is not a JSON object");
    assert_eq!(server.asked(), 0);
}

#[tokio::test]
async fn the_models_are_those_of_the_server_if_it_tells_them() {
    let listed = async |models: Option<Vec<ModelId>>| {
        let api = Server { models, ..Server::default() }.api(1);
        let list = api.get("/v1/models").await.ok();
        let ids: Vec<_> = list["data"].as_array().unwrap().iter().map(|model| model["id"].clone()).collect();
        (ids, api.get("/v1/models/llama").await.status.as_u16())
    };
    assert_eq!(listed(Some(vec!["llama".into()])).await, (vec![json!("llama")], 200));
    let (ids, status) = listed(None).await;
    assert!(ids.contains(&json!("mistral-small-latest")) && status == 404);
}

#[test]
fn without_a_runtime_no_job_is_created() {
    let api = Server::default().api(1);
    let requests = json!([{"body": {"input": RawJson::new("a").unwrap()}}]);
    let job = json!({"endpoint": "/v1/embeddings", "model": "m", "requests": requests});
    let refused = futures_util::FutureExt::now_or_never(api.post("/v1/batch/jobs", job)).unwrap();
    assert_eq!(refused.status, 500);
    assert!(refused.text().contains("no tokio runtime"), "{}", refused.text());
    assert_eq!(api.emulator.ledger().jobs_created(), 0);
}
