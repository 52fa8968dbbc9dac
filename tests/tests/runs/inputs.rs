//! Where rows come from, and how they are sent.

use std::io::Cursor;

use futures_util::stream;
use mistral_emulator::{Answer, EchoEngine, Engine, Inference};
use mistral_sdk::runs::Limits;
use mistral_sdk::{BatchRequest, Input, Runs};
use serde_json::{Value, json};

use crate::bench::{Bench, id, line, sums};

#[tokio::test(start_paused = true)]
async fn few_rows_travel_in_the_creation_itself() {
    let bench = Bench::new(json!([]));
    let spec = bench.spec().limits(Limits::default());
    let plan = bench.client.runs().plan(Input::file(bench.input(25)), &spec).await.unwrap();
    assert!(plan.parts.len() == 1 && plan.parts[0].inline, "{plan:?}");
    bench.start(&bench.path("in.jsonl"), spec).await.finish().await.unwrap();
    bench.all_answered(25);
    bench.one_job_a_part(1);
    assert_eq!(bench.count("files.upload"), 0);
}

#[tokio::test(start_paused = true)]
async fn several_files_are_one_input() {
    let bench = Bench::new(json!([]));
    let rows = |rows: std::ops::Range<usize>| rows.map(line).collect::<String>();
    let files = [
        bench.write("a.jsonl", rows(0..7)),
        // No last line end, a mark in front, blank lines and other line ends.
        bench.write("b.jsonl", format!("\u{feff}{}", rows(7..15).trim_end())),
        bench.write("c.jsonl", rows(15..25).replace('\n', "\r\n\n")),
    ];
    let run = bench.client.runs().start(bench.path("run"), Input::files(files), bench.spec()).await.unwrap();
    let report = run.finish().await.unwrap();
    assert_eq!(sums(&report, 25), (25, 0, 0));
    bench.all_answered(25);
    bench.one_job_a_part(3);
    assert_eq!(run.place_of(17).await.unwrap(), Some((bench.path("c.jsonl"), 5)));
}

#[tokio::test(start_paused = true)]
async fn what_can_be_read_only_once_is_kept_in_the_folder_and_survives_there() {
    let bench = Bench::new(json!([]));
    let text: String = (0..25).map(line).collect();
    let run =
        bench.client.runs().start(bench.path("run"), Input::reader(Cursor::new(text)), bench.spec()).await.unwrap();
    drop(run);
    // It is found wherever the folder is.
    std::fs::rename(bench.path("run"), bench.path("moved")).unwrap();
    let run = bench.client.runs().resume(bench.path("moved")).await.unwrap();
    run.finish().await.unwrap();
    bench.all_answered(25);
    bench.one_job_a_part(3);
}

#[tokio::test(start_paused = true)]
async fn requests_of_a_program_are_a_stream() {
    let bench = Bench::new(json!([]));
    let request = |row: usize| {
        BatchRequest::new(id(row), &json!({"messages": [{"role": "user", "content": format!("Question {row}?")}]}))
    };
    let input = Input::requests(stream::iter((0..25).map(request)));
    bench.client.runs().start(bench.path("run"), input, bench.spec()).await.unwrap().finish().await.unwrap();
    bench.all_answered(25);
    bench.one_job_a_part(3);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_fails_begins_no_run() {
    let bench = Bench::new(json!([]));
    let good = BatchRequest::new("a", &json!({"messages": []})).unwrap();
    let input = Input::requests(stream::iter([Ok(good), Err(std::io::Error::other("the source is dry"))]));
    let error = bench.refused(input, bench.spec()).await;
    assert!(error.to_string().contains("the source is dry"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn rows_without_an_id_are_given_one_if_that_is_wanted() {
    let bench = Bench::new(json!([]));
    let body = json!({"messages": [{"role": "user", "content": "Hello"}]});
    let text = format!(
        "{}\n{}\n\n{}\n",
        json!({"body": body}),
        json!({"custom_id": "mine", "body": body}),
        json!({"body": body})
    );
    let input = bench.write("in.jsonl", text);
    let error = bench.refused(Input::file(&input), bench.spec()).await;
    assert!(error.to_string().contains("custom_id"), "{error}");
    bench.start(&input, bench.spec().generate_ids(true)).await.finish().await.unwrap();
    let ids: Vec<_> = bench.output().into_iter().map(|result| result.custom_id.unwrap()).collect();
    assert_eq!(ids, ["row-1", "mine", "row-3"]);
}

#[tokio::test(start_paused = true)]
async fn the_same_body_is_sent_once_and_its_answer_given_to_each() {
    let bench = Bench::new(json!([]));
    // Every question is asked three times, far apart, and one of them once.
    let row = |number: usize| {
        let of = if number == 20 { 99 } else { number % 10 };
        line(of).replacen(&format!("\"{}\"", id(of)), &format!("\"{}\"", id(number)), 1)
    };
    let input = bench.write("in.jsonl", (0..30).map(row).collect::<String>());
    let spec = bench.spec().dedupe(true);
    let plan = bench.client.runs().plan(Input::file(&input), &spec).await.unwrap();
    assert_eq!((plan.rows, plan.sent), (30, 11));
    let report = bench.start(&input, spec).await.finish().await.unwrap();
    assert_eq!(sums(&report, 30), (30, 0, 0));
    assert_eq!(report.usage.requests, 11);
    bench.one_job_a_part(2);
    for (row, result) in bench.in_order(30).iter().enumerate() {
        let of = if row == 20 { 99 } else { row % 10 };
        assert!(result.body().unwrap().get().contains(&format!("Question {of}?")), "{row}: {result:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_arrives_byte_for_byte_as_it_was_written() {
    /// Notes what it is asked.
    struct Noting(std::sync::Arc<std::sync::Mutex<Vec<Value>>>);
    impl Engine for Noting {
        fn answer(&self, inference: &Inference<'_>) -> Answer {
            self.0.lock().unwrap().push(Value::Object(inference.body.clone()));
            EchoEngine.answer(inference)
        }
    }
    let body = r#"{"messages":[{"role":"user","content":"\u00e9 \ud83d\ude00 \\ / é"}],  "temperature": 0.10, "z":1,"a":[1e2 , 2]}"#;
    for limits in [Limits::default(), Limits::default().inline_rows(0)] {
        let noted = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let bench = Bench::with(json!([]), |builder| builder.engine(Noting(noted.clone())));
        let input = bench.write("in.jsonl", format!("  {{\"body\" : {body}, \"custom_id\":\"a\"}}  \n"));
        bench.start(&input, bench.spec().limits(limits)).await.finish().await.unwrap();
        assert_eq!(*noted.lock().unwrap(), [serde_json::from_str::<Value>(body).unwrap()]);
        if limits.inline_rows == 0 {
            let sent = std::fs::metadata(input).unwrap().len();
            assert_eq!(Runs::status(bench.path("run")).await.unwrap().rows, 1);
            assert!(sent > 0);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn parts_are_cut_by_bytes_too() {
    let bench = Bench::new(json!([]));
    let size = line(0).len() as u64;
    let spec = bench.spec().limits(Limits::default().inline_rows(0).part_bytes(3 * size + 5));
    let plan = bench.client.runs().plan(Input::file(bench.input(10)), &spec).await.unwrap();
    assert_eq!(plan.parts.iter().map(|part| part.rows).collect::<Vec<_>>(), [3, 3, 3, 1]);
    assert!(plan.parts.iter().all(|part| part.bytes <= 3 * size + 5));
    bench.start(&bench.path("in.jsonl"), spec).await.finish().await.unwrap();
    bench.all_answered(10);
    bench.one_job_a_part(4);
}
