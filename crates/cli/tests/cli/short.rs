//! Results that are not what the job says: `succeeded + failed + missing` is what was sent, whatever comes back.

use serde_json::{Value, json};

use crate::support::{Folder, Ran, Served};

const FILE: &str = "0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d";

/// Runs the requests `a`, `b`, `c` as a job of a service that plays these faults, and brings its results into their order.
fn run(faults: Value) -> (Folder, Ran) {
    let folder = Folder::new();
    let line = |id: &str| {
        let body = json!({"messages": [{"role": "user", "content": "hi"}]});
        json!({"custom_id": id, "body": body}).to_string() + "\n"
    };
    folder.write("in.jsonl", ["a", "b", "c"].map(line).concat());
    folder.write("faults.json", json!({ "faults": faults }).to_string());
    let served = Served::start(&folder, &["--faults", "faults.json"]);
    let file = served.run(&folder, &["files", "upload", "in.jsonl", "-o", "json"]).expect(0).json();
    let create = ["batch", "create", "--input-file", file["id"].as_str().unwrap(), "-o", "json"];
    let job = served.run(&folder, &create).expect(0).json();
    let id = job["id"].as_str().unwrap();
    served.run(&folder, &["batch", "wait", id]);
    let results = ["batch", "results", id, "--input", "in.jsonl", "--output", "out.jsonl", "-o", "json"];
    let ran = served.run(&folder, &results);
    (folder, ran)
}

/// Downloads that all give these lines, and announce no length.
fn given(lines: &str) -> Value {
    json!({
        "operation": "files.download", "times": "always",
        "answer": {"status": 200, "body": lines, "headers": {"content-length": null}},
    })
}

fn result(id: &str) -> String {
    json!({"id": "r", "custom_id": id, "response": {"status_code": 200, "body": {}}, "error": null}).to_string()
}

/// The ids in the output, each with what stands in place of an answer.
fn output(folder: &Folder) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let lines = folder.read("out.jsonl");
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|line| (text(&line["custom_id"]), text(&line["error"]["type"]))).collect()
}

/// The counts of the report; they add up to what was sent.
#[track_caller]
fn counts(ran: &Ran) -> [u64; 3] {
    let report = ran.json();
    let counts = ["succeeded", "failed", "missing"].map(|key| report[key].as_u64().unwrap());
    assert_eq!((report["requests"].as_u64(), counts.iter().sum()), (Some(3), 3));
    counts
}

#[test]
fn f47_f60_results_that_stay_short_are_written_and_the_missing_named() {
    let (folder, ran) = run(json!([given(&format!("{}\n{}\n", result("c"), result("a")))]));
    let ran = ran.expect(5);
    assert_eq!(counts(&ran), [2, 0, 1]);
    assert!(ran.stderr.contains("1 × the job's results do not mention this request  (b)\n"), "{}", ran.stderr);
    assert!(ran.stderr.contains("the job counts 3 results, but 2 are there"), "{}", ran.stderr);
    let owned = |id: &str, error: &str| (id.to_owned(), error.to_owned());
    assert_eq!(output(&folder), [owned("a", ""), owned("b", "missing_result"), owned("c", "")]);
}

#[test]
fn f59_a_job_that_ended_early_leaves_what_it_did_and_says_why() {
    let patch = json!({
        "status": "TIMEOUT_EXCEEDED", "succeeded_requests": 1, "completed_requests": 1, "output_file": FILE,
        "errors": [{"message": "out of time", "count": 2}],
    });
    let ended = json!({"operation": "batch.jobs.get", "times": "always", "answer": {"patch": patch}});
    let (folder, ran) = run(json!([ended, given(&result("b"))]));
    let ran = ran.expect(3);
    assert_eq!(counts(&ran), [1, 0, 2]);
    assert!(ran.stderr.contains("ended TIMEOUT_EXCEEDED") && ran.stderr.contains("2 × out of time"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("2 × the job ended TIMEOUT_EXCEEDED before this request was answered  (first: a)"),
        "{}",
        ran.stderr
    );
    assert_eq!(output(&folder).len(), 3);
}

#[test]
fn f61_repeated_and_strange_results_are_told_and_overwrite_nothing() {
    let [a, b, c, x] = ["a", "b", "c", "x"].map(result);
    let late = b.replace("200", "500");
    let odd = format!("\u{feff}{c}\r\n\r\n{b}\n\n{x}\n  \n{late}\n{a}");
    let (folder, ran) = run(json!([given(&odd)]));
    let ran = ran.expect(0);
    assert_eq!(counts(&ran), [3, 0, 0]);
    assert!(ran.stderr.contains("1 results repeat an id; the first of each was kept"), "{}", ran.stderr);
    assert!(ran.stderr.contains("1 results belong to no request of the input and were left out"), "{}", ran.stderr);
    let ids: Vec<_> = output(&folder).into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, ["a", "b", "c"]);
}

#[test]
fn f45_a_line_that_cannot_be_read_is_named_and_its_request_is_missing() {
    let (_, ran) = run(json!([given(&format!("{}\n{{\"custom_id\": \"b\", oops\n{}\n", result("a"), result("c")))]));
    let ran = ran.expect(5);
    assert_eq!(counts(&ran), [2, 0, 1]);
    assert!(ran.stderr.contains("warning: line 2 of file "), "{}", ran.stderr);
    assert!(ran.stderr.contains("1 × the result of this request cannot be read  (b)\n"), "{}", ran.stderr);
}

#[test]
fn without_the_input_the_missing_are_counted() {
    let (folder, ran) = run(json!([]));
    let id = ran.expect(0).json()["job_id"].as_str().unwrap().to_owned();
    assert_eq!(output(&folder).len(), 3);

    // The same service is gone, so this one has the job only by its own word.
    let faults = json!([
        {"operation": "batch.jobs.get", "times": "always", "answer": {"status": 200, "body": {
            "id": id, "object": "batch", "input_files": [id], "endpoint": "/v1/chat/completions", "errors": [],
            "status": "SUCCESS", "created_at": 0, "total_requests": 3, "completed_requests": 3,
            "succeeded_requests": 3, "failed_requests": 0, "output_file": FILE,
        }}},
        given(&format!("{}\n", result("a"))),
    ]);
    folder.write("faults.json", json!({ "faults": faults }).to_string());
    let served = Served::start(&folder, &["--faults", "faults.json"]);
    let ran = served.run(&folder, &["batch", "results", &id, "--output", "some.jsonl", "-o", "json"]).expect(5);
    assert_eq!(counts(&ran), [1, 0, 2]);
    assert!(ran.stderr.contains("the job counts 3 results, but 1 are there"), "{}", ran.stderr);
    assert_eq!(folder.read("some.jsonl").lines().count(), 1);
}
