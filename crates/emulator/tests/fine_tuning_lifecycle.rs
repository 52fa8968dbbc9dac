//! A fine-tuning job's way from QUEUED to its end, on a clock driven by hand.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod common;

use common::Api;
use common::tuning::{JOBS, conversations, labelled};
use mistral_emulator::Pace;
use serde_json::{Value, json};

#[tokio::test]
async fn a_job_is_queued_validated_trained_and_done() {
    let api = Api::new();
    let validation = api.training_file(&conversations(1)).await;
    let id = api.tune(json!({"validation_files": [validation], "suffix": "mine"})).await;
    let mut seen = Vec::new();
    for wait in [0, 499, 1, 499, 1, 500, 499, 1] {
        api.wait(wait);
        let job = api.tuning_job(&id).await;
        let checkpoints = job["checkpoints"].as_array().unwrap().len();
        seen.push((job["status"].as_str().unwrap().to_owned(), checkpoints, job["metadata"].is_null()));
    }
    let at = |status: &str, checkpoints, unknown| (status.to_owned(), checkpoints, unknown);
    assert_eq!(
        seen,
        [
            at("QUEUED", 0, true),
            at("QUEUED", 0, true),
            at("VALIDATING", 0, true),
            at("VALIDATING", 0, true),
            at("RUNNING", 0, false),
            at("RUNNING", 5, false),
            at("RUNNING", 9, false),
            at("SUCCESS", 10, false),
        ]
    );
    assert_eq!(api.statuses(&id).await, ["QUEUED", "VALIDATING", "VALIDATED", "RUNNING", "SUCCESS"]);
    insta::assert_json_snapshot!("fine_tuning.jobs.get", api.tuning_job(&id).await);
}

#[tokio::test]
async fn without_auto_start_a_validated_job_waits_to_be_started() {
    let api = Api::new();
    let id = api.tune(json!({"auto_start": false})).await;
    let start = async || api.post(&format!("{JOBS}/{id}/start"), Value::Null).await;
    for (wait, status) in [(0, "QUEUED"), (500, "VALIDATING")] {
        api.wait(wait);
        let refused = start().await;
        assert_eq!(refused.status, 400);
        let message = format!("The job is {status}; only one that is VALIDATED can be started.");
        assert_eq!(refused.json()["message"], message);
    }
    api.wait(1_000_000);
    let job = api.tuning_job(&id).await;
    assert_eq!((&job["status"], &job["metadata"]["cost_currency"]), (&json!("VALIDATED"), &json!("EUR")));
    assert_eq!(job["metadata"]["estimated_start_time"], Value::Null);

    let started = start().await.ok();
    assert_eq!(started["status"], "RUNNING");
    assert_eq!(start().await.ok(), started);
    api.wait(1_000);
    let done = start().await.ok();
    assert_eq!((&done["status"], &done["auto_start"]), (&json!("SUCCESS"), &json!(false)));
    assert_eq!(done["trained_tokens"], done["metadata"]["train_tokens"]);
}

#[tokio::test]
async fn losses_fall_and_are_the_same_in_every_run_of_a_seed() {
    let course = async |seed| {
        let api = Api::with(|builder| builder.seed(seed));
        let validation = api.training_file(&conversations(1)).await;
        let id = api.tune(json!({"validation_files": [validation], "hyperparameters": {"training_steps": 100}})).await;
        api.wait(10_000);
        api.tuning_job(&id).await
    };
    let (job, same, other) = (course(1).await, course(1).await, course(2).await);
    assert_eq!(job, same);
    assert_ne!(job["checkpoints"], other["checkpoints"]);
    let loss = |at: usize, kind: &str| job["checkpoints"][at]["metrics"][kind].as_f64().unwrap();
    // Newest first.
    assert_eq!(
        (&job["checkpoints"][0]["step_number"], &job["checkpoints"][9]["step_number"]),
        (&json!(100), &json!(10))
    );
    assert!(loss(0, "train_loss") < loss(9, "train_loss") && loss(0, "valid_loss") < loss(9, "valid_loss"));
    assert!(loss(0, "valid_mean_token_accuracy") > loss(9, "valid_mean_token_accuracy"));
}

#[tokio::test]
async fn what_is_seen_does_not_depend_on_how_often_somebody_looked() {
    let (often, seldom) = (Api::new(), Api::new());
    let (id, same) = (often.tune(json!({})).await, seldom.tune(json!({})).await);
    assert_eq!(id, same);
    for _ in 0..250 {
        often.wait(10);
        often.tuning_job(&id).await;
    }
    seldom.wait(2_500);
    assert_eq!(often.tuning_job(&id).await, seldom.tuning_job(&id).await);
}

#[tokio::test]
async fn bad_data_fails_the_validation_and_is_named() {
    let api = Api::new();
    let bad = conversations(2) + "nonsense\n" + "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}\n";
    let file = api.training_file(&bad).await;
    let id = api.tune(json!({"training_files": [file]})).await;
    api.wait(1_000);
    let job = api.tuning_job(&id).await;
    assert_eq!(api.statuses(&id).await, ["QUEUED", "VALIDATING", "FAILED_VALIDATION"]);
    let event = &job["events"][0]["data"];
    let error = event["error"].as_str().unwrap();
    assert!(error.starts_with("2 of 4 samples are invalid, the first on line 3: "), "{error}");
    let problems: Vec<_> = event["problems"].as_array().unwrap().iter().map(|at| (&at["line"], &at["code"])).collect();
    assert_eq!(problems, [(&json!(3), &json!("T108")), (&json!(4), &json!("T310"))]);
    assert_eq!(event["problems"][0]["file_id"], json!(file));
    assert_eq!((&job["metadata"], &job["fine_tuned_model"]), (&Value::Null, &Value::Null));
    assert_eq!(api.post(&format!("{JOBS}/{id}/start"), Value::Null).await.status, 400);
}

#[tokio::test]
async fn as_many_invalid_samples_as_the_job_allows_are_left_out() {
    let api = Api::with(|builder| builder.pace(Pace::instant()));
    let file = api.training_file(&(conversations(9) + "nonsense\n")).await;
    let ends = async |part: f64| {
        let id = api.tune(json!({"training_files": [file], "invalid_sample_skip_percentage": part})).await;
        let job = api.tuning_job(&id).await;
        (job["status"].clone(), job["events"].as_array().unwrap().iter().any(|at| at["data"]["skipped_samples"] == 1))
    };
    assert_eq!(ends(0.0).await, (json!("FAILED_VALIDATION"), false));
    assert_eq!(ends(0.05).await, (json!("FAILED_VALIDATION"), false));
    assert_eq!(ends(0.1).await, (json!("SUCCESS"), true));

    let file = api.training_file("nonsense\n").await;
    let id = api.tune(json!({"training_files": [file], "invalid_sample_skip_percentage": 0.5})).await;
    assert_eq!(api.tuning_job(&id).await["status"], "FAILED_VALIDATION");
}

#[tokio::test]
async fn files_as_a_whole_can_be_wrong() {
    let api = Api::with(|builder| builder.pace(Pace::instant()));
    let good = api.training_file(&conversations(40)).await;
    let large = api.training_file(&conversations(20)).await;
    let empty = api.training_file("\n").await;
    let texts = api.training_file(&labelled(10)).await;
    let targets = json!([{"name": "mood", "labels": ["positive"]}]);
    for (more, code, error) in [
        (json!({"training_files": [empty]}), Some("T114"), "no sample"),
        (json!({"training_files": [texts]}), None, "Samples with labels are for classifiers"),
        (json!({"job_type": "classifier"}), None, "A classifier is trained on samples with labels"),
        (
            json!({"training_files": [texts], "classifier_targets": targets}),
            None,
            "\"negative\" is not a label of the target",
        ),
        (
            json!({"training_files": [good], "validation_files": [large]}),
            Some("T116"),
            "at most 5 % of the training files",
        ),
    ] {
        let id = api.tune(more.clone()).await;
        let job = api.tuning_job(&id).await;
        assert_eq!(job["status"], "FAILED_VALIDATION", "{more}");
        let told = &job["events"][0]["data"];
        let said = told["error"].as_str().unwrap();
        assert!(said.contains(error), "{more}: {said}");
        assert_eq!(told["problems"][0]["code"].as_str(), code, "{more}");
    }

    // What a repository adds to the training data is not known, so there is no limit to compare with.
    let repositories = json!([{"name": "samples", "owner": "acme", "token": "t"}]);
    let more = json!({"training_files": [good], "validation_files": [large], "repositories": repositories});
    let id = api.tune(more).await;
    assert_eq!(api.tuning_job(&id).await["status"], "SUCCESS");
}

#[tokio::test]
async fn a_rate_that_is_far_too_high_fails_half_way() {
    let api = Api::new();
    let id = api.tune(json!({"hyperparameters": {"training_steps": 20, "learning_rate": 0.5}})).await;
    api.wait(1_500);
    let job = api.tuning_job(&id).await;
    assert_eq!((&job["status"], &job["trained_tokens"]), (&json!("FAILED"), &Value::Null));
    let checkpoints = job["checkpoints"].as_array().unwrap();
    assert_eq!((checkpoints.len(), &checkpoints[0]["step_number"]), (5, &json!(10)));
    assert!(job["events"][0]["data"]["error"].as_str().unwrap().contains("diverged"));
}

#[tokio::test]
async fn a_job_can_be_cancelled_in_every_state() {
    for (wait, status, checkpoints) in
        [(0, "QUEUED", 0), (600, "VALIDATING", 0), (5_000, "VALIDATED", 0), (1_450, "RUNNING", 9)]
    {
        let api = Api::new();
        let id = api.tune(json!({"auto_start": status == "RUNNING"})).await;
        api.wait(wait);
        assert_eq!(api.tuning_job(&id).await["status"], status);
        let cancel = async || api.post(&format!("{JOBS}/{id}/cancel"), Value::Null).await.ok();
        assert_eq!(cancel().await["status"], "CANCELLATION_REQUESTED");
        api.wait(499);
        assert_eq!(cancel().await["status"], "CANCELLATION_REQUESTED", "from {status}");
        api.wait(1);
        let job = cancel().await;
        assert_eq!((&job["status"], &job["fine_tuned_model"]), (&json!("CANCELLED"), &Value::Null), "from {status}");
        assert_eq!(job["checkpoints"].as_array().unwrap().len(), checkpoints, "from {status}");
        assert_eq!(job["trained_tokens"].is_u64(), status == "RUNNING");
        let statuses = api.statuses(&id).await;
        assert_eq!(statuses[statuses.len() - 3..], [status, "CANCELLATION_REQUESTED", "CANCELLED"]);
        api.wait(1_000_000);
        assert_eq!(cancel().await, job);
        assert_eq!(api.post(&format!("{JOBS}/{id}/start"), Value::Null).await.status.is_success(), status == "RUNNING");
    }
}

#[tokio::test]
async fn a_job_that_has_ended_is_not_cancelled() {
    let api = Api::with(|builder| builder.pace(Pace::instant()));
    let id = api.tune(json!({})).await;
    let done = api.tuning_job(&id).await;
    assert_eq!(api.post(&format!("{JOBS}/{id}/cancel"), Value::Null).await.ok(), done);
    assert_eq!(done["status"], "SUCCESS");
}

#[tokio::test]
async fn a_file_that_is_deleted_does_not_stop_its_job() {
    let api = Api::new();
    let file = api.training_file(&conversations(10)).await;
    let id = api.tune(json!({"training_files": [file]})).await;
    api.delete(&format!("/v1/files/{file}")).await.ok();
    api.wait(10_000);
    assert_eq!(api.tuning_job(&id).await["status"], "SUCCESS");
}

#[tokio::test]
async fn more_steps_take_longer() {
    let api = Api::with(|builder| builder.pace(Pace::instant().steps_per_second(10)));
    let id = api.tune(json!({"hyperparameters": {"training_steps": 600}})).await;
    let job = api.tuning_job(&id).await;
    assert_eq!((&job["status"], &job["metadata"]["expected_duration_seconds"]), (&json!("RUNNING"), &json!(60)));
    api.wait(59_000);
    assert_eq!(api.tuning_job(&id).await["status"], "RUNNING");
    api.wait(1_000);
    assert_eq!(api.tuning_job(&id).await["status"], "SUCCESS");
}
