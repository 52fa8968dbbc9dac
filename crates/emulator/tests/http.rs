//! What holds for every request: keys, paths, methods, limits, the ledger.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod common;

use common::Api;
use http::Request;
use http_body_util::Empty;
use mistral_emulator::Pace;
use mistral_models::{Model, ModelCapabilities, ModelCard};
use serde_json::{Value, json};

#[tokio::test]
async fn every_route_of_the_api_needs_a_key() {
    let api = Api::new();
    let id = "0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d";
    let routes = [
        ("POST", "/v1/files".to_owned()),
        ("GET", "/v1/files".to_owned()),
        ("GET", format!("/v1/files/{id}")),
        ("DELETE", format!("/v1/files/{id}")),
        ("GET", format!("/v1/files/{id}/content")),
        ("GET", format!("/v1/files/{id}/url")),
        ("GET", "/v1/batch/jobs".to_owned()),
        ("POST", "/v1/batch/jobs".to_owned()),
        ("GET", format!("/v1/batch/jobs/{id}")),
        ("DELETE", format!("/v1/batch/jobs/{id}")),
        ("POST", format!("/v1/batch/jobs/{id}/cancel")),
        ("GET", "/v1/fine_tuning/jobs".to_owned()),
        ("POST", "/v1/fine_tuning/jobs".to_owned()),
        ("GET", format!("/v1/fine_tuning/jobs/{id}")),
        ("POST", format!("/v1/fine_tuning/jobs/{id}/cancel")),
        ("POST", format!("/v1/fine_tuning/jobs/{id}/start")),
        ("GET", "/v1/models".to_owned()),
        ("GET", "/v1/models/m".to_owned()),
        ("DELETE", "/v1/models/m".to_owned()),
        ("PATCH", "/v1/fine_tuning/models/m".to_owned()),
        ("POST", "/v1/fine_tuning/models/m/archive".to_owned()),
        ("DELETE", "/v1/fine_tuning/models/m/archive".to_owned()),
    ];
    for (method, path) in routes {
        let request = Request::builder().method(method).uri(&path).body(Empty::new()).unwrap();
        let answer = common::collect(api.raw(request).await).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()),
            (401, json!({"detail": "Unauthorized"})),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_refused_in_the_apis_shape() {
    let api = Api::new();
    let unknown = api.get("/v1/chat/completions").await;
    assert_eq!((unknown.status.as_u16(), &unknown.json()["object"]), (404, &json!("error")));
    let method = api.send("PUT", "/v1/files", "", "").await;
    assert_eq!((method.status.as_u16(), &method.json()["object"]), (405, &json!("error")));
    assert_eq!(method.headers["allow"], "GET, POST");
}

#[tokio::test]
async fn every_answer_says_that_this_is_an_emulator() {
    let api = Api::new();
    for path in ["/v1/models", "/nowhere"] {
        assert_eq!(api.get(path).await.headers["x-emulator"], concat!("mistral-emulator/", env!("CARGO_PKG_VERSION")));
    }
}

#[tokio::test]
async fn a_json_body_over_its_limit_is_too_large() {
    let api = Api::new();
    let answer = api.send("POST", "/v1/batch/jobs", "application/json", vec![b' '; (64 << 20) + 1]).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["object"]), (413, &json!("error")));
}

#[tokio::test]
async fn the_ledger_holds_every_request_and_no_key() {
    let api = Api::with(|builder| builder.pace(Pace::instant()));
    let id = api.chat_job(&common::chat_line("a", "hi")).await;
    api.job(&id).await;
    api.get("/v1/batch/jobs?status=SUCCESS&team=blue").await.ok();
    api.get("/nowhere?a=b").await;
    let request = Request::get("/v1/models").body(Empty::new()).unwrap();
    api.raw(request).await;

    let ledger = api.emulator.ledger();
    let seen: Vec<_> = ledger
        .entries()
        .into_iter()
        .map(|entry| {
            let target =
                entry.path.replace(&id, "{id}") + &entry.query.map(|query| format!("?{query}")).unwrap_or_default();
            let key = if entry.authorization { "key" } else { "no key" };
            let operation = entry.operation.unwrap_or("-");
            format!("{operation} {} {target} {key} {} B: {}", entry.method, entry.body_bytes, entry.status.unwrap())
        })
        .collect();
    insta::assert_snapshot!("ledger", seen.join("\n"));
    assert!(!format!("{ledger:?} {:?}", api.emulator).contains(api.key));
    assert_eq!((ledger.requests(), ledger.jobs_created(), ledger.count("batch.jobs.get")), (6, 1, 1));
}

#[tokio::test]
async fn the_counts_of_the_ledger_can_be_read_without_a_key_and_without_a_trace() {
    let faults = r#"{"faults": [{"operation": "*", "times": 2, "answer": {"status": 503}}]}"#;
    let api = Api::with(|builder| {
        builder.faults(mistral_emulator::FaultScript::parse(faults).unwrap()).max_pending_requests(5)
    });
    api.get("/v1/models").await;
    let job = |marker: &str, count: u64| {
        let requests: Vec<_> = (0..count).map(|_| json!({"body": {"input": "a"}})).collect();
        json!({
            "endpoint": "/v1/embeddings", "model": "mistral-embed", "requests": requests,
            "metadata": {"mistral_sdk_once": marker, "team": "blue"},
        })
    };
    let created = async |marker, count| api.post("/v1/batch/jobs", job(marker, count)).await.status.as_u16();
    assert_eq!(created("a", 1).await, 503);
    assert_eq!([created("a", 1).await, created("a", 1).await, created("b", 2).await], [200; 3]);
    assert_eq!(created("c", 2).await, 400);

    let read = async |method: &str| {
        let request = Request::builder().method(method).uri("/emulator/ledger").body(Empty::new()).unwrap();
        common::collect(api.raw(request).await).await
    };
    insta::assert_json_snapshot!("emulator.ledger", read("GET").await.ok());
    let refused = read("DELETE").await;
    assert_eq!((refused.status.as_u16(), &refused.headers["allow"]), (405, &"GET".parse().unwrap()));

    let ledger = api.emulator.ledger();
    assert_eq!(ledger.requests(), 6);
    assert_eq!((ledger.peak_pending_requests(), ledger.refused_for_pending()), (4, 1));
    assert_eq!(ledger.jobs_created_with("mistral_sdk_once"), [("a".to_owned(), 2), ("b".to_owned(), 1)].into());
    assert_eq!(ledger.jobs_created_with("nothing"), [].into());
}

#[tokio::test]
async fn a_request_whose_client_went_away_stays_unanswered_in_the_ledger() {
    let api = Api::new();
    let never = futures_util::stream::pending::<Result<http_body::Frame<bytes::Bytes>, std::io::Error>>();
    let request = Request::post("/v1/batch/jobs")
        .header("authorization", "Bearer key")
        .body(http_body_util::StreamBody::new(never))
        .unwrap();
    let limit = std::time::Duration::from_millis(20);
    assert!(tokio::time::timeout(limit, api.raw(request)).await.is_err());
    assert_eq!(api.emulator.ledger().entries()[0].status, None);
    assert_eq!(api.emulator.ledger().jobs_created(), 0);
}

#[tokio::test]
async fn models_are_listed_and_found_by_id_or_alias() {
    let api = Api::new();
    let list = api.get("/v1/models").await.ok();
    assert_eq!(list["object"], "list");
    let types: Vec<_> = list["data"].as_array().unwrap().iter().map(|model| model["type"].as_str().unwrap()).collect();
    assert!(types.contains(&"base") && types.contains(&"fine-tuned"));
    insta::assert_json_snapshot!("models.get", api.get("/v1/models/mistral-small-latest").await.ok());
    let listed = async |query: &str| {
        let list = api.get(&format!("/v1/models?{query}")).await.ok();
        list["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|model| model["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(listed("provider=mistral&model=mistral-small-2506").await, ["mistral-small-latest"]);
    assert_eq!(listed("provider=emulator").await, ["ft:open-mistral-7b:emulator:20250611:3b9f0c52"]);
    assert_eq!(listed("provider=nobody").await.len(), 0);
    assert_eq!(api.get("/v1/models/mistral-embed-2312").await.ok()["id"], "mistral-embed");
    assert_eq!(api.get("/v1/models/gpt").await.status, 404);
}

#[tokio::test]
async fn a_fine_tuned_model_can_be_deleted_and_a_base_model_cannot() {
    let api = Api::new();
    let path = "/v1/models/ft%3Aopen-mistral-7b%3Aemulator%3A20250611%3A3b9f0c52";
    assert_eq!(api.get(path).await.ok()["type"], "fine-tuned");
    let deleted = api.delete(path).await.ok();
    assert_eq!(
        deleted,
        json!({"id": "ft:open-mistral-7b:emulator:20250611:3b9f0c52", "object": "model", "deleted": true})
    );
    assert_eq!((api.get(path).await.status.as_u16(), api.delete(path).await.status.as_u16()), (404, 404));
    let refused = api.delete("/v1/models/mistral-small-latest").await;
    assert_eq!((refused.status.as_u16(), &refused.json()["object"]), (403, &json!("error")));
}

#[tokio::test]
async fn a_catalogue_of_ones_own_takes_the_place_of_the_one_built_in() {
    let card = ModelCard::new("house-model", ModelCapabilities::default());
    let model = Model::Base(Box::new(mistral_models::BaseModel::new(card)));
    let api = Api::with(|builder| builder.pace(Pace::instant()).models([model]));
    assert_eq!(api.get("/v1/models").await.ok()["data"].as_array().unwrap().len(), 1);
    let id = api.chat_job(&common::chat_line("a", "hi")).await;
    assert_eq!(api.job(&id).await["errors"][0]["message"], "Invalid model: mistral-small-latest");
}

#[test]
fn without_a_runtime_the_work_is_done_in_place() {
    let api = Api::with(|builder| builder.pace(Pace::instant()));
    futures_util::future::FutureExt::now_or_never(async {
        let id = api.chat_job(&common::chat_line("a", "hi")).await;
        let job = api.job(&id).await;
        assert_eq!(api.results(&job, "output_file").await.len(), 1);
        assert_eq!(job["metadata"], Value::Null);
    })
    .unwrap();
}
