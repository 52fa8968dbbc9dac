//! A job's way from QUEUED to its end, on a clock driven by hand.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod common;

use std::time::Duration;

use common::{Api, chat_line, chat_lines, counts};
use mistral_emulator::Pace;
use serde_json::{Value, json};

#[tokio::test]
async fn a_job_is_queued_then_runs_then_succeeds() {
    let api = Api::new();
    let id = api.chat_job(&chat_lines(20)).await;
    let job = api.job(&id).await;
    assert_eq!((&job["status"], counts(&job)), (&json!("QUEUED"), [0, 0, 0, 0]));
    assert_eq!(job["started_at"], Value::Null);

    api.wait(500);
    let job = api.job(&id).await;
    assert_eq!((&job["status"], counts(&job)), (&json!("RUNNING"), [20, 0, 0, 0]));

    api.wait(450);
    let job = api.job(&id).await;
    assert_eq!((&job["status"], counts(&job)), (&json!("RUNNING"), [20, 9, 9, 0]));
    assert_eq!(job["output_file"], Value::Null);

    api.wait(550);
    let job = api.job(&id).await;
    assert_eq!((&job["status"], counts(&job)), (&json!("SUCCESS"), [20, 20, 20, 0]));
    assert_eq!(job["error_file"], Value::Null);
    assert_eq!(api.results(&job, "output_file").await.len(), 20);
}

#[tokio::test]
async fn what_is_seen_does_not_depend_on_how_often_somebody_looked() {
    let often = Api::new();
    let seldom = Api::new();
    let lines = chat_lines(300);
    let (id, same) = (often.chat_job(&lines).await, seldom.chat_job(&lines).await);
    assert_eq!(id, same);
    for _ in 0..150 {
        often.wait(10);
        often.job(&id).await;
    }
    seldom.wait(1_500);
    let (job, other) = (often.job(&id).await, seldom.job(&id).await);
    assert_eq!(job, other);
    assert_eq!(often.results(&job, "output_file").await, seldom.results(&other, "output_file").await);
}

#[tokio::test]
async fn results_are_the_same_bytes_at_any_pace() {
    let lines: String = (0..700).map(|n| chat_line(&n.to_string(), "hi") + &refused_line(n)).collect();
    let written = async |pace: Pace, step: u64| {
        let api = Api::with(|builder| builder.pace(pace));
        let id = api.chat_job(&lines).await;
        let mut job = api.job(&id).await;
        while job["status"] != "SUCCESS" {
            api.wait(step);
            job = api.job(&id).await;
        }
        let mut files = Vec::new();
        for key in ["output_file", "error_file"] {
            files.push(api.get(&format!("/v1/files/{}/content", job[key].as_str().unwrap())).await.bytes);
        }
        files
    };
    let slow = written(Pace::instant().requests_per_second(100), 333).await;
    assert_eq!(written(Pace::instant(), 1).await, slow);
    assert_eq!(written(Pace::instant().shortest_run(Duration::from_secs(3)), 10).await, slow);
}

#[tokio::test]
async fn one_look_does_so_much_over_all_jobs_and_the_next_goes_on() {
    let api = Api::with(|builder| builder.pace(Pace::instant().queue(Duration::from_secs(1))));
    // Without a model each is refused, which takes the least time.
    let file = api.upload("in.jsonl", &"{\"body\":{}}\n".repeat(60_000)).await.ok();
    for _ in 0..2 {
        api.create(json!({"endpoint": "/v1/moderations", "input_files": [file["id"]]})).await;
    }
    api.wait(1_000);
    let completed = async || {
        let list = api.get("/v1/batch/jobs").await.ok();
        [0, 1].map(|at| list["data"][at]["completed_requests"].as_u64().unwrap())
    };
    let [first, second] = completed().await;
    assert!(first == 60_000 && (1..60_000).contains(&second), "{second}");
    assert_eq!(completed().await, [60_000; 2]);
}

#[tokio::test]
async fn counts_only_grow_and_always_add_up() {
    let api = Api::with(|builder| builder.pace(Pace::default().requests_per_second(100)));
    let lines: String = (0..500).map(|n| chat_line(&n.to_string(), "hi") + &refused_line(n)).collect();
    let id = api.chat_job(&lines).await;
    let mut last = 0;
    loop {
        api.wait(777);
        let job = api.job(&id).await;
        let [total, completed, succeeded, failed] = counts(&job);
        assert_eq!((total, completed), (1_000, succeeded + failed));
        assert!(completed >= last);
        last = completed;
        if job["status"] == "SUCCESS" {
            assert_eq!((succeeded, failed), (500, 500));
            break;
        }
    }
}

fn refused_line(n: u32) -> String {
    format!("{}\n", json!({"custom_id": format!("bad-{n}"), "body": {"messages": []}}))
}

#[tokio::test]
async fn results_come_in_another_order_and_every_id_once() {
    let api = Api::with(|builder| builder.pace(Pace::instant()));
    let id = api.chat_job(&chat_lines(200)).await;
    let job = api.job(&id).await;
    let ids: Vec<_> = api
        .results(&job, "output_file")
        .await
        .iter()
        .map(|line| line["custom_id"].as_str().unwrap().to_owned())
        .collect();
    let in_order: Vec<_> = (0..200).map(|n| format!("q-{n}")).collect();
    assert_ne!(ids, in_order);
    let mut sorted = ids;
    sorted.sort_by_key(|id| id[2..].parse::<u32>().unwrap());
    assert_eq!(sorted, in_order);
}

#[tokio::test]
async fn a_cancelled_job_keeps_what_it_has() {
    let api = Api::new();
    let id = api.chat_job(&chat_lines(1_000)).await;
    api.wait(700);
    let cancel = || async { api.post(&format!("/v1/batch/jobs/{id}/cancel"), Value::Null).await.ok() };
    let job = cancel().await;
    assert_eq!((&job["status"], counts(&job)), (&json!("CANCELLATION_REQUESTED"), [1_000, 200, 200, 0]));

    api.wait(300);
    assert_eq!(cancel().await["status"], "CANCELLATION_REQUESTED");
    api.wait(200);
    let job = api.job(&id).await;
    assert_eq!((&job["status"], counts(&job)), (&json!("CANCELLED"), [1_000, 700, 700, 0]));
    assert_eq!(api.results(&job, "output_file").await.len(), 700);
    assert_eq!(cancel().await, job);
}

#[tokio::test]
async fn a_job_cancelled_in_the_queue_never_starts() {
    let api = Api::with(|builder| builder.pace(Pace::default().queue(Duration::from_secs(60))));
    let id = api.chat_job(&chat_lines(3)).await;
    api.post(&format!("/v1/batch/jobs/{id}/cancel"), Value::Null).await.ok();
    api.wait(90_000);
    let job = api.job(&id).await;
    assert_eq!((&job["status"], counts(&job)), (&json!("CANCELLED"), [0, 0, 0, 0]));
    assert_eq!((&job["started_at"], &job["output_file"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn a_job_out_of_time_keeps_what_it_has() {
    let api = Api::with(|builder| builder.pace(Pace::instant().shortest_run(Duration::from_secs(4 * 3_600))));
    let requests: Vec<_> = (0..8).map(|n| json!({"custom_id": n.to_string(), "body": {"input": "a"}})).collect();
    let id = api
        .create(json!({
            "endpoint": "/v1/embeddings", "model": "mistral-embed", "requests": requests, "timeout_hours": 1,
        }))
        .await;
    api.wait(3_599_000);
    assert_eq!(api.job(&id).await["status"], "RUNNING");
    api.wait(100_000_000);
    let job = api.job(&id).await;
    assert_eq!((&job["status"], counts(&job)), (&json!("TIMEOUT_EXCEEDED"), [8, 2, 2, 0]));
    assert_eq!(job["completed_at"].as_i64().unwrap() - job["started_at"].as_i64().unwrap(), 3_600);
    assert_eq!(job["outputs"].as_array().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn paused_tokio_time_drives_a_job_too() {
    let api = Api::with(|builder| builder.clock(mistral_emulator::TokioClock::new()));
    let id = api.chat_job(&chat_lines(4)).await;
    assert_eq!(api.job(&id).await["status"], "QUEUED");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(counts(&api.job(&id).await), [4, 2, 2, 0]);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(api.job(&id).await["status"], "SUCCESS");
}

#[tokio::test]
async fn a_deleted_input_file_does_not_stop_a_job() {
    let api = Api::new();
    let id = api.chat_job(&chat_lines(4)).await;
    let input = api.job(&id).await["input_files"][0].as_str().unwrap().to_owned();
    api.delete(&format!("/v1/files/{input}")).await.ok();
    api.wait(2_000);
    assert_eq!(api.job(&id).await["status"], "SUCCESS");
}

#[tokio::test]
async fn a_deleted_job_is_gone_and_its_results_stay() {
    let api = Api::with(|builder| builder.pace(Pace::instant()));
    let id = api.chat_job(&chat_lines(4)).await;
    let job = api.job(&id).await;
    let deleted = api.delete(&format!("/v1/batch/jobs/{id}")).await.ok();
    assert_eq!(deleted, json!({"id": id, "object": "batch", "deleted": true}));
    assert_eq!(api.get(&format!("/v1/batch/jobs/{id}")).await.status, 404);
    assert_eq!(api.delete(&format!("/v1/batch/jobs/{id}")).await.status, 404);
    assert_eq!(api.results(&job, "output_file").await.len(), 4);
}
