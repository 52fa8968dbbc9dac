//! The models that fine-tuning jobs make.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod common;

use common::tuning::labelled;
use common::{Api, chat_line};
use mistral_emulator::Pace;
use serde_json::{Value, json};

const BUILT_IN: &str = "ft:open-mistral-7b:emulator:20250611:3b9f0c52";

fn instant() -> Api {
    Api::with(|builder| builder.pace(Pace::instant()))
}

/// Tunes a model; its id.
async fn tuned(api: &Api, more: Value) -> String {
    let id = api.tune(more).await;
    api.tuning_job(&id).await["fine_tuned_model"].as_str().unwrap().to_owned()
}

async fn patch(api: &Api, id: &str, body: &str) -> common::Answer {
    api.send("PATCH", &format!("/v1/fine_tuning/models/{id}"), "application/json", body.to_owned()).await
}

#[tokio::test]
async fn a_model_is_named_after_its_base_its_suffix_the_day_and_its_job() {
    let api = instant();
    let job = api.tune(json!({"suffix": "mine"})).await;
    // Listed without anybody having looked at the job.
    let list = api.get("/v1/models?provider=emulator").await.ok();
    let model = &list["data"][1];
    assert_eq!(model["id"], format!("ft:open-mistral-7b:mine:20260101:{}", &job[..8]));
    let expected = (json!("fine-tuned"), json!("open-mistral-7b"), json!(job), json!(false));
    assert_eq!(
        (&model["type"], &model["root"], &model["job"], &model["archived"]),
        (&expected.0, &expected.1, &expected.2, &expected.3)
    );
    assert_eq!(model["capabilities"]["completion_chat"], true);

    let unnamed = tuned(&api, json!({})).await;
    assert!(unnamed.starts_with("ft:open-mistral-7b:e3a1b2c4:20260101:"), "{unnamed}");
    let file = api.training_file(&labelled(10)).await;
    let classifier = json!({"job_type": "classifier", "model": "ministral-3b-latest", "training_files": [file]});
    let classifier = tuned(&api, classifier).await;
    assert!(classifier.starts_with("ft:classifier:ministral-3b-latest:e3a1b2c4:20260101:"), "{classifier}");
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_empties_what_is_null() {
    let api = instant();
    let id = tuned(&api, json!({"suffix": "mine"})).await;
    let updated = patch(&api, &id, r#"{"name": "Support", "description": "For customers"}"#).await.ok();
    insta::assert_json_snapshot!("models.update", updated);
    let after = async |body: &str| {
        let model = patch(&api, &id, body).await.ok();
        (model["name"].clone(), model["description"].clone())
    };
    assert_eq!(after("{}").await, (json!("Support"), json!("For customers")));
    assert_eq!(after(r#"{"description": null}"#).await, (json!("Support"), Value::Null));
    assert_eq!(after(r#"{"description": "x", "name": null}"#).await, (Value::Null, json!("x")));
    assert_eq!(api.get(&format!("/v1/models/{id}")).await.ok()["description"], "x");
    for body in ["", "[]", r#"{"name": 7}"#] {
        assert_eq!(patch(&api, &id, body).await.status, 422, "{body}");
    }
    assert_eq!(after("{}").await, (Value::Null, json!("x")));
}

#[tokio::test]
async fn a_classifier_tells_what_it_tells_apart() {
    let api = instant();
    let file = api.training_file(&labelled(10)).await;
    let id = tuned(&api, json!({"job_type": "classifier", "training_files": [file]})).await;
    let model = patch(&api, &id, "{}").await.ok();
    assert_eq!(model["model_type"], "classifier");
    let target =
        json!({"name": "mood", "labels": ["negative", "positive"], "weight": 1.0, "loss_function": "single_class"});
    assert_eq!(model["classifier_targets"], json!([target]));
    assert_eq!(
        (&model["capabilities"]["classification"], &model["capabilities"]["completion_chat"]),
        (&json!(true), &json!(false))
    );
}

#[tokio::test]
async fn every_target_has_a_loss_function_and_that_of_several_labels_fits_the_data() {
    let api = Api::new();
    let sample = json!({"text": "Late and broken", "labels": {"mood": "negative", "topics": ["delay", "damage"]}});
    let file = api.training_file(&format!("{sample}\n").repeat(10)).await;
    let asked = json!([
        {"name": "mood", "labels": ["negative", "positive"], "weight": 0.5},
        {"name": "topics", "labels": ["delay", "damage"]},
    ]);
    for targets in [asked, Value::Null] {
        let more = json!({"job_type": "classifier", "training_files": [file], "classifier_targets": targets});
        let id = api.tune(more).await;
        let functions = async || {
            let job = api.tuning_job(&id).await;
            let targets = job["classifier_targets"].as_array().unwrap();
            targets.iter().map(|target| target["loss_function"].clone()).collect::<Vec<_>>()
        };
        assert!(functions().await.iter().all(Value::is_string));
        api.wait(10_000);
        assert_eq!(functions().await, ["single_class", "multi_class"]);
    }
}

#[tokio::test]
async fn a_model_is_put_aside_and_fetched_back() {
    let api = instant();
    let id = tuned(&api, json!({})).await;
    let path = format!("/v1/fine_tuning/models/{}/archive", id.replace(':', "%3A"));
    let archived = async || api.get(&format!("/v1/models/{id}")).await.ok()["archived"].clone();
    for _ in 0..2 {
        let answer = api.post(&path, Value::Null).await.ok();
        assert_eq!(answer, json!({"id": id, "object": "model", "archived": true}));
        assert_eq!(archived().await, true);
    }
    assert_eq!(patch(&api, &id, "{}").await.ok()["archived"], true);
    let answer = api.delete(&path).await.ok();
    assert_eq!(answer, json!({"id": id, "object": "model", "archived": false}));
    assert_eq!(archived().await, false);
}

#[tokio::test]
async fn base_models_cannot_be_changed_and_unknown_ones_are_not_found() {
    let api = Api::new();
    for (id, status) in [("mistral-small-latest", 403), ("gpt", 404)] {
        let path = format!("/v1/fine_tuning/models/{id}/archive");
        let answers = [patch(&api, id, "{}").await, api.post(&path, Value::Null).await, api.delete(&path).await];
        for answer in answers {
            assert_eq!((answer.status.as_u16(), &answer.json()["object"]), (status, &json!("error")));
        }
    }
    assert_eq!(patch(&api, BUILT_IN, "{}").await.ok()["root_version"], "mistral-tiny");
}

#[tokio::test]
async fn a_tuned_model_answers_a_batch_until_it_is_deleted() {
    let api = instant();
    let tuning = api.tune(json!({})).await;
    let model = api.tuning_job(&tuning).await["fine_tuned_model"].clone();
    let batch = async || {
        let file = api.upload("in.jsonl", &chat_line("a", "hi")).await.ok();
        let job = json!({"endpoint": "/v1/chat/completions", "model": model, "input_files": [file["id"]]});
        let id = api.create(job).await;
        api.job(&id).await
    };
    let job = batch().await;
    assert_eq!(job["succeeded_requests"], 1);
    assert_eq!(api.results(&job, "output_file").await[0]["response"]["body"]["model"], model);

    let path = format!("/v1/models/{}", model.as_str().unwrap());
    api.delete(&path).await.ok();
    assert_eq!((api.get(&path).await.status.as_u16(), api.delete(&path).await.status.as_u16()), (404, 404));
    assert_eq!(batch().await["errors"][0]["message"], format!("Invalid model: {}", model.as_str().unwrap()));
    // The job remembers what it made.
    assert_eq!(api.tuning_job(&tuning).await["fine_tuned_model"], model);
}
