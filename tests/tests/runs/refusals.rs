//! Inputs and models with which no run is begun.

use mistral_sdk::runs::{InvalidInput, Limits};
use mistral_sdk::{BatchEndpoint, CreateBatchJob, ErrorKind, Input, Spec};
use serde_json::json;

use crate::bench::{Bench, line};

/// What is said of an input that is refused.
async fn said_of(text: impl AsRef<[u8]>) -> String {
    let bench = Bench::new(json!([]));
    let input = bench.write("in.jsonl", text);
    let error = bench.refused(Input::file(&input), bench.spec()).await;
    assert_eq!(error.kind(), ErrorKind::BadInput, "{error}");
    error.to_string()
}

/// Each pair is an input and words that must be said of it.
async fn refused(cases: &[(&[u8], &[&str])]) {
    for (text, words) in cases {
        let said = said_of(text).await;
        for word in *words {
            assert!(said.contains(word), "{word:?} is not in: {said}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn b24_b26_b27_b29_b30_inputs_that_are_no_lines_of_objects() {
    refused(&[
        (b"", &["no requests"]),
        (b"\n  \n\r\n", &["no requests"]),
        (b"[1]\n", &["in.jsonl", "array"]),
        (b"[\n{\"custom_id\": \"a\", \"body\": {}}\n]\n", &["in.jsonl", "one JSON array"]),
        (b"{\n  \"custom_id\": \"a\",\n  \"body\": {}\n}\n", &["in.jsonl", "several lines"]),
        (b"\xff\xfe{\0}\0\n\0", &["UTF-16"]),
        (b"\x1f\x8b\x08\0\0\0", &["gzip"]),
        (b"PK\x03\x04\0\0", &["zip"]),
    ])
    .await;
}

#[tokio::test(start_paused = true)]
async fn b25_b32_to_b41_b45_lines_that_are_no_requests() {
    refused(&[
        (b"not json\n", &["in.jsonl:1:"]),
        (b"{\"custom_id\": \"a\", \"body\": {},}\n", &["in.jsonl:1:"]),
        (b"{\"body\": {}}\n", &["in.jsonl:1", "custom_id"]),
        (b"{\"custom_id\": 7, \"body\": {}}\n", &["in.jsonl:1", "custom_id", "number"]),
        (b"{\"custom_id\": \" \", \"body\": {}}\n", &["in.jsonl:1", "custom_id"]),
        (b"{\"custom_id\": \"a\"}\n", &["in.jsonl:1", "body"]),
        (b"{\"custom_id\": \"a\", \"body\": [1]}\n", &["in.jsonl:1", "body"]),
        (b"{\"custom_id\": \"a\", \"body\": {\"stream\": true}}\n", &["in.jsonl:1", "stream"]),
        (b"{\"custom_id\": \"a\", \"method\": \"POST\", \"url\": \"/v1/x\", \"body\": {}}\n", &["in.jsonl:1"]),
    ])
    .await;
}

#[tokio::test(start_paused = true)]
async fn b25_b34_all_problems_are_counted_and_doubled_ids_are_found_across_files() {
    let bench = Bench::new(json!([]));
    let files = [
        bench.write("a.jsonl", format!("{}{}", line(1), line(2))),
        bench.write("b.jsonl", format!("{}broken\n{}{}", line(3), line(2), line(1))),
    ];
    let error = bench.refused(Input::files(files), bench.spec()).await;
    let cause = std::error::Error::source(&error).and_then(|cause| cause.downcast_ref::<InvalidInput>()).unwrap();
    let problems: Vec<_> = cause.report.problems().iter().map(ToString::to_string).collect();
    assert_eq!(cause.report.total(), 3, "{problems:#?}");
    assert!(problems.iter().any(|problem| problem.contains("b.jsonl:2")), "{problems:#?}");
    assert!(
        problems.iter().any(|problem| problem.contains("b.jsonl:3") && problem.contains("a.jsonl:2")),
        "{problems:#?}"
    );
    assert!(
        problems.iter().any(|problem| problem.contains("b.jsonl:4") && problem.contains("a.jsonl:1")),
        "{problems:#?}"
    );
}

#[tokio::test(start_paused = true)]
async fn b28_b31_b36_marks_line_ends_and_control_characters_are_taken() {
    let bench = Bench::new(json!([]));
    let odd = line(0).replacen("q-0", "q\\u001b[31m-0", 1);
    let text = format!("\u{feff}{}\r\n{}", odd.trim_end(), line(1).trim_end());
    let input = bench.write("in.jsonl", text);
    bench.start(&input, bench.spec()).await.finish().await.unwrap();
    let ids: Vec<_> = bench.output().into_iter().map(|result| result.custom_id.unwrap()).collect();
    assert_eq!(ids, ["q\u{1b}[31m-0", "q-1"]);
}

#[tokio::test(start_paused = true)]
async fn b40_b50_rows_that_name_other_models_or_none() {
    let bench = Bench::new(json!([]));
    let named =
        |model: &str, row: usize| line(row).replacen("\"messages\"", &format!("\"model\":\"{model}\",\"messages\""), 1);
    let mixed = bench.write("in.jsonl", named("ministral-8b-latest", 0) + &line(1));
    let plan = bench.client.runs().plan(Input::file(&mixed), &bench.spec()).await.unwrap();
    assert!(!plan.remarks.is_empty());
    let error = bench.refused(Input::file(&mixed), bench.spec().strict(true)).await;
    assert!(error.to_string().contains("in.jsonl:1"), "{error}");

    let nameless = Spec::new(CreateBatchJob::new(BatchEndpoint::ChatCompletions));
    let error = bench.refused(Input::file(&mixed), nameless.clone()).await;
    assert!(error.to_string().contains("in.jsonl:2"), "{error}");
    let plan =
        bench.client.runs().plan(Input::file(&mixed), &nameless.clone().default_model("mistral-small-latest")).await;
    assert_eq!(plan.unwrap().model.unwrap().as_str(), "mistral-small-latest");
    let same = bench.write("same.jsonl", named("ministral-8b-latest", 0) + &named("ministral-8b-latest", 1));
    let plan = bench.client.runs().plan(Input::file(&same), &nameless).await.unwrap();
    assert_eq!(plan.model.unwrap().as_str(), "ministral-8b-latest");
}

#[tokio::test(start_paused = true)]
async fn b42_a_line_over_the_limit_is_named_with_its_size() {
    let mut text = line(0).into_bytes();
    text.resize(65 << 20, b'x');
    text.push(b'\n');
    let said = said_of(text).await;
    assert!(said.contains("in.jsonl:2"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn b43_b44_what_is_too_much_for_a_job_is_cut_and_limits_out_of_range_are_refused() {
    let bench = Bench::new(json!([]));
    let input = bench.input(3);
    for limits in [
        Limits::default().part_rows(0),
        Limits::default().part_rows(1_000_001),
        Limits::default().part_bytes((512 << 20) + 1),
        Limits::default().pending(0),
        Limits::default().inline_rows(10_001),
    ] {
        let error = bench.refused(Input::file(&input), bench.spec().limits(limits)).await;
        assert!(error.to_string().contains("out of range"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn b46_inputs_that_cannot_be_read() {
    let bench = Bench::new(json!([]));
    let error = bench.refused(Input::file(bench.path("absent.jsonl")), bench.spec()).await;
    assert!(error.to_string().contains("absent.jsonl"), "{error}");
    let error = bench.refused(Input::file(bench.folder.path()), bench.spec()).await;
    assert!(error.to_string().contains("not a regular file"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_job_with_requests_of_its_own_or_with_a_bad_note_is_refused() {
    let bench = Bench::new(json!([]));
    let input = bench.input(3);
    let mut spec = bench.spec();
    spec.job = spec.job.input_file("00000000-0000-4000-8000-000000000000");
    let error = bench.refused(Input::file(&input), spec).await;
    assert!(error.to_string().contains("its input"), "{error}");
    let mut spec = bench.spec();
    spec.job = spec.job.metadata("k".repeat(33), "v");
    bench.refused(Input::file(&input), spec).await;
}

#[tokio::test(start_paused = true)]
async fn models_that_are_not_there_or_cannot_do_it_are_refused_and_a_listing_that_is_down_is_remarked() {
    let bench = Bench::new(json!([]));
    let input = bench.input(3);
    let of = |endpoint, model: &str| Spec::new(CreateBatchJob::new(endpoint).model(model));
    let error = bench.refused(Input::file(&input), of(BatchEndpoint::ChatCompletions, "mistral-smal-latest")).await;
    assert!(error.to_string().contains("did you mean mistral-small-latest"), "{error}");
    let error = bench.refused(Input::file(&input), of(BatchEndpoint::ChatCompletions, "mistral-ocr-latest")).await;
    assert!(error.to_string().contains("completion_chat"), "{error}");

    bench.faults(json!([{"operation": "models.list", "times": "always", "answer": {"status": 503}}]));
    let plan = bench.client.runs().plan(Input::file(&input), &bench.spec()).await.unwrap();
    assert!(plan.remarks.iter().any(|remark| remark.contains("could not be checked")), "{:?}", plan.remarks);
    bench.start(&input, bench.spec()).await.finish().await.unwrap();
    bench.all_answered(3);
}
