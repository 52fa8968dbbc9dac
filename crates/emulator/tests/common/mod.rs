//! A bare client of the emulator in the same process, and a clock to drive it by.
#![allow(dead_code, reason = "each test file uses its own part of this")]

pub(crate) mod tuning;

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use mistral_emulator::{Body, Builder, Emulator, ManualClock};
use serde_json::{Value, json};
use tower::ServiceExt;

pub(crate) struct Api {
    pub(crate) emulator: Emulator,
    pub(crate) clock: ManualClock,
    pub(crate) key: &'static str,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Bytes,
}

impl Answer {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.headers["content-type"], "application/json");
        serde_json::from_slice(&self.bytes).unwrap()
    }

    /// The body of a 200.
    #[track_caller]
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.bytes));
        self.json()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap()
    }

    /// The lines of a result file.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Api {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    pub(crate) fn with(set: impl FnOnce(Builder) -> Builder) -> Self {
        let clock = ManualClock::default();
        let emulator = set(Emulator::builder().clock(clock.clone())).build().unwrap();
        Self { emulator, clock, key: "canary-key" }
    }

    pub(crate) fn wait(&self, milliseconds: u64) {
        self.clock.advance(Duration::from_millis(milliseconds));
    }

    pub(crate) async fn raw<B>(&self, request: Request<B>) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<tower::BoxError>,
    {
        self.emulator.clone().oneshot(request).await.unwrap()
    }

    pub(crate) async fn send(&self, method: &str, target: &str, content_type: &str, body: impl Into<Bytes>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(target)
            .header("authorization", format!("Bearer {}", self.key))
            .header("content-type", content_type)
            .header("host", "127.0.0.1:8787")
            .body(Full::new(body.into()))
            .unwrap();
        collect(self.raw(request).await).await
    }

    pub(crate) async fn get(&self, target: &str) -> Answer {
        self.send("GET", target, "", "").await
    }

    pub(crate) async fn delete(&self, target: &str) -> Answer {
        self.send("DELETE", target, "", "").await
    }

    pub(crate) async fn post(&self, target: &str, body: Value) -> Answer {
        self.send("POST", target, "application/json", body.to_string()).await
    }

    pub(crate) async fn upload(&self, filename: &str, content: &str) -> Answer {
        self.send("POST", "/v1/files", FORM, form(filename, content, "batch")).await
    }

    /// Uploads `lines` and creates a chat job from them; the job's id.
    pub(crate) async fn chat_job(&self, lines: &str) -> String {
        let file = self.upload("in.jsonl", lines).await.ok();
        let job = json!({
            "endpoint": "/v1/chat/completions", "model": "mistral-small-latest", "input_files": [file["id"]],
        });
        self.create(job).await
    }

    /// Creates a job; its id.
    pub(crate) async fn create(&self, job: Value) -> String {
        let job = self.post("/v1/batch/jobs", job).await.ok();
        assert_eq!(job["status"], "QUEUED");
        job["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn job(&self, id: &str) -> Value {
        self.get(&format!("/v1/batch/jobs/{id}")).await.ok()
    }

    /// The content of the file that `key` of `job` names.
    pub(crate) async fn results(&self, job: &Value, key: &str) -> Vec<Value> {
        let id = job[key].as_str().unwrap();
        self.get(&format!("/v1/files/{id}/content")).await.lines()
    }
}

pub(crate) const FORM: &str = "multipart/form-data; boundary=edge";

pub(crate) fn form(filename: &str, content: &str, purpose: &str) -> String {
    format!(
        "--edge\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\n{purpose}\r\n\
         --edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{filename}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n{content}\r\n--edge--\r\n"
    )
}

pub(crate) fn chat_line(custom_id: &str, content: &str) -> String {
    let line = json!({"custom_id": custom_id, "body": {"messages": [{"role": "user", "content": content}]}});
    format!("{line}\n")
}

pub(crate) fn chat_lines(count: usize) -> String {
    (0..count).map(|number| chat_line(&format!("q-{number}"), "hello")).collect()
}

pub(crate) async fn collect(response: Response<Body>) -> Answer {
    let (head, body) = response.into_parts();
    Answer { status: head.status, headers: head.headers, bytes: body.collect().await.unwrap().to_bytes() }
}

/// The counts of a job: total, completed, succeeded, failed.
pub(crate) fn counts(job: &Value) -> [u64; 4] {
    ["total", "completed", "succeeded", "failed"].map(|name| job[format!("{name}_requests")].as_u64().unwrap())
}

/// The most memory the process has held, in bytes.
pub(crate) fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1_024
}
