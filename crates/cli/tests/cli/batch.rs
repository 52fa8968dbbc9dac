//! Jobs handled one step at a time.

use crate::support::{Folder, Served};

/// Uploads the questions and creates a job of them; gives its id.
fn job(served: &Served, folder: &Folder) -> String {
    folder.questions(4);
    let file = served.run(folder, &["files", "upload", "questions.jsonl", "-o", "json"]).expect(0).json();
    let file = file["id"].as_str().unwrap();
    let create = ["batch", "create", "--input-file", file, "--metadata", "team=blue", "-o", "json"];
    let job = served.run(folder, &create).expect(0).json();
    assert_eq!((&job["metadata"]["team"], &job["timeout_hours"]), (&"blue".into(), &serde_json::Value::Null));
    job["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_job_is_created_waited_for_and_read() {
    let folder = Folder::new();
    let served = Served::start(&folder, &[]);
    let id = job(&served, &folder);
    let waited = served.run(&folder, &["batch", "wait", &id, "-o", "jsonl"]).expect(0);
    assert_eq!(waited.json()["status"], "SUCCESS");
    let results = served.run(&folder, &["batch", "results", &id]).expect(0);
    assert_eq!(results.stdout.lines().count(), 4);
    served.run(&folder, &["batch", "results", &id, "--input", "questions.jsonl", "--output", "out.jsonl"]).expect(0);
    let (asked, answered) = (folder.read("questions.jsonl"), folder.read("out.jsonl"));
    for (asked, answered) in asked.lines().zip(answered.lines()) {
        let id = |line| serde_json::from_str::<serde_json::Value>(line).unwrap()["custom_id"].clone();
        assert_eq!(id(asked), id(answered));
    }
    served.run(&folder, &["batch", "delete", &id]).expect(0);
    served.run(&folder, &["batch", "get", &id]).expect(1);
}

#[test]
fn the_results_of_another_input_are_not_written_over_a_file() {
    let served = Served::start(&Folder::new(), &["--queue-time", "1s", "--run-time", "1s"]);
    let folder = Folder::new();
    let job = job(&served, &folder);
    served.run(&folder, &["batch", "wait", &job]).expect(0);
    folder.write("other.jsonl", "{\"custom_id\":\"no such id\",\"body\":{}}\n").write("out.jsonl", "old");
    let results = ["batch", "results", &job, "--input", "other.jsonl", "--output", "out.jsonl", "--force"];
    let refused = served.run(&folder, &results).expect(7);
    assert!(refused.stderr.contains("results belongs to a request of other.jsonl"), "{}", refused.stderr);
    assert_eq!(folder.read("out.jsonl"), "old");
}

#[test]
fn a_job_that_is_cancelled_ends_the_wait_with_its_own_code_and_keeps_what_is_done() {
    let folder = Folder::new();
    let served = Served::start(&folder, &["--run-time", "60s"]);
    let id = job(&served, &folder);
    let early = served.run(&folder, &["batch", "results", &id]).expect(6);
    assert!(early.stderr.contains("there are results when it has ended"), "{}", early.stderr);
    served.run(&folder, &["batch", "wait", &id, "--wait-limit", "1s"]).expect(6);
    served.run(&folder, &["batch", "cancel", &id]).expect(0);
    served.run(&folder, &["batch", "wait", &id]).expect(3);
    served.run(&folder, &["batch", "watch", &id]).expect(3);
    let results = ["batch", "results", &id, "--input", "questions.jsonl", "--output", "out.jsonl"];
    let ran = served.run(&folder, &results).expect(3);
    assert!(ran.stderr.contains("ended CANCELLED"), "{}", ran.stderr);
    let written = folder.read("out.jsonl");
    assert_eq!(written.lines().count(), 4);
    assert!(written.contains("\"type\":\"missing_result\""), "{written}");
}

#[test]
fn a_job_whose_input_the_service_refuses_says_why() {
    let folder = Folder::new();
    let served = Served::start(&folder, &[]);
    folder.write("garbage.jsonl", "garbage\n");
    let file = served.run(&folder, &["files", "upload", "garbage.jsonl", "-o", "json"]).expect(0).json();
    let create = ["batch", "create", "--input-file", file["id"].as_str().unwrap(), "-o", "json"];
    let job = served.run(&folder, &create).expect(0).json();
    let id = job["id"].as_str().unwrap();
    let waited = served.run(&folder, &["batch", "wait", id]).expect(3);
    assert!(waited.stdout.contains("status\tFAILED") && waited.stdout.contains("error\t1 × "), "{}", waited.stdout);
    let results = served.run(&folder, &["batch", "results", id]).expect(3);
    assert!(results.stderr.contains("ended FAILED\n  1 × "), "{}", results.stderr);
}

#[test]
fn inline_requests_need_no_file() {
    let folder = Folder::new();
    let served = Served::start(&folder, &[]);
    folder.questions(2);
    let job = served.run(&folder, &["batch", "create", "--requests", "questions.jsonl", "-o", "json"]).expect(0).json();
    let id = job["id"].as_str().unwrap();
    served.run(&folder, &["batch", "wait", id]).expect(0);
    let inline = served.run(&folder, &["batch", "get", id, "--inline", "-o", "json"]).expect(0).json();
    assert_eq!(inline["outputs"].as_array().map(Vec::len), Some(2));
    // Without asking for them inline, the results come from wherever the service keeps them.
    served.run(&folder, &["batch", "results", id]).expect(0);
}

#[test]
fn jobs_are_listed_by_every_filter_in_every_format() {
    let folder = Folder::new();
    let served = Served::start(&folder, &[]);
    let ids = [job(&served, &folder), job(&served, &folder)];
    let listed = |args: &[&str]| served.run(&folder, &[&["batch", "list"], args].concat()).expect(0);
    let both = listed(&["--metadata", "team=blue", "--mine", "--created-after", "2025-03-01T12:30:00Z"]);
    let row = |line: &str| line.split('\t').map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(both.stdout.lines().map(row).map(|row| row[0].clone()).collect::<Vec<_>>(), [&*ids[1], &ids[0]]);
    assert!(both.stdout.lines().all(|line| row(line).len() == 8), "{}", both.stdout);
    assert_eq!(listed(&["--metadata", "team=red"]).stdout, "");
    assert_eq!(listed(&["--model", "mistral-large-latest"]).stdout, "");
    assert_eq!(listed(&["--status", "FAILED", "--status", "CANCELLED"]).stdout, "");
    let first = listed(&["--order-by", "created", "--page-size", "1", "-o", "json"]);
    assert_eq!((&first.json()["total"], &first.json()["data"][0]["id"]), (&2.into(), &ids[0].as_str().into()));
    assert!(first.stderr.contains("1 of 2 jobs; --page 1 or --all shows more"), "{}", first.stderr);
    let all = listed(&["--page-size", "1", "--all", "-o", "jsonl"]);
    assert_eq!(all.stdout.lines().count(), 2);
}

#[test]
fn watching_prints_each_change() {
    let folder = Folder::new();
    let served = Served::start(&folder, &["--queue-time", "1s"]);
    let id = job(&served, &folder);
    let watched = served.run(&folder, &["batch", "watch", &id, "-o", "jsonl"]).expect(0);
    let states: Vec<_> = watched
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["status"].as_str().unwrap().to_owned())
        .collect();
    assert!(states.len() >= 2 && states.last().is_some_and(|last| last == "SUCCESS"), "{states:?}");
}

#[test]
fn a_job_that_does_not_exist_is_not_waited_for() {
    let folder = Folder::new();
    let wait = ["batch", "wait", "3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11", "--emulator"];
    let ran = folder.run(&wait).expect(1);
    assert!(ran.stderr.contains("404 Not Found") && ran.stderr.contains("starts empty every time"), "{}", ran.stderr);
}

#[test]
fn f37_a_wait_whose_key_is_refused_says_where_it_came_from_and_how_to_go_on() {
    let folder = Folder::new();
    let refused = r#"{"operation": "batch.jobs.get", "nth": 3, "times": "always", "answer": {"status": 401}}"#;
    folder.write("faults.json", format!("{{\"faults\": [{refused}]}}"));
    let served = Served::start(&folder, &["--faults", "faults.json", "--run-time", "1h"]);
    let id = job(&served, &folder);
    let ran = served.run(&folder, &["batch", "wait", &id]).expect(4);
    for part in ["it came from MISTRAL_API_KEY", &format!("To wait for it:  mistral-jobs batch wait {id}")] {
        assert!(ran.stderr.contains(part), "{}", ran.stderr);
    }
}

#[test]
fn models_are_listed_and_shown() {
    let folder = Folder::new();
    let listed = folder.run(&["models", "list", "--emulator", "--quiet"]).expect(0);
    assert!(listed.stdout.lines().any(|line| line.starts_with("mistral-small-latest\tbase\t")), "{}", listed.stdout);
    assert_eq!(listed.stderr, "");
    let shown = folder.run(&["models", "get", "mistral-small-latest", "--emulator", "-o", "jsonl"]).expect(0);
    assert_eq!(shown.json()["id"], "mistral-small-latest");
    let missing = folder.run(&["models", "get", "no-such-model", "--emulator"]).expect(1);
    assert!(missing.stderr.ends_with("help: See what there is: mistral-jobs models list\n"), "{}", missing.stderr);
}

#[test]
fn a_note_that_no_list_can_be_filtered_by_is_warned_of() {
    let folder = Folder::new();
    folder.questions(1);
    let warned = |note: &str| {
        let create = ["batch", "create", "--requests", "questions.jsonl", "--emulator", "--metadata", note];
        folder.run(&create).expect(0).stderr.contains("warning: --metadata: no list can be filtered by \"page\"")
    };
    assert!(warned("page=2") && !warned("team=blue"));
}
