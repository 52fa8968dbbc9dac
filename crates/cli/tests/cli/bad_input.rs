//! Bad input is explained before anything is sent, and every file stays as it was.

use crate::support::{Folder, Ran, ran};

/// Runs each case where no network is, and shows what it said. The files must not change.
fn explained(folder: &Folder, code: i32, cases: &[&[&str]]) -> String {
    let before = folder.content();
    let mut shown = String::new();
    for args in cases {
        let ran = folder.run_without_network(args).expect(code);
        assert_eq!(ran.stdout, "", "{args:?}");
        let Ran { stderr, .. } = ran;
        let stderr = stderr.lines().filter(|line| !line.starts_with("checked ")).collect::<Vec<_>>().join("\n");
        shown.push_str(&format!("$ mistral-jobs {}\n{stderr}\n\n", args.join(" ")));
    }
    assert!(folder.content() == before, "a file changed");
    shown
}

fn run_of(input: &str) -> Vec<&str> {
    vec!["batch", "run", input, "--output", "out.jsonl"]
}

const GOOD: &str = "{\"custom_id\": \"a\", \"body\": {\"messages\": []}}\n";

#[test]
fn a_file_that_is_no_list_of_requests() {
    let folder = Folder::new();
    let utf16: Vec<u8> = "{\"custom_id\"".encode_utf16().flat_map(u16::to_le_bytes).collect();
    folder
        .write("empty.jsonl", "")
        .write("blank.jsonl", "\n \r\n")
        .write("array.jsonl", format!("[{}]", GOOD.trim()))
        .write("pretty.jsonl", "{\n  \"custom_id\": \"a\",\n  \"body\": {}\n}\n")
        .write("utf16.jsonl", utf16)
        .write("packed.jsonl", b"\x1f\x8b\x08\x00\x00\x00")
        .write("text.jsonl", "hello\n")
        .write("cut.jsonl", "{\"custom_id\": \"a\", \"body\":");
    std::fs::create_dir(folder.path("folder")).unwrap();
    let inputs = [
        "missing.jsonl",
        "folder",
        "-",
        "/dev/null",
        "empty.jsonl",
        "blank.jsonl",
        "array.jsonl",
        "pretty.jsonl",
        "utf16.jsonl",
        "packed.jsonl",
        "text.jsonl",
        "cut.jsonl",
    ];
    let cases: Vec<_> = inputs.into_iter().map(run_of).collect();
    let cases: Vec<&[&str]> = cases.iter().map(Vec::as_slice).collect();
    insta::assert_snapshot!(explained(&folder, 7, &cases));
}

#[test]
fn a_file_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new();
    folder.write("secret.jsonl", GOOD);
    std::fs::set_permissions(folder.path("secret.jsonl"), PermissionsExt::from_mode(0o000)).unwrap();
    if std::fs::File::open(folder.path("secret.jsonl")).is_ok() {
        return; // to this user no file is closed
    }
    let ran = folder.run_without_network(&run_of("secret.jsonl")).expect(7);
    assert!(ran.stderr.contains("secret.jsonl cannot be read: Permission denied"), "{}", ran.stderr);
}

#[test]
fn lines_that_are_no_requests() {
    let folder = Folder::new();
    let lines = [
        GOOD.trim(),
        r#"{"custom_id": "b", "body": {},}"#,
        r#"["c", {}]"#,
        r#"{"custom_id": "a", "body": {}}"#,
        r#"{"body": {}}"#,
        r#"{"custom_id": 7, "body": {}}"#,
        r#"{"custom_id": "", "body": {}}"#,
        r#"{"custom_id": "h"}"#,
        r#"{"custom_id": "i", "body": "hi"}"#,
        r#"{"custom_id": "j", "body": {"stream": true}}"#,
        r#"{"custom_id": "k", "method": "POST", "url": "/v1/chat/completions", "body": {}}"#,
        "{\"custom_id\": \"l\u{1b}[2J\", \"body\": {}}",
        r#"{"custom_id": "a", "body": {}}"#,
    ];
    folder.write("bad.jsonl", lines.join("\n"));
    let case = run_of("bad.jsonl");
    insta::assert_snapshot!(explained(&folder, 7, &[&case]));
}

#[test]
fn more_requests_than_go_inline_are_pointed_to_a_file() {
    let folder = Folder::new();
    let lines: String = (0..10_001).map(|line| format!("{{\"custom_id\": \"{line}\", \"body\": {{}}}}\n")).collect();
    folder.write("many.jsonl", lines);
    let ran = folder.run_without_network(&["batch", "create", "--requests", "many.jsonl", "--model", "m"]).expect(7);
    assert!(ran.stderr.contains("10001 inline requests are more than 10000"), "{}", ran.stderr);
}

#[test]
fn an_output_that_cannot_be_used() {
    let folder = Folder::new();
    folder.write("in.jsonl", GOOD).write("old.jsonl", "old");
    std::fs::hard_link(folder.path("in.jsonl"), folder.path("hard.jsonl")).unwrap();
    std::os::unix::fs::symlink("in.jsonl", folder.path("soft.jsonl")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path("loose.jsonl")).unwrap();
    std::fs::create_dir(folder.path("folder")).unwrap();
    let outputs = [
        "old.jsonl",
        "in.jsonl",
        "hard.jsonl",
        "soft.jsonl",
        "./folder/../in.jsonl",
        "folder",
        "missing/out.jsonl",
        "new/",
        "/dev/null",
        "loose.jsonl",
    ];
    let cases: Vec<_> = outputs.iter().map(|output| vec!["batch", "run", "in.jsonl", "--output", output]).collect();
    let cases: Vec<&[&str]> = cases.iter().map(Vec::as_slice).collect();
    insta::assert_snapshot!(explained(&folder, 2, &cases));
    // --force is for replacing a file, not for losing the input.
    let forced = ["batch", "run", "in.jsonl", "--output", "hard.jsonl", "--force"];
    assert!(folder.run_without_network(&forced).expect(2).stderr.contains("is the input in.jsonl"));
}

#[test]
fn options_that_mean_nothing() {
    let folder = Folder::new();
    folder.write("in.jsonl", GOOD);
    let (long_key, long_value) = (format!("{}=x", "k".repeat(33)), format!("team={}", "v".repeat(513)));
    let run = run_of("in.jsonl");
    let options: [&[&str]; 17] = [
        &["--metadata", "team"],
        &["--metadata", "=x"],
        &["--metadata", "team="],
        &["--metadata", &long_key],
        &["--metadata", &long_value],
        &["--metadata", "team=a", "--metadata", "team=b"],
        &["--timeout-hours", "0"],
        &["--timeout-hours", "-1"],
        &["--timeout-hours", "169"],
        &["--timeout-hours", "1.5"],
        &["--wait-limit", "90"],
        &["--endpoint", "chta"],
        &["--endpoint", "https://api.mistral.ai/v1/ocr"],
        &["--endpoint", "v1/chat/completions"],
        &["--endpoint", "/v1/new"],
        &["--model", "a", "--agent-id", "b"],
        &["--endpoint", "classifications"],
    ];
    let cases: Vec<_> = options.iter().map(|options| [&run, *options].concat()).collect();
    let cases: Vec<&[&str]> = cases.iter().map(Vec::as_slice).collect();
    insta::assert_snapshot!(explained(&folder, 2, &cases));
}

#[test]
fn arguments_of_other_commands_that_mean_nothing() {
    let folder = Folder::new();
    let cases: [&[&str]; 13] = [
        &["batch", "get", "123"],
        &["batch", "get", "../models"],
        &["batch", "cancel", ""],
        &["files", "get", "0d9c8b7a6e5f4a3b8c2d1e0f9a8b7c6d"],
        &["batch", "list", "--created-after", "yesterday"],
        &["batch", "list", "--status", "DONE"],
        &["batch", "list", "--metadata", "page=9"],
        &["batch", "list", "--page", "-1"],
        &["batch", "list", "--page-size", "0"],
        &["models", "get", ".."],
        &["models", "list", "-o", "out.json"],
        &["models", "list", "--api-key", "sk-secret"],
        &["models", "list", "--emulator", "--base-url", "http://127.0.0.1:9"],
    ];
    let shown = explained(&folder, 2, &cases);
    insta::assert_snapshot!(shown);
}

#[test]
fn a_file_needs_a_name_to_be_uploaded_under() {
    let folder = Folder::new();
    folder.write("in.jsonl", GOOD);
    let nameless = folder.run_without_network(&["files", "upload", "in.jsonl", "--filename", " "]).expect(2);
    assert!(nameless.stderr.contains("expected a name, such as requests.jsonl"), "{}", nameless.stderr);
}

#[test]
fn a_missing_key_is_explained_with_both_ways_out() {
    let folder = Folder::new();
    folder.write("in.jsonl", GOOD);
    insta::assert_snapshot!(folder.run(&["models", "list"]).expect(4).shown());
    folder.run(&run_of("in.jsonl")).expect(4);
}

#[test]
fn an_address_that_is_none_or_not_safe_is_refused() {
    let folder = Folder::new();
    let cases: [&[&str]; 4] = [
        &["models", "list", "--base-url", "api.mistral.ai"],
        &["models", "list", "--base-url", "ftp://api.mistral.ai"],
        &["models", "list", "--base-url", "https://api.mistral.ai?x=1"],
        &["models", "list", "--base-url", "http://api.example.com"],
    ];
    insta::assert_snapshot!(explained(&folder, 2, &cases));
}

#[cfg(unix)]
#[test]
fn an_address_that_cannot_be_read_does_not_send_the_key_elsewhere() {
    use std::os::unix::ffi::OsStrExt as _;

    let folder = Folder::new();
    let mut command = folder.command(&["models", "list"]);
    let address = std::ffi::OsStr::from_bytes(b"https://api.example.com/\xff");
    let refused = ran(command.env("MISTRAL_API_KEY", "key").env("MISTRAL_BASE_URL", address)).expect(2);
    assert!(refused.stderr.contains("MISTRAL_BASE_URL: the address is not Unicode"), "{}", refused.stderr);
}
