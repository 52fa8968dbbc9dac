//! Runs: what is kept in a folder, and the commands that go on with it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{Folder, Ran, Served, ran};

/// Feeds a command.
fn fed(command: &mut Command, input: &str) -> Ran {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It may have ended before it has read all.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn line(id: &str, text: &str) -> String {
    let body = serde_json::json!({"messages": [{"role": "user", "content": text}]});
    serde_json::json!({"custom_id": id, "body": body}).to_string() + "\n"
}

fn ids(text: &str) -> Vec<String> {
    let id = |line| serde_json::from_str::<Value>(line).unwrap()["custom_id"].as_str().unwrap().to_owned();
    text.lines().map(id).collect()
}

fn jobs(served: &Served, folder: &Folder) -> usize {
    served.run(folder, &["batch", "list", "--all"]).expect(0).stdout.lines().count()
}

#[test]
fn several_files_are_one_run_in_their_order() {
    let folder = Folder::new();
    folder.write("one.jsonl", line("a", "1") + &line("b", "2")).write("two.jsonl", line("c", "3"));
    let run = ["batch", "run", "two.jsonl", "one.jsonl", "--output", "out.jsonl", "--emulator", "--part-rows", "2"];
    let ran = folder.run(&run).expect(0);
    assert_eq!(ids(&folder.read("out.jsonl")), ["c", "a", "b"]);
    assert!(ran.stderr.contains("checked 2 files: 3 requests"), "{}", ran.stderr);
    assert!(ran.stderr.contains("2 parts, each of which becomes a job\n"), "{}", ran.stderr);
    assert_eq!(folder.names(), ["one.jsonl", "out.jsonl", "two.jsonl"]);
}

#[test]
fn a_pipe_is_run_and_its_rows_get_ids_when_asked_for() {
    let folder = Folder::new();
    let input = "{\"body\":{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}}\n".repeat(2);
    let run = ["batch", "run", "-", "--output", "-", "--emulator", "--quiet"];
    let ran = fed(&mut folder.command(&[&run[..], &["--generate-ids"]].concat()), &input).expect(0);
    assert_eq!((ids(&ran.stdout), ran.stderr.as_str()), (vec!["row-1".to_owned(), "row-2".to_owned()], ""));
    let refused = fed(&mut folder.command(&run), &input).expect(7);
    assert!(refused.stderr.contains("standard input:1: B301 custom_id is missing"), "{}", refused.stderr);
    assert!(folder.names().is_empty(), "{:?}", folder.names());
}

#[test]
fn a_plan_says_what_a_run_would_do_and_does_nothing() {
    let folder = Folder::new();
    folder.questions(usize::MAX);
    let plan = ["batch", "plan", "questions.jsonl", "--no-model-check", "--part-rows", "10"];
    insta::assert_snapshot!(folder.run(&plan).expect(0).shown());
    let json = folder.run(&[&plan[..], &["-o", "json"]].concat()).expect(0).json();
    assert_eq!((&json["schema_version"], &json["requests"]), (&1.into(), &32.into()));
    assert_eq!(json["parts"].as_array().map(Vec::len), Some(4));
    assert_eq!(folder.names(), ["questions.jsonl"]);
    let refused = folder.run(&[&plan[..], &["--max-cost", "0.000001"]].concat()).expect(8);
    assert!(refused.stderr.contains("a run would be refused: USD"), "{}", refused.stderr);
}

#[test]
fn a_check_groups_problems_by_code_and_needs_nothing() {
    let folder = Folder::new();
    let wrong =
        "{\"custom_id\": 7, \"body\": {}}\nnope\n{\"body\": {}}\n".to_owned() + &line("a", "1") + &line("a", "2");
    folder.write("in.jsonl", wrong).write("good.jsonl", line("b", "1"));
    insta::assert_snapshot!(folder.run(&["batch", "validate", "in.jsonl"]).expect(7).shown());
    let json = folder.run(&["batch", "validate", "in.jsonl", "good.jsonl", "-o", "json"]).expect(7).json();
    assert_eq!((&json["valid"], &json["counts"]["B305"]), (&false.into(), &1.into()));
    folder.run(&["batch", "validate", "good.jsonl"]).expect(0);
    fed(&mut folder.command(&["batch", "validate", "-"]), &line("c", "1")).expect(0);
}

#[test]
fn what_may_cost_too_much_is_refused_and_nothing_is_sent() {
    let folder = Folder::new();
    folder.questions(5);
    let served = Served::start(&folder, &[]);
    let run = ["batch", "run", "questions.jsonl", "--output", "out.jsonl", "--max-cost", "USD 0.000001"];
    let refused = served.run(&folder, &run).expect(8);
    assert!(
        refused.stderr.contains("USD 0.000001 are allowed; nothing was sent\nhelp: Allow more"),
        "{}",
        refused.stderr
    );
    assert_eq!((folder.names(), jobs(&served, &folder)), (vec!["questions.jsonl".to_owned()], 0));
}

#[test]
fn a_detached_run_is_collected_later_and_refuses_a_second_one() {
    let folder = Folder::new();
    folder.questions(6);
    let served = Served::start(&folder, &["--run-time", "2s"]);
    let run = ["batch", "run", "questions.jsonl", "--output", "out.jsonl", "--part-rows", "3", "--detach"];
    let detached = served.run(&folder, &run).expect(0);
    assert!(detached.stderr.contains("submitted 2 jobs, which go on without this command\n"), "{}", detached.stderr);
    assert!(detached.stderr.ends_with("To collect the answers: mistral-jobs run resume out.jsonl.run\n"));

    let again = served.run(&folder, &run).expect(2);
    assert!(
        again.stderr.contains("help: To go on with it: mistral-jobs run resume out.jsonl.run\n"),
        "{}",
        again.stderr
    );
    let status = folder.run(&["run", "status", "out.jsonl.run", "-o", "json"]).expect(0).json();
    assert_eq!(
        (&status["stage"], &status["rows"], &status["schema_version"]),
        (&"waiting".into(), &6.into(), &1.into())
    );
    let listed = folder.run(&["run", "list"]).expect(0).stdout;
    assert!(listed.starts_with("out.jsonl.run\twaiting\t6\t0\t0\t0\t0\t2\t"), "{listed}");
    served.run(&folder, &["run", "clean", "out.jsonl.run"]).expect(2);

    served.run(&folder, &["run", "resume", "out.jsonl.run"]).expect(0);
    assert_eq!((folder.read("out.jsonl").lines().count(), jobs(&served, &folder)), (6, 2));
    assert!(!folder.path("out.jsonl.run").exists());
}

#[test]
fn what_failed_of_something_that_passes_is_sent_again_when_asked_to() {
    let folder = Folder::new();
    folder.write("in.jsonl", line("a", "hi") + &line("b", "hi"));
    let failed = "{\"custom_id\":\"a\",\"response\":{\"status_code\":503,\"body\":{\"message\":\"busy\"}},\"error\":null}\n\
                  {\"custom_id\":\"b\",\"response\":{\"status_code\":200,\"body\":{}},\"error\":null}\n";
    let fault = serde_json::json!({
        "operation": "files.download", "answer": {"status": 200, "body": failed, "headers": {"content-length": null}},
    });
    folder.write("faults.json", serde_json::json!({ "faults": [fault] }).to_string());
    let served = Served::start(&folder, &["--faults", "faults.json"]);
    let run = ["batch", "run", "in.jsonl", "--output", "out.jsonl", "--retries", "0"];
    let first = served.run(&folder, &run).expect(5);
    assert!(first.stderr.contains("1 × 503: busy  (a, in.jsonl:1)\n"), "{}", first.stderr);
    assert!(first.stderr.ends_with("help: To send what failed again: mistral-jobs run retry out.jsonl.run\n"));
    let cost = folder.run(&["run", "cost", "out.jsonl.run"]).expect(0);
    assert!(
        cost.stdout.contains("cost\tabout USD ") && cost.stdout.contains("(an estimate; prices of "),
        "{}",
        cost.stdout
    );

    served.run(&folder, &["run", "retry", "out.jsonl.run"]).expect(0);
    assert!(!folder.read("out.jsonl").contains("503"));
    assert_eq!((ids(&folder.read("out.jsonl")), jobs(&served, &folder)), (vec!["a".to_owned(), "b".to_owned()], 2));
}

#[test]
fn failures_may_be_allowed_and_a_named_folder_stays_until_it_is_cleaned() {
    let folder = Folder::new();
    folder.write("in.jsonl", line("a", "hi") + "{\"custom_id\":\"b\",\"body\":{}}\n");
    let served = Served::start(&folder, &[]);
    let run = ["batch", "run", "in.jsonl", "--output", "out.jsonl", "--run-dir", "kept", "--allow-failures"];
    served.run(&folder, &[&run[..], &["50"]].concat()).expect(0);
    assert_eq!(folder.names(), ["in.jsonl", "kept", "out.jsonl"]);
    served.run(&folder, &["run", "resume", "kept", "--allow-failures", "49"]).expect(5);
    served.run(&folder, &["run", "resume", "kept", "--output", "other.jsonl"]).expect(5);
    assert_eq!(folder.read("other.jsonl"), folder.read("out.jsonl"));
    served.run(&folder, &["run", "clean", "kept", "--folder"]).expect(0);
    assert_eq!(folder.names(), ["in.jsonl", "other.jsonl", "out.jsonl"]);
}

#[test]
fn a_cancelled_run_keeps_what_was_answered_and_says_what_was_not() {
    let folder = Folder::new();
    folder.questions(4);
    let served = Served::start(&folder, &["--run-time", "60s"]);
    served.run(&folder, &["batch", "run", "questions.jsonl", "--output", "out.jsonl", "--detach"]).expect(0);
    let cancelled = served.run(&folder, &["run", "cancel", "out.jsonl.run", "--yes"]).expect(3);
    assert!(cancelled.stderr.contains("cancelled 1 job;"), "{}", cancelled.stderr);
    assert!(cancelled.stderr.contains("ended CANCELLED"), "{}", cancelled.stderr);
    assert_eq!(folder.read("out.jsonl").lines().count(), 4);
    served.run(&folder, &["run", "cancel", "out.jsonl.run"]).expect(2);
}

#[test]
fn events_are_json_lines_for_programs() {
    let folder = Folder::new();
    folder.questions(2);
    let run = ["batch", "run", "questions.jsonl", "--output", "out.jsonl", "--emulator", "--progress", "json"];
    let ran = folder.run(&run).expect(0);
    let events: Vec<Value> = ran.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.last().unwrap()["event"], "done");
}

#[test]
fn a_reader_that_goes_away_loses_no_answers_that_were_paid_for() {
    let folder = Folder::new();
    folder.questions(2);
    let served = Served::start(&folder, &[]);
    let run = ["batch", "run", "questions.jsonl", "--output", "-"];
    let mut child = served.command(&folder, &run).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.ends_with("The answers are kept. To have them: mistral-jobs run resume questions.run --output OUT\n"),
        "{said}"
    );
    served.run(&folder, &["run", "resume", "questions.run", "--output", "out.jsonl"]).expect(0);
    assert_eq!(folder.read("out.jsonl").lines().count(), 2);
}

#[test]
fn the_first_line_is_enough_for_head() {
    let folder = Folder::new();
    folder.questions(3);
    let run = ["batch", "run", "questions.jsonl", "--output", "-", "--emulator", "--quiet"];
    let mut child = folder.command(&run).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(0), ""));
    assert_eq!(ids(&first).len(), 1);
}

#[test]
fn a_folder_without_a_run_is_said_to_have_none() {
    let folder = Folder::new();
    for command in ["status", "cost", "clean"] {
        let refused = folder.run(&["run", command, "nowhere"]).expect(2);
        assert!(refused.stderr.contains("nowhere: no run in this folder"), "{}", refused.stderr);
    }
    let mut resume = folder.command(&["run", "resume", "nowhere"]);
    ran(resume.env("MISTRAL_API_KEY", "key")).expect(2);
    folder.run(&["run", "resume", "nowhere", "--emulator"]).expect(2);
    assert_eq!(folder.run(&["run", "list"]).expect(0).stdout, "");
}

#[test]
fn options_of_a_run_that_cannot_be_carried_out() {
    let folder = Folder::new();
    folder.write("in.jsonl", line("a", "hi")).write("prices.json", "{\"as_of\": \"yesterday\"}");
    let options: [&[&str]; 12] = [
        &["--max-cost", "five"],
        &["--max-cost", "EUR 5"],
        &["--prices", "missing.json"],
        &["--prices", "prices.json"],
        &["--part-rows", "0"],
        &["--part-rows", "2000000"],
        &["--part-bytes", "1 MB"],
        &["--allow-failures", "101"],
        &["--progress", "dots"],
        &["--cleanup", "all"],
        &["--detach", "--emulator"],
        &["-"],
    ];
    let mut shown = String::new();
    for options in options {
        let args = [&["batch", "run", "in.jsonl", "--output", "out.jsonl"], options].concat();
        let refused = folder.run_without_network(&args).expect(2);
        shown.push_str(&format!("$ mistral-jobs {}\n{}\n", args.join(" "), refused.stderr));
    }
    assert_eq!(folder.names(), ["in.jsonl", "prices.json"]);
    insta::assert_snapshot!(shown);
}

#[test]
fn b40_another_model_than_the_jobs_is_told_or_refused() {
    let folder = Folder::new();
    folder.write("in.jsonl", line("a", "hi").replace("{\"messages\"", "{\"model\":\"other\",\"messages\""));
    let check = ["batch", "validate", "in.jsonl", "--model", "mistral-small-latest", "--strict"];
    assert!(folder.run(&check).expect(7).stdout.contains("B405"));
    let run = ["batch", "run", "in.jsonl", "--output", "-", "--emulator", "--model", "mistral-small-latest"];
    let told = folder.run(&run).expect(5).stderr;
    assert!(told.contains("1 row names another model than mistral-small-latest"), "{told}");
    let refused = folder.run(&[&run[..], &["--strict"]].concat()).expect(7).stderr;
    assert!(refused.contains("in.jsonl:1") && refused.contains("B405"), "{refused}");
}

#[test]
fn requests_with_one_body_are_sent_once_when_asked_to() {
    let folder = Folder::new();
    folder.write("in.jsonl", line("a", "same") + &line("b", "same") + &line("c", "other"));
    let run = ["batch", "run", "in.jsonl", "--output", "out.jsonl", "--emulator", "--dedupe"];
    let ran = folder.run(&run).expect(0);
    assert!(ran.stderr.contains("2 requests are sent; the others have the body of one of them\n"), "{}", ran.stderr);
    assert_eq!(ids(&folder.read("out.jsonl")), ["a", "b", "c"]);
}

#[cfg(feature = "csv")]
#[test]
fn the_rows_of_a_table_become_requests() {
    let folder = Folder::new();
    folder.write("in.csv", "id,question\nq-1,How long is the Rhine?\nq-2,\"And the Main?\"\n");
    folder.write("template.json", r#"{"messages": [{"role": "user", "content": "Be brief. {{question}}"}]}"#);
    let run = ["batch", "run", "in.csv", "--output", "-", "--emulator", "--quiet"];
    let ran = folder.run(&[&run[..], &["--template", "template.json", "--id-column", "id"]].concat()).expect(0);
    assert_eq!(ids(&ran.stdout), ["q-1", "q-2"]);
    assert!(ran.stdout.contains("Be brief. And the Main?"), "{}", ran.stdout);
    let ran = folder.run(&[&run[..], &["--column", "question"]].concat()).expect(0);
    assert_eq!(ids(&ran.stdout), ["row-1", "row-2"]);
    folder.run(&run).expect(2);
    let unknown = folder.run(&[&run[..], &["--column", "text"]].concat()).expect(7);
    assert!(unknown.stderr.contains("in.csv: ") && unknown.stderr.contains("question"), "{}", unknown.stderr);
}

#[cfg(not(feature = "csv"))]
#[test]
fn a_build_without_tables_says_how_to_read_them() {
    let folder = Folder::new();
    folder.write("in.csv", "question\nWhy?\n");
    let refused =
        folder.run(&["batch", "run", "in.csv", "--output", "-", "--emulator", "--column", "question"]).expect(2);
    assert!(refused.stderr.contains("Build it with --features csv"), "{}", refused.stderr);
}
