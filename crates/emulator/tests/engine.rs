//! The answers of the engine built in, one endpoint at a time.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod common;

use common::Api;
use mistral_emulator::{Answer, Engine, Inference, Pace};
use mistral_models::BatchEndpoint;
use serde_json::{Value, json};

/// The answers to `bodies`, in their order.
async fn ask(endpoint: &str, model: &str, bodies: &[Value]) -> Vec<(u64, Value)> {
    let api = Api::with(|builder| builder.pace(Pace::instant()));
    let requests: Vec<_> =
        bodies.iter().enumerate().map(|(n, body)| json!({"custom_id": n.to_string(), "body": body})).collect();
    let id = api.create(json!({"endpoint": endpoint, "model": model, "requests": requests})).await;
    let job = api.job(&id).await;
    assert_eq!(job["status"], "SUCCESS", "{job}");
    let mut outputs = job["outputs"].as_array().unwrap().clone();
    outputs.sort_by_key(|line| line["custom_id"].as_str().unwrap().parse::<u32>().unwrap());
    outputs
        .into_iter()
        .map(|mut line| (line["response"]["status_code"].as_u64().unwrap(), line["response"]["body"].take()))
        .collect()
}

async fn ask_one(endpoint: &str, model: &str, body: Value) -> Value {
    let (status, body) = ask(endpoint, model, &[body]).await.remove(0);
    assert_eq!(status, 200, "{body}");
    body
}

fn user(content: &str) -> Value {
    json!([{"role": "user", "content": content}])
}

#[tokio::test]
async fn chat() {
    let body =
        json!({"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Déjà vu ☕"}]});
    insta::assert_json_snapshot!("chat", ask_one("/v1/chat/completions", "mistral-small-latest", body).await);
}

#[tokio::test]
async fn chat_answers_in_json_when_asked_to() {
    let schema = json!({"type": "object", "properties": {"result": {"type": "integer"}, "why": {"type": "string"}}});
    let bodies = [
        json!({"messages": user("2 + 2?"), "response_format": {"type": "json_schema", "json_schema": {"name": "sum", "schema": schema}}}),
        json!({"messages": user("2 + 2?"), "response_format": {"type": "json_object"}, "max_tokens": 1}),
    ];
    let contents: Vec<Value> = ask("/v1/chat/completions", "mistral-small-latest", &bodies)
        .await
        .iter()
        .map(|(_, body)| serde_json::from_str(body["choices"][0]["message"]["content"].as_str().unwrap()).unwrap())
        .collect();
    let words = "[emulator] No model was asked. Your last message was: 2 + 2?";
    assert_eq!(contents, [json!({"result": 0, "why": words}), json!({"emulator": words})]);
}

#[tokio::test]
async fn chat_calls_a_tool_when_it_must() {
    let tool = |name: &str| json!({"type": "function", "function": {"name": name, "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}});
    let body = |choice: Value| json!({"messages": user("Weather?"), "tools": [tool("first"), tool("second")], "tool_choice": choice});
    let named = json!({"type": "function", "function": {"name": "second"}});
    let answers = ask(
        "/v1/chat/completions",
        "mistral-small-latest",
        &[body(json!("any")), body(named), body(json!("auto")), body(json!("none"))],
    )
    .await;
    let called = |at: usize| answers[at].1.pointer("/choices/0/message/tool_calls/0/function").cloned();
    assert_eq!(called(0), Some(json!({"name": "first", "arguments": "{\"city\":\"[emulator] Weather?\"}"})));
    assert_eq!(called(1).unwrap()["name"], "second");
    assert_eq!(answers[1].1["choices"][0]["finish_reason"], "tool_calls");
    assert_eq!((called(2), called(3)), (None, None));
}

#[tokio::test]
async fn chat_gives_as_many_choices_and_tokens_as_asked() {
    let body = json!({"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}, {"type": "image_url", "image_url": "x"}]}], "n": 2, "max_tokens": 3});
    let answer = ask_one("/v1/chat/completions", "mistral-small-latest", body).await;
    assert_eq!(answer["choices"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&answer["choices"][1]["message"]["content"], &answer["choices"][1]["finish_reason"]),
        (&json!("[emulator] N"), &json!("length"))
    );
    assert_eq!(answer["usage"], json!({"prompt_tokens": 1, "completion_tokens": 6, "total_tokens": 7}));
}

#[tokio::test]
async fn fim() {
    let body = json!({"prompt": "fn main() {", "suffix": "}"});
    insta::assert_json_snapshot!("fim", ask_one("/v1/fim/completions", "codestral-latest", body).await);
}

#[tokio::test]
async fn embeddings() {
    let body = json!({"input": ["first", "second"], "output_dimension": 4});
    insta::assert_json_snapshot!("embeddings", ask_one("/v1/embeddings", "mistral-embed", body).await);
    let body = ask_one("/v1/embeddings", "mistral-embed", json!({"input": "one string"})).await;
    assert_eq!(body["data"][0]["embedding"].as_array().unwrap().len(), 1_024);
}

#[tokio::test]
async fn moderations() {
    let body = json!({"input": ["is this fine?"]});
    insta::assert_json_snapshot!("moderations", ask_one("/v1/moderations", "mistral-moderation-latest", body).await);
}

#[tokio::test]
async fn chat_moderations_take_one_conversation_or_several() {
    let bodies = [json!({"input": user("hello")}), json!({"input": [user("hello"), user("bye")]})];
    let answers = ask("/v1/chat/moderations", "mistral-moderation-latest", &bodies).await;
    let results = |at: usize| answers[at].1["results"].as_array().unwrap();
    assert_eq!((results(0).len(), results(1).len()), (1, 2));
    assert_eq!(results(0)[0], results(1)[0]);
}

#[tokio::test]
async fn classifications() {
    let body = json!({"input": ["great", "awful"]});
    insta::assert_json_snapshot!("classifications", ask_one("/v1/classifications", "open-mistral-7b", body).await);
}

#[tokio::test]
async fn chat_classifications_take_one_conversation_or_several() {
    let bodies = [
        json!({"input": {"messages": user("great")}}),
        json!({"input": [{"messages": user("great")}, {"messages": user("awful")}]}),
    ];
    let answers = ask("/v1/chat/classifications", "open-mistral-7b", &bodies).await;
    assert_eq!(answers[0].1["results"][0], answers[1].1["results"][0]);
    assert_eq!(answers[1].1["results"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn ocr() {
    let annotation = json!({"type": "json_schema", "json_schema": {"schema": {"type": "object", "properties": {"result": {"type": "integer"}}}}});
    let body = json!({
        "document": {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
        "document_annotation_format": annotation, "pages": [0, 1],
    });
    insta::assert_json_snapshot!("ocr", ask_one("/v1/ocr", "mistral-ocr-latest", body).await);
    let body = json!({"document": {"document_url": "https://files.example.com/a.pdf"}});
    let answer = ask_one("/v1/ocr", "mistral-ocr-latest", body).await;
    assert_eq!(answer["usage_info"], json!({"pages_processed": 1, "doc_size_bytes": null}));
    assert_eq!(answer["document_annotation"], Value::Null);
}

#[tokio::test]
async fn conversations() {
    let body = json!({"inputs": "Say hello."});
    insta::assert_json_snapshot!("conversations", ask_one("/v1/conversations", "mistral-small-latest", body).await);
}

#[tokio::test]
async fn transcriptions() {
    let body = json!({"file_url": "https://files.example.com/a.mp3", "language": "en"});
    insta::assert_json_snapshot!(
        "transcriptions",
        ask_one("/v1/audio/transcriptions", "voxtral-mini-latest", body).await
    );
}

#[tokio::test]
async fn every_endpoint_refuses_what_it_cannot_work_on() {
    let cases: [(&str, &[Value]); 10] = [
        (
            "/v1/chat/completions",
            &[
                json!({}),
                json!({"messages": "hi"}),
                json!({"messages": [{"role": "boss"}]}),
                json!({"messages": user("a"), "n": 0}),
            ],
        ),
        ("/v1/fim/completions", &[json!({}), json!({"prompt": 1}), json!({"prompt": "a", "stream": true})]),
        (
            "/v1/embeddings",
            &[json!({}), json!({"input": []}), json!({"input": [1]}), json!({"input": "a", "output_dimension": 0})],
        ),
        ("/v1/moderations", &[json!({}), json!({"input": null})]),
        ("/v1/chat/moderations", &[json!({}), json!({"input": []}), json!({"input": [[]]})]),
        ("/v1/classifications", &[json!({}), json!({"input": {}})]),
        ("/v1/chat/classifications", &[json!({}), json!({"input": []}), json!({"input": [{}]})]),
        ("/v1/ocr", &[json!({}), json!({"document": {}}), json!({"document": {"file_id": "a"}, "pages": "x"})]),
        ("/v1/conversations", &[json!({}), json!({"inputs": []})]),
        ("/v1/audio/transcriptions", &[json!({}), json!({"file_url": 1})]),
    ];
    assert_eq!(cases.len(), BatchEndpoint::KNOWN.len());
    for (endpoint, bodies) in cases {
        for (at, (status, body)) in ask(endpoint, "mistral-small-latest", bodies).await.into_iter().enumerate() {
            assert_eq!(status, 422, "{endpoint} {}", bodies[at]);
            assert_eq!(body["detail"][0]["loc"][0], "body");
        }
    }
}

#[tokio::test]
async fn every_line_in_the_wire_examples_is_answered() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/wire/jsonl");
    let Ok(files) = std::fs::read_dir(folder) else { return };
    let mut asked = 0;
    for file in files {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let Some(endpoint) = name.strip_prefix("batch_input.").and_then(|rest| rest.strip_suffix(".jsonl")) else {
            continue;
        };
        let endpoint = match endpoint {
            "chat" => "/v1/chat/completions".to_owned(),
            "fim" => "/v1/fim/completions".to_owned(),
            "transcriptions" => "/v1/audio/transcriptions".to_owned(),
            other => format!("/v1/{}", other.replace("chat_", "chat/")),
        };
        let text = std::fs::read_to_string(&path).unwrap();
        let bodies: Vec<_> =
            text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["body"].take()).collect();
        for (status, body) in ask(&endpoint, "mistral-small-latest", &bodies).await {
            assert_eq!(status, 200, "{endpoint}: {body}");
            asked += 1;
        }
    }
    assert!(asked >= 10, "{asked}");
}

#[tokio::test]
async fn an_engine_of_ones_own_answers_instead() {
    struct Teapot;
    impl Engine for Teapot {
        fn answer(&self, inference: &Inference<'_>) -> Answer {
            match inference.body.get("brew") {
                Some(_) => Answer::ok(json!({"model": inference.model})),
                None => Answer::refused(418, "short and stout", "teapot"),
            }
        }
    }
    let api = Api::with(|builder| builder.pace(Pace::instant()).engine(Teapot));
    let job = json!({
        "endpoint": "/v1/chat/completions", "model": "mistral-small-2506",
        "requests": [{"body": {}}, {"body": {"brew": 1}}],
    });
    let id = api.create(job).await;
    let job = api.job(&id).await;
    assert_eq!(job["errors"], json!([{"message": "short and stout", "count": 1}]));
    assert_eq!(job["outputs"][0]["response"], json!({"status_code": 200, "body": {"model": "mistral-small-2506"}}));
}

#[tokio::test]
async fn an_engine_that_panics_fails_the_request_and_nothing_else() {
    struct Fragile;
    impl Engine for Fragile {
        fn answer(&self, inference: &Inference<'_>) -> Answer {
            assert!(inference.body.is_empty(), "a panic on purpose");
            Answer::ok(json!({}))
        }
    }
    let api = Api::with(|builder| builder.pace(Pace::instant()).engine(Fragile));
    let requests = [json!({"body": {}}), json!({"body": {"a": 1}}), json!({"body": {}})];
    let id = api.create(json!({"endpoint": "/v1/ocr", "model": "mistral-ocr-latest", "requests": requests})).await;
    let job = api.job(&id).await;
    assert_eq!((&job["status"], common::counts(&job)), (&json!("SUCCESS"), [3, 3, 2, 1]));
    assert_eq!(job["errors"], json!([{"message": "The engine panicked.", "count": 1}]));
}
