//! A key and the signature of a URL that must be in nothing the command says or writes.

use serde_json::{Value, json};

use crate::support::{Folder, Served};

const KEY: &str = "canary-5d0c2f81";
const SIGNATURE: &str = "canary-sig-93b1";

fn holds_a_canary(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.contains(KEY) || text.contains(SIGNATURE)
}

/// Runs the command as noisily as it can be, and searches all that it says; gives that.
#[track_caller]
fn search(mut command: std::process::Command) -> String {
    command.env("MISTRAL_API_KEY", KEY).env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full");
    let output = command.output().unwrap();
    for said in [&output.stdout, &output.stderr] {
        assert!(!holds_a_canary(said), "{}", String::from_utf8_lossy(said));
    }
    String::from_utf8(output.stderr).unwrap()
}

fn faults() -> Vec<Value> {
    let said = format!("fetch https://blob.example/f?se=1&sig={SIGNATURE} instead of showing {KEY}");
    vec![
        json!({"answer": {"status": 401, "body": {"message": said}}}),
        json!({"answer": {"status": 403, "body": {"detail": said}}}),
        json!({"answer": {"status": 404, "body": said}}),
        json!({"answer": {"status": 422, "body": {"detail": [{"loc": ["body"], "msg": said, "type": "t"}]}}}),
        json!({"answer": {"status": 429, "headers": {"retry-after": "86400"}, "body": {"message": said}}}),
        json!({"answer": {"status": 200, "body": format!("<html>{said}</html>")}}),
        json!({"answer": {"status": 200, "body": {"data": said}}}),
        json!({"answer": {"status": 307, "headers": {"location": format!("https://blob.example/f?sig={SIGNATURE}")}}}),
        json!({"delivery": {"truncate": 9}}),
    ]
}

#[test]
fn neither_is_said_whatever_the_service_answers() {
    const ABSENT: &str = "00000000-0000-4000-8000-000000000000";
    let commands: [&[&str]; 9] = [
        &["models", "list"],
        &["models", "get", "mistral-small-latest"],
        &["files", "list"],
        &["files", "upload", "questions.jsonl"],
        &["files", "get", ABSENT],
        &["files", "download", ABSENT, "--output", "file.jsonl"],
        &["batch", "list"],
        &["batch", "wait", ABSENT],
        &["batch", "run", "questions.jsonl", "--output", "answers.jsonl", "--wait-limit", "2s"],
    ];
    for mut fault in faults() {
        fault["operation"] = "*".into();
        fault["times"] = "always".into();
        let folder = Folder::new();
        folder.questions(2).write("faults.json", json!({"faults": [fault]}).to_string());
        let served = Served::start(&folder, &["--faults", "faults.json"]);
        let said: String = commands
            .iter()
            // A vanished job is waited for a while.
            .filter(|command| command[..2] != ["batch", "wait"] || fault["answer"]["status"] == 401)
            .map(|command| search(served.command(&folder, &[command, &["--verbose"][..]].concat())))
            .collect();
        assert!(said.contains("error: "), "no command met {fault}: {said}");
        // Neither is the script an output, nor a download anything but what was asked for.
        for name in ["faults.json", "file.jsonl"] {
            let _ = std::fs::remove_file(folder.path(name));
        }
        assert!(folder.content().values().all(|content| !holds_a_canary(content)), "{:?}", folder.content().keys());
    }
}

#[test]
fn neither_is_said_of_input_that_is_wrong() {
    let folder = Folder::new();
    folder.write("key", format!("{KEY}\u{7}")).write("faults.json", format!("{{\"faults\": \"{KEY}\"}}"));
    let with_password = format!("https://me:{KEY}@api.example.com");
    let with_query = format!("https://api.example.com/?key={KEY}");
    let commands: [&[&str]; 5] = [
        &["models", "list", "--api-key", KEY],
        &["models", "list", "--api-key-file", "key"],
        &["models", "list", "--base-url", &with_password],
        &["models", "list", "--base-url", &with_query],
        &["models", "list", "--base-url", "http://127.0.0.1:9"],
    ];
    for command in commands {
        let said = search(folder.command(command));
        assert!(said.contains("error: "), "{command:?}: {said}");
    }
}

#[test]
fn the_search_finds_what_is_there() {
    let folder = Folder::new();
    let served = Served::start(&folder, &[]);
    // A command that prints what it is given: the signed URL is asked for, and so is the model of this name.
    let said = served.run(&folder, &["models", "get", KEY]);
    assert!(holds_a_canary([said.stdout, said.stderr].concat().as_bytes()));
}
