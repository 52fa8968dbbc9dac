//! Creating, listing and reading batch jobs.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod common;

use common::{Api, chat_line, counts};
use mistral_emulator::Pace;
use serde_json::{Value, json};

fn instant() -> Api {
    Api::with(|builder| builder.pace(Pace::instant()))
}

fn requests(count: usize) -> Value {
    (0..count).map(|n| json!({"custom_id": n.to_string(), "body": {"input": "a"}})).collect()
}

#[tokio::test]
async fn a_created_job_is_answered_in_full() {
    let api = Api::new();
    let file = api.upload("in.jsonl", &chat_line("a", "hi")).await.ok();
    let job = json!({
        "endpoint": "/v1/chat/completions", "input_files": [file["id"]], "model": "mistral-small-latest",
        "agent_id": null, "requests": null, "metadata": {"job_type": "nightly"}, "timeout_hours": 48,
    });
    insta::assert_json_snapshot!("batch.jobs.create", api.post("/v1/batch/jobs", job).await.ok());
}

#[tokio::test]
async fn a_finished_job_with_failures_is_answered_in_full() {
    let api = instant();
    let lines = chat_line("good", "hi")
        + "{\"custom_id\":\"no-messages\",\"body\":{\"messages\":[]}}\n"
        + "{\"custom_id\":\"stream\",\"body\":{\"messages\":[{\"role\":\"user\"}],\"stream\":true}}\n"
        + "{\"custom_id\":\"unknown\",\"body\":{\"model\":\"gpt\",\"messages\":[{\"role\":\"user\"}]}}\n"
        + "{\"body\":{\"model\":\"gpt\",\"messages\":[{\"role\":\"user\"}]}}\n"
        + "{\"custom_id\":\"number\",\"body\":{\"n\":1e999}}\n";
    let id = api.chat_job(&lines).await;
    let job = api.job(&id).await;
    insta::assert_json_snapshot!("batch.jobs.get", job);
    let mut failures = api.results(&job, "error_file").await;
    failures.sort_by_key(|line| line["id"].as_str().unwrap().to_owned());
    insta::assert_json_snapshot!("error_file", failures);
    insta::assert_json_snapshot!("output_file", api.results(&job, "output_file").await);

    let file = api.get(&format!("/v1/files/{}", job["error_file"].as_str().unwrap())).await.ok();
    assert_eq!((&file["sample_type"], &file["source"]), (&json!("batch_error"), &json!("mistral")));
    assert_eq!((&file["purpose"], &file["num_lines"]), (&json!("batch"), &json!(5)));
}

#[tokio::test]
async fn an_input_with_a_bad_line_fails_the_job_before_any_work() {
    let api = instant();
    let id = api.chat_job(&(chat_line("a", "hi") + &chat_line("b", "hi") + "{\"custom_id\": \"c\"\n")).await;
    let job = api.job(&id).await;
    assert_eq!((&job["status"], counts(&job)), (&json!("FAILED"), [0, 0, 0, 0]));
    assert_eq!(job["errors"], json!([{"message": "Line 3 is not valid JSON", "count": 1}]));
    assert_eq!((&job["output_file"], &job["error_file"]), (&Value::Null, &Value::Null));
    assert_eq!(job["started_at"], job["completed_at"]);
}

#[tokio::test]
async fn an_empty_input_fails_the_job() {
    let api = instant();
    let id = api.chat_job("\n").await;
    assert_eq!(api.job(&id).await["errors"], json!([{"message": "The input has no requests", "count": 1}]));
    let id = api.create(json!({"endpoint": "/v1/embeddings", "model": "mistral-embed", "requests": []})).await;
    assert_eq!(api.job(&id).await["status"], "FAILED");
}

#[tokio::test]
async fn several_files_make_one_job() {
    let api = instant();
    let one = api.upload("1.jsonl", &chat_line("a", "hi")).await.ok();
    let two = api.upload("2.jsonl", &chat_line("b", "hi")).await.ok();
    let id = api
        .create(json!({
            "endpoint": "/v1/chat/completions", "model": "mistral-small-latest",
            "input_files": [one["id"].as_str().unwrap().to_uppercase(), two["id"]],
        }))
        .await;
    let job = api.job(&id).await;
    assert_eq!(job["input_files"], json!([one["id"], two["id"]]));
    assert_eq!(counts(&job), [2, 2, 2, 0]);
}

#[tokio::test]
async fn results_come_inline_when_asked_for_or_created_inline() {
    let api = instant();
    // Line ends between tokens, as a pretty-printing client sends them.
    let body = "{\"endpoint\": \"/v1/embeddings\", \"model\": \"mistral-embed\", \"requests\": [{\n \"body\":\r\n {\"input\": \"a\"}}, {\"custom_id\": \"b\", \"body\": {}}]}";
    let job = api.send("POST", "/v1/batch/jobs", "application/json", body).await.ok();
    let path = format!("/v1/batch/jobs/{}", job["id"].as_str().unwrap());
    let job = api.get(&path).await.ok();
    assert_eq!(job["input_files"], json!([]));
    assert_eq!(counts(&job), [2, 2, 1, 1]);
    let mut in_files = api.results(&job, "output_file").await;
    in_files.extend(api.results(&job, "error_file").await);
    assert_eq!(job["outputs"].as_array().unwrap(), &in_files);
    let statuses: Vec<_> =
        job["outputs"].as_array().unwrap().iter().map(|line| &line["response"]["status_code"]).collect();
    assert_eq!(statuses, [200, 422]);
    assert_eq!(job["outputs"][0]["custom_id"], Value::Null);
    assert_eq!(api.get(&format!("{path}?inline=true")).await.ok(), job);
    assert_eq!(api.get(&format!("{path}?inline=false")).await.ok()["outputs"], Value::Null);

    let id = api.chat_job(&chat_line("a", "hi")).await;
    assert_eq!(api.job(&id).await["outputs"], Value::Null);
    let inline = api.get(&format!("/v1/batch/jobs/{id}?inline=true")).await.ok();
    assert_eq!(inline["outputs"].as_array().unwrap(), &api.results(&inline, "output_file").await);
    assert_eq!(api.get(&format!("/v1/batch/jobs/{id}?inline=perhaps")).await.status, 422);
}

#[tokio::test]
async fn a_creation_is_refused_with_everything_that_is_wrong() {
    let api = Api::new();
    let refused = async |body: &str| {
        let answer = api.send("POST", "/v1/batch/jobs", "application/json", body.to_owned()).await;
        assert_eq!(answer.status, 422, "{body}");
        let detail = answer.json()["detail"].as_array().unwrap().clone();
        detail.iter().map(|issue| issue["loc"].to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(refused("{}").await, r#"["body","endpoint"] ["body","input_files"]"#);
    assert_eq!(refused("not JSON").await, r#"["body",2]"#);
    assert_eq!(refused("[]").await, r#"["body",0]"#);
    let wrong = json!({
        "endpoint": "/v1/not-yet-known", "input_files": ["x"], "model": 7, "agent_id": [], "timeout_hours": 169,
        "metadata": {"k".repeat(33): "v", "empty": "", "number": 1, "long": "v".repeat(513), "good": "é"},
        "requests": [{}, {"body": 1}, {"body": {}, "custom_id": 1}, 5, {"body": {}}],
    });
    insta::assert_snapshot!("refused_creation", refused(&wrong.to_string()).await.replace("] [", "]\n["));
    let both = json!({"endpoint": "/v1/ocr", "requests": [], "input_files": ["0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d"]});
    assert_eq!(refused(&both.to_string()).await, r#"["body","requests"]"#);
    let missing = json!({"endpoint": "/v1/ocr", "input_files": ["0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d"]});
    assert_eq!(refused(&missing.to_string()).await, r#"["body","input_files",0]"#);
    for hours in [json!(0), json!(-1), json!(1.5), json!("24")] {
        let job = json!({"endpoint": "/v1/ocr", "requests": requests(1), "timeout_hours": hours});
        assert_eq!(refused(&job.to_string()).await, r#"["body","timeout_hours"]"#);
    }
    assert_eq!(api.emulator.ledger().jobs_created(), 0);
}

#[tokio::test]
async fn ten_thousand_inline_requests_are_taken_and_no_more() {
    let api = instant();
    let job = |count| json!({"endpoint": "/v1/moderations", "model": "mistral-moderation-latest", "requests": requests(count)});
    assert_eq!(api.post("/v1/batch/jobs", job(10_001)).await.status, 422);
    let id = api.create(job(10_000)).await;
    let job = api.job(&id).await;
    assert_eq!(counts(&job), [10_000, 10_000, 10_000, 0]);
    assert_eq!(job["outputs"].as_array().unwrap().len(), 10_000);
}

#[tokio::test]
async fn the_pending_limit_counts_what_is_not_done_over_all_jobs() {
    let api = Api::with(|builder| builder.max_pending_requests(10));
    let job = |count| json!({"endpoint": "/v1/embeddings", "model": "mistral-embed", "requests": requests(count)});
    api.create(job(6)).await;
    let refused = api.post("/v1/batch/jobs", job(5)).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.json()["message"], "11 requests would be pending, with 6 of other jobs; the limit is 10.");
    api.create(job(4)).await;
    assert_eq!(api.post("/v1/batch/jobs", job(1)).await.status, 400);
    api.wait(1_000); // half of each is done
    api.create(job(5)).await;
    api.wait(10_000);
    api.create(job(10)).await;
    assert_eq!(api.emulator.ledger().jobs_created(), 4);
}

#[tokio::test]
async fn a_pending_limit_that_is_not_enforced_is_measured() {
    let api = Api::with(|builder| builder.max_pending_requests(10).enforce_pending_limit(false));
    let job = |count| json!({"endpoint": "/v1/embeddings", "model": "mistral-embed", "requests": requests(count)});
    api.create(job(6)).await;
    api.create(job(7)).await;
    api.wait(10_000);
    api.create(job(8)).await;
    let ledger = api.emulator.ledger();
    assert_eq!((ledger.peak_pending_requests(), ledger.refused_for_pending()), (13, 0));
}

#[tokio::test]
async fn a_listing_is_filtered_by_everything_the_api_has() {
    let mut api = Api::new();
    let mut create = async |key: &'static str, seconds: u64, extra: Value| {
        api.key = key;
        api.wait(seconds * 1_000);
        let mut job = json!({"endpoint": "/v1/embeddings", "requests": requests(1)});
        job.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        api.create(job).await
    };
    let a = create("me", 0, json!({"model": "mistral-embed", "metadata": {"team": "blue", "run": "7"}})).await;
    let b = create("you", 100, json!({"agent_id": "ag_1", "metadata": {"team": "blue"}})).await;
    let c = create("me", 100, json!({"model": "codestral-embed"})).await;
    api.key = "me";

    let listed = async |query: &str| {
        let list = api.get(&format!("/v1/batch/jobs{query}")).await.ok();
        list["data"].as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed("").await, [&*c, &*b, &*a]);
    assert_eq!(listed("?page=0&page_size=100&created_by_me=false&order_by=-created").await, [&*c, &*b, &*a]);
    assert_eq!(listed("?order_by=created").await, [&*a, &*b, &*c]);
    assert_eq!(listed("?model=mistral-embed").await, [&*a]);
    assert_eq!(listed("?agent_id=ag_1").await, [&*b]);
    assert_eq!(listed("?team=blue").await, [&*b, &*a]);
    assert_eq!(listed("?run=7&team=blue").await, [&*a]);
    assert_eq!(listed("?team=red").await.len(), 0);
    assert_eq!(listed("?created_by_me=true").await, [&*c, &*a]);
    assert_eq!(listed("?status=QUEUED").await, [&*c]);
    assert_eq!(listed("?status=QUEUED&status=SUCCESS").await, [&*c, &*b, &*a]);
    assert_eq!(listed("?status=RUNNING&status=FAILED").await.len(), 0);
    assert_eq!(listed("?created_after=2026-01-01T00%3A01%3A40Z").await, [&*c]);
    assert_eq!(listed("?created_after=2026-01-01T01%3A01%3A39.500%2B01%3A00").await, [&*c, &*b]);
    assert_eq!(listed("?page=1&page_size=1").await, [&*b]);
    assert_eq!(listed("?page=1&page_size=3").await.len(), 0);
    let list = api.get("/v1/batch/jobs?page_size=1&status=SUCCESS").await.ok();
    assert_eq!((&list["total"], &list["object"]), (&json!(2), &json!("list")));
    assert_eq!(list["data"][0]["outputs"], Value::Null);

    let refused = api.get("/v1/batch/jobs?status=DONE&created_after=now&order_by=up&page_size=0&created_by_me=x").await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.json()["detail"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn a_job_that_is_not_there_is_not_found() {
    let api = Api::new();
    let unknown = "/v1/batch/jobs/6f2d4c1a-0b7e-4d55-9c1e-1a2b3c4d5e6f";
    for answer in
        [api.get(unknown).await, api.delete(unknown).await, api.post(&format!("{unknown}/cancel"), Value::Null).await]
    {
        assert_eq!(answer.status, 404);
        assert_eq!(answer.json()["type"], "not_found_error");
    }
    assert_eq!(api.get("/v1/batch/jobs/nonsense").await.status, 422);
}

#[tokio::test]
async fn a_request_without_any_model_fails_and_an_agent_stands_in_for_one() {
    let api = instant();
    let id = api.create(json!({"endpoint": "/v1/embeddings", "requests": requests(1)})).await;
    let job = api.job(&id).await;
    assert_eq!(job["errors"], json!([{"message": "body.model: Field required", "count": 1}]));
    let id = api.create(json!({"endpoint": "/v1/embeddings", "agent_id": "ag_1", "requests": requests(1)})).await;
    assert_eq!(api.job(&id).await["outputs"][0]["response"]["body"]["model"], "ag_1");
}
