//! Creating, listing and refusing fine-tuning jobs, and what one would take.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod common;

use common::tuning::{JOBS, conversations, labelled};
use common::{Api, chat_line};
use mistral_emulator::Pace;
use serde_json::{Value, json};

const NOWHERE: &str = "6f2d4c1a-0b7e-4d55-9c1e-1a2b3c4d5e6f";

#[tokio::test]
async fn a_created_job_is_answered_in_full_and_without_secrets() {
    let api = Api::new();
    let validation = api.training_file(&conversations(1)).await;
    let job = api
        .tuning(json!({
            "validation_files": [validation.to_uppercase()], "suffix": "mine", "auto_start": null, "job_type": "completion",
            "hyperparameters": {"epochs": 2.5, "weight_decay": null}, "invalid_sample_skip_percentage": 0.1,
            "integrations": [{"project": "tuning", "api_key": "canary-".repeat(6).get(..40), "run_name": "run 1"}],
            "repositories": [{"name": "samples", "owner": "acme", "token": "canary-token", "weight": 1.5}],
        }))
        .await;
    let created = api.post(JOBS, job).await;
    assert!(!created.text().contains("canary"));
    insta::assert_json_snapshot!("fine_tuning.jobs.create", created.ok());
    assert_eq!(api.emulator.ledger().fine_tuning_jobs_created(), 1);
    assert!(!format!("{:?}", api.emulator.ledger()).contains("canary"));
}

#[tokio::test]
async fn files_may_be_named_by_their_ids_alone() {
    let api = Api::new();
    let file = api.training_file(&conversations(10)).await;
    let job = json!({"model": "open-mistral-7b", "training_files": [file], "hyperparameters": {}});
    let job = api.post(JOBS, job).await.ok();
    assert_eq!((&job["training_files"], &job["auto_start"]), (&json!([file]), &json!(false)));
    assert_eq!((&job["job_type"], &job["hyperparameters"]["learning_rate"]), (&json!("completion"), &json!(0.0001)));
}

#[tokio::test]
async fn a_creation_is_refused_with_everything_that_is_wrong() {
    let api = Api::new();
    let refused = async |body: Value| {
        let answer = api.post(JOBS, body).await;
        assert_eq!(answer.status, 422, "{}", answer.text());
        answer.json()["detail"].clone()
    };
    let places = async |body: Value| {
        let detail = refused(body).await;
        detail.as_array().unwrap().iter().map(|issue| issue["loc"].to_string()).collect::<Vec<_>>()
    };
    assert_eq!(
        places(json!({})).await,
        [r#"["body","model"]"#, r#"["body","hyperparameters"]"#, r#"["body","training_files"]"#]
    );
    let good = api.tuning(json!({})).await;
    let with = |more: Value| {
        let mut job = good.clone();
        job.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        job
    };
    for (more, place) in [
        (json!({"suffix": "x".repeat(19)}), r#"["body","suffix"]"#),
        (json!({"hyperparameters": {"learning_rate": 2}}), r#"["body","hyperparameters","learning_rate"]"#),
        (json!({"hyperparameters": {"training_steps": 0.5}}), r#"["body","hyperparameters"]"#),
        (json!({"invalid_sample_skip_percentage": 0.6}), r#"["body","invalid_sample_skip_percentage"]"#),
        (json!({"training_files": []}), r#"["body","training_files"]"#),
        (json!({"training_files": ["x"]}), r#"["body","training_files",0]"#),
        (json!({"training_files": [NOWHERE]}), r#"["body","training_files",0]"#),
        (json!({"validation_files": [NOWHERE]}), r#"["body","validation_files",0]"#),
        (json!({"job_type": "FT"}), r#"["body","job_type"]"#),
        (json!({"auto_start": "yes"}), r#"["body","auto_start"]"#),
        (json!({"integrations": [{"type": "other"}]}), r#"["body","integrations",0,"type"]"#),
        (json!({"integrations": [{"project": "p", "api_key": "short"}]}), r#"["body","integrations"]"#),
        (
            json!({"job_type": "completion", "classifier_targets": [{"name": "t", "labels": ["a"]}]}),
            r#"["body","classifier_targets"]"#,
        ),
        (
            json!({"job_type": "classifier", "repositories": [{"name": "n", "owner": "o", "token": "t"}]}),
            r#"["body","repositories"]"#,
        ),
    ] {
        assert_eq!(places(with(more.clone())).await, [place], "{more}");
    }

    for model in ["mistral-embed", "gpt", "ft:open-mistral-7b:emulator:20250611:3b9f0c52"] {
        let detail = refused(with(json!({"model": model}))).await;
        assert_eq!(detail, json!(format!("Model not available for fine-tuning: {model}")));
    }
    let batch = api.upload("in.jsonl", &chat_line("a", "hi")).await.ok();
    let detail = refused(with(json!({"training_files": [batch["id"]]}))).await;
    assert!(detail[0]["msg"].as_str().unwrap().ends_with("has the purpose batch, not fine-tune"), "{detail}");
    assert_eq!(api.emulator.ledger().fine_tuning_jobs_created(), 0);
}

#[tokio::test]
async fn a_job_like_one_under_way_is_refused_and_like_one_that_ended_is_not() {
    let api = Api::new();
    let job = api.tuning(json!({"auto_start": false, "suffix": "twin"})).await;
    let first = api.post(JOBS, job.clone()).await.ok();
    let id = first["id"].as_str().unwrap();
    for (wait, status) in [(0, "QUEUED"), (500, "VALIDATING"), (500, "VALIDATED")] {
        api.wait(wait);
        let refused = api.post(JOBS, job.clone()).await;
        assert_eq!(refused.status, 409);
        assert_eq!(refused.json()["message"], format!("A similar job is {status} already: {id}."));
        assert_eq!(refused.json()["object"], "error");
    }
    api.post(&format!("{JOBS}/{id}/start"), Value::Null).await.ok();
    assert_eq!(api.post(JOBS, job.clone()).await.status, 409);

    let mut other_way = job.clone();
    other_way["auto_start"] = json!(true);
    assert_eq!(api.post(JOBS, other_way).await.status, 409);
    for (key, other) in
        [("suffix", json!("other")), ("model", json!("open-mistral-nemo")), ("hyperparameters", json!({"epochs": 9}))]
    {
        let mut different = job.clone();
        different[key] = other;
        api.post(JOBS, different).await.ok();
    }
    assert_eq!(api.emulator.ledger().fine_tuning_jobs_created(), 4);

    api.wait(1_000);
    assert_eq!(api.tuning_job(id).await["status"], "SUCCESS");
    api.post(JOBS, job).await.ok();
}

#[tokio::test]
async fn a_dry_run_tells_what_a_job_would_take_and_makes_none() {
    let api = Api::new();
    let job = api.tuning(json!({"hyperparameters": {"training_steps": 100, "seq_len": 1000}})).await;
    let answer = api.post(&format!("{JOBS}?dry_run=true"), job.clone()).await.ok();
    insta::assert_json_snapshot!("fine_tuning.jobs.create_dry_run", answer);

    let bad = api.training_file(&("nonsense\n".to_owned() + &conversations(9))).await;
    let answer =
        api.post(&format!("{JOBS}?dry_run=true"), api.tuning(json!({"training_files": [bad]})).await).await.ok();
    let details = answer["details"].as_str().unwrap();
    assert!(details.contains("FAILED_VALIDATION: 1 of 10 samples are invalid, the first on line 1"), "{details}");

    assert_eq!(api.emulator.ledger().fine_tuning_jobs_created(), 0);
    assert_eq!(api.get(JOBS).await.ok()["total"], 0);
    api.post(&format!("{JOBS}?dry_run=false"), job.clone()).await.ok();
    api.post(&format!("{JOBS}?dry_run=true"), job.clone()).await.ok();
    assert_eq!(api.post(&format!("{JOBS}?dry_run=perhaps"), job).await.status, 422);
}

#[tokio::test]
async fn more_data_takes_more_tokens_and_fewer_epochs() {
    let api = Api::new();
    let estimate = async |samples| {
        let file = api.training_file(&conversations(samples)).await;
        let job = api.tuning(json!({"training_files": [file], "hyperparameters": {"training_steps": 50}})).await;
        api.post(&format!("{JOBS}?dry_run=true"), job).await.ok()
    };
    let (little, much) = (estimate(20).await, estimate(200).await);
    assert!(much["data_tokens"].as_u64().unwrap() >= 8 * little["data_tokens"].as_u64().unwrap());
    assert!(much["epochs"].as_f64().unwrap() < little["epochs"].as_f64().unwrap() / 8.0);
    assert_eq!(much["cost"], little["cost"]);
}

#[tokio::test]
async fn a_listing_is_filtered_by_everything_the_api_has() {
    let mut api = Api::new();
    let mut create = async |key: &'static str, seconds: u64, extra: Value| {
        api.key = key;
        api.wait(seconds * 1_000);
        api.tune(extra).await
    };
    let run = |project: &str, name: &str| json!([{"project": project, "api_key": "k".repeat(40), "run_name": name}]);
    let a = create("me", 0, json!({"suffix": "mine", "integrations": run("tuning", "run 1")})).await;
    let b = create("you", 100, json!({"model": "open-mistral-nemo"})).await;
    let c = create("me", 100, json!({"auto_start": false, "integrations": run("other", "run 2")})).await;
    api.wait(1_000);
    api.key = "me";

    let listed = async |query: &str| {
        let list = api.get(&format!("{JOBS}{query}")).await.ok();
        list["data"].as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed("").await, [&*c, &*b, &*a]);
    assert_eq!(listed("?page=0&page_size=100&created_by_me=false").await, [&*c, &*b, &*a]);
    assert_eq!(listed("?model=open-mistral-nemo").await, [&*b]);
    assert_eq!(listed("?created_by_me=true").await, [&*c, &*a]);
    assert_eq!(listed("?status=VALIDATED").await, [&*c]);
    assert_eq!(listed("?status=SUCCESS").await, [&*b, &*a]);
    assert_eq!(listed("?suffix=mine").await, [&*a]);
    assert_eq!(listed("?suffix=min").await.len(), 0);
    assert_eq!(listed("?wandb_project=tuning").await, [&*a]);
    assert_eq!(listed("?wandb_name=run+2").await, [&*c]);
    assert_eq!(listed("?wandb_project=tuning&wandb_name=run%202").await.len(), 0);
    assert_eq!(listed("?created_after=2026-01-01T00%3A01%3A40Z").await, [&*c]);
    assert_eq!(listed("?created_before=2026-01-01T00%3A01%3A40Z").await, [&*a]);
    assert_eq!(listed("?created_after=2026-01-01T00%3A01&created_before=2026-01-01T00%3A02").await, [&*b]);
    assert_eq!(listed("?page=1&page_size=1").await, [&*b]);
    let list = api.get(&format!("{JOBS}?page_size=1&status=SUCCESS")).await.ok();
    assert_eq!((&list["total"], &list["object"]), (&json!(2), &json!("list")));
    assert_eq!((list["data"][0].get("events"), list["data"][0].get("checkpoints")), (None, None));

    let refused = api.get(&format!("{JOBS}?status=DONE&created_after=now&created_before=x&page_size=0")).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.json()["detail"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_job_that_is_not_there_is_not_found() {
    let api = Api::new();
    let unknown = format!("{JOBS}/{NOWHERE}");
    let answers = [
        api.get(&unknown).await,
        api.post(&format!("{unknown}/cancel"), Value::Null).await,
        api.post(&format!("{unknown}/start"), Value::Null).await,
    ];
    for answer in answers {
        assert_eq!((answer.status.as_u16(), &answer.json()["type"]), (404, &json!("not_found_error")));
    }
    assert_eq!(api.get(&format!("{JOBS}/nonsense")).await.status, 422);
}

#[tokio::test]
async fn retired_jobs_are_gone_and_fine_tuned_models_stay() {
    let api = Api::with(|builder| builder.fine_tuning_retired(true));
    let job = api.tuning(json!({})).await;
    let path = format!("{JOBS}/{NOWHERE}");
    let answers = [
        api.get(JOBS).await,
        api.post(JOBS, job.clone()).await,
        api.post(&format!("{JOBS}?dry_run=true"), job).await,
        api.get(&path).await,
        api.post(&format!("{path}/cancel"), Value::Null).await,
        api.post(&format!("{path}/start"), Value::Null).await,
    ];
    for answer in answers {
        assert_eq!((answer.status.as_u16(), &answer.json()["object"]), (410, &json!("error")));
    }
    let tuned = "/v1/fine_tuning/models/ft:open-mistral-7b:emulator:20250611:3b9f0c52";
    assert_eq!(api.send("PATCH", tuned, "application/json", "{}").await.status, 200);
    assert_eq!(api.get("/v1/models").await.status, 200);
}

#[tokio::test]
async fn every_operation_is_counted_and_a_fault_can_be_played_to_it() {
    let script = json!({"faults": [
        {"operation": "fine_tuning.jobs.create", "answer": {"status": 503}},
        {"operation": "fine_tuning.jobs.get", "answer": {"patch": {"status": "FAILED"}}},
    ]});
    let api = Api::with(|builder| builder.pace(Pace::instant()).faults(script.to_string().parse().unwrap()));
    let job = api.tuning(json!({"auto_start": false})).await;
    assert_eq!(api.post(JOBS, job.clone()).await.status, 503);
    let id = api.post(JOBS, job).await.ok()["id"].as_str().unwrap().to_owned();
    assert_eq!(api.tuning_job(&id).await["status"], "FAILED");
    assert_eq!(api.tuning_job(&id).await["status"], "VALIDATED");
    api.post(&format!("{JOBS}/{id}/start"), Value::Null).await.ok();
    api.post(&format!("{JOBS}/{id}/cancel"), Value::Null).await.ok();
    api.get(JOBS).await.ok();

    let ledger = api.emulator.ledger();
    let counts =
        ["create", "get", "start", "cancel", "list"].map(|name| ledger.count(&format!("fine_tuning.jobs.{name}")));
    assert_eq!(counts, [2, 2, 1, 1, 1]);
    assert_eq!((ledger.fine_tuning_jobs_created(), ledger.jobs_created()), (1, 0));
    assert!(ledger.unused_faults().is_empty(), "{:?}", ledger.unused_faults());
}

#[tokio::test]
async fn a_job_with_targets_is_a_classifier() {
    let api = Api::new();
    let file = api.training_file(&labelled(10)).await;
    let targets = json!([{"name": "mood", "labels": ["positive", "negative"]}]);
    let id = api.tune(json!({"training_files": [file], "classifier_targets": targets})).await;
    let job = api.tuning_job(&id).await;
    assert_eq!(job["job_type"], "classifier");
    assert_eq!(job["classifier_targets"][0]["labels"], json!(["positive", "negative"]));
    assert_eq!((job.get("repositories"), job["hyperparameters"].get("fim_ratio")), (None, None));
}
