use crate::support::{Folder, Served, ran};

/// Ids, in the order of the lines, and whether each was answered well.
fn answers(text: &str) -> Vec<(String, bool)> {
    text.lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let good = line["response"]["status_code"] == 200 && line["error"].is_null();
            (line["custom_id"].as_str().unwrap().to_owned(), good)
        })
        .collect()
}

fn ids(text: &str) -> Vec<String> {
    let id = |line| serde_json::from_str::<serde_json::Value>(line).unwrap()["custom_id"].as_str().unwrap().to_owned();
    text.lines().map(id).collect()
}

#[test]
fn every_request_gets_its_answer_in_the_order_of_the_input() {
    let folder = Folder::new();
    folder.questions(usize::MAX);
    let ran = folder.run(&["batch", "run", "questions.jsonl", "--emulator", "--output", "answers.jsonl"]).expect(0);
    assert_eq!(ran.stdout, "");
    let answers = answers(&folder.read("answers.jsonl"));
    assert!(answers.len() >= 20 && answers.iter().all(|(_, good)| *good));
    let asked = ids(&folder.read("questions.jsonl"));
    assert_eq!(answers.into_iter().map(|(id, _)| id).collect::<Vec<_>>(), asked);
    insta::assert_snapshot!(ran.shown());
}

#[test]
fn a_request_without_a_model_gets_the_default_of_its_endpoint() {
    let folder = Folder::new();
    folder.write("in.jsonl", "{\"custom_id\": \"a\", \"body\": {\"input\": \"one\"}}\n");
    let args = ["batch", "run", "in.jsonl", "--output", "out.jsonl", "--emulator", "--endpoint", "embeddings"];
    let ran = folder.run(&args).expect(0);
    assert!(ran.stderr.contains("model: mistral-embed (the default for /v1/embeddings;"), "{}", ran.stderr);
    assert!(folder.read("out.jsonl").contains("\"embedding\""));
}

#[test]
fn failed_requests_are_in_the_output_and_grouped_in_the_summary() {
    let folder = Folder::new();
    folder.questions(2);
    let bad = "{\"custom_id\":\"bad-1\",\"body\":{\"model\":\"mistral-small-latest\"}}\n\
               {\"custom_id\":\"bad-2\",\"body\":{\"model\":\"nope\",\"messages\":[]}}\n\
               {\"custom_id\":\"bad-3\",\"body\":{\"model\":\"nope\",\"messages\":[]}}\n";
    let text = format!("{bad}{}", folder.read("questions.jsonl"));
    folder.write("mixed.jsonl", text);
    let ran = folder.run(&[
        "batch",
        "run",
        "mixed.jsonl",
        "--emulator",
        "--output",
        "out.jsonl",
        "--model",
        "mistral-small-latest",
    ]);
    let good: Vec<_> = answers(&folder.read("out.jsonl")).into_iter().map(|(_, good)| good).collect();
    assert_eq!(good, [false, false, false, true, true]);
    insta::assert_snapshot!(ran.expect(5).shown());
}

#[test]
fn what_failed_is_said_even_when_quiet_and_nothing_else_is() {
    let folder = Folder::new();
    folder.questions(1).write("bad.jsonl", "{\"custom_id\":\"bad-1\",\"body\":{}}\n");
    let run = |input| folder.run(&["batch", "run", input, "--emulator", "--output", "-", "--quiet"]);
    assert_eq!(run("questions.jsonl").expect(0).stderr, "");
    let said = run("bad.jsonl").expect(5).stderr;
    assert!(said.starts_with("1 request in") && said.contains("bad-1, bad.jsonl:1"), "{said}");
}

#[test]
fn a_mark_blank_lines_and_carriage_returns_do_no_harm() {
    let folder = Folder::new();
    let line = |id: &str| {
        format!("{{\"custom_id\":\"{id}\",\"body\":{{\"messages\":[{{\"role\":\"user\",\"content\":\"hi\"}}]}}}}")
    };
    folder.write("in.jsonl", format!("\u{feff}{}\r\n\r\n\n{}", line("a"), line("b")));
    let before = folder.read("in.jsonl");
    let ran = folder.run(&["batch", "run", "in.jsonl", "--emulator", "--output", "out.jsonl"]).expect(0);
    assert!(ran.stderr.contains("left out: 1 byte-order mark and 2 blank lines"), "{}", ran.stderr);
    assert_eq!(ids(&folder.read("out.jsonl")), ["a", "b"]);
    assert_eq!(folder.read("in.jsonl"), before);
}

#[test]
fn an_existing_output_is_replaced_only_when_asked_for() {
    let folder = Folder::new();
    folder.questions(1).write("out.jsonl", "old");
    let run = ["batch", "run", "questions.jsonl", "--emulator", "--output", "out.jsonl"];
    folder.run(&run).expect(2);
    assert_eq!(folder.read("out.jsonl"), "old");
    folder.run(&[&run[..], &["--force"]].concat()).expect(0);
    assert_eq!(answers(&folder.read("out.jsonl")).len(), 1);
    assert_eq!(folder.content().len(), 2, "nothing is left beside the output");
}

#[test]
fn the_answers_can_go_through_a_pipe() {
    let folder = Folder::new();
    folder.questions(3);
    let ran = folder.run(&["batch", "run", "questions.jsonl", "--emulator", "--output", "-", "--quiet"]).expect(0);
    assert_eq!(ran.stderr, "");
    assert_eq!(answers(&ran.stdout).len(), 3);
}

#[test]
fn the_report_is_json_when_asked_for() {
    let folder = Folder::new();
    folder.questions(2);
    let run = ["batch", "run", "questions.jsonl", "--emulator", "--output", "out.jsonl", "-o", "json", "--quiet"];
    let ran = folder.run(&run).expect(0);
    assert_eq!(ran.stderr, "");
    insta::assert_snapshot!(ran.shown());
}

#[test]
fn a_wait_that_reaches_its_limit_says_how_to_go_on() {
    let folder = Folder::new();
    let served = Served::start(&folder, &["--run-time", "60s"]);
    folder.questions(1);
    let run = ["batch", "run", "questions.jsonl", "--output", "my answers.jsonl", "--wait-limit", "1s"];
    let ran = served.run(&folder, &run).expect(6);
    insta::assert_snapshot!(ran.shown());
    assert!(!folder.path("my answers.jsonl").exists());
}

#[test]
fn the_key_may_be_in_a_file_and_is_never_shown() {
    let folder = Folder::new();
    let served = Served::start(&folder, &[]);
    folder.write("key", "sk-secret\n").write("broken", "sk-sec\u{200b}ret");
    let args = ["models", "list", "--base-url", served.url(), "--api-key-file"];
    folder.run(&[&args[..], &["key"]].concat()).expect(0);
    let ran = folder.run(&[&args[..], &["broken", "--verbose"]].concat()).expect(4);
    assert!(ran.stderr.contains("U+200B") && !ran.stderr.contains("sk-sec"), "{}", ran.stderr);
    folder.run(&[&args[..], &["missing"]].concat()).expect(4);
}

#[test]
fn a_key_file_in_the_environment_counts_before_a_key() {
    let folder = Folder::new();
    let served = Served::start(&folder, &[]);
    folder.write("token", "sk-secret\n");
    let list = ["models", "list", "--verbose"];
    let ran = ran(served.command(&folder, &list).env("MISTRAL_SA_TOKEN_PATH", "token")).expect(0);
    assert!(ran.stderr.contains("key from") && ran.stderr.contains("token"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("key from MISTRAL_API_KEY"), "{}", ran.stderr);
}

#[test]
fn a_proxy_that_is_none_is_not_blamed_on_the_address() {
    let folder = Folder::new();
    let mut command = folder.command(&["models", "list"]);
    let refused = ran(command.env("MISTRAL_API_KEY", "key").env("HTTPS_PROXY", "gopher://a")).expect(2);
    assert!(refused.stderr.contains("gopher") || refused.stderr.contains("HTTPS_PROXY"), "{}", refused.stderr);
    assert!(!refused.stderr.contains("BASE_URL") && !refused.stderr.contains("REGION"), "{}", refused.stderr);
}
