//! Training data, on this machine alone.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use crate::support::{Folder, ran};

/// Twelve good samples, so that the file is large enough for every check.
fn good() -> String {
    (0..12)
        .map(|at| {
            format!(
                "{{\"messages\": [{{\"role\": \"user\", \"content\": \"Name a river of region {at}, and nothing else.\"}}, \
                 {{\"role\": \"assistant\", \"content\": \"River number {at}\"}}]}}\n"
            )
        })
        .collect()
}

/// One of every mistake that is made most.
const BAD: [&str; 6] = [
    r#"{"messages": [{"role": "user", "content": "Weather?"}, {"role": "assistant", "content": null, "function_call": {"name": "weather", "arguments": {"city": "Lyon"}}}, {"role": "function", "name": "weather", "content": "clear"}, {"role": "assistant", "content": "Clear."}], "functions": [{"name": "weather", "description": "The weather", "parameters": {"type": "object", "properties": {}}}]}"#,
    r#"{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}, {"role": "user", "content": "Bye"}]}"#,
    r#"{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": ""}]}"#,
    r#"{"messages": [{"role": "human", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]}"#,
    r#"{"messages": [}"#,
    r#"{"text": "alone"}"#,
];

fn bad() -> String {
    format!("{}{}\n\n", good(), BAD.join("\r\n"))
}

#[test]
fn a_good_file_is_said_to_be_good() {
    let folder = Folder::new();
    folder.write("train.jsonl", good());
    let ran = folder.run(&["data", "check", "train.jsonl"]).expect(0);
    assert_eq!(ran.stdout, "train.jsonl: no errors in 12 samples, 1.7 kB, instruct\n");
    let json = folder.run(&["data", "check", "train.jsonl", "-o", "json"]).expect(0).json();
    assert_eq!((&json["valid"], &json["files"][0]["statistics"]["messages"]), (&true.into(), &24.into()));
}

#[test]
fn problems_are_grouped_by_code_with_places_and_advice() {
    let folder = Folder::new();
    folder.write("train.jsonl", bad());
    insta::assert_snapshot!(folder.run(&["data", "check", "train.jsonl"]).shown());
    let json = folder.run(&["data", "check", "train.jsonl", "-o", "jsonl"]).expect(7).json();
    assert_eq!(json["files"][0]["counts"]["T310"], 1);
}

#[test]
fn warnings_alone_do_not_fail() {
    let folder = Folder::new();
    folder.write("train.jsonl", good().lines().next().unwrap());
    let ran = folder.run(&["data", "check", "train.jsonl"]).expect(0);
    assert!(ran.stdout.contains("warning T111 too-few-samples"), "{}", ran.stdout);
}

#[test]
fn validation_data_is_held_against_the_training_data() {
    let folder = Folder::new();
    folder.write("train.jsonl", good()).write("valid.jsonl", good().lines().next().unwrap());
    let ran = folder.run(&["data", "check", "train.jsonl", "--validation", "valid.jsonl"]).expect(7);
    for code in ["error T116 validation-too-large", "warning T602 leaked-sample"] {
        assert!(ran.stdout.contains(code), "{}", ran.stdout);
    }
}

#[test]
fn validation_data_is_held_against_all_files_of_training_data() {
    let folder = Folder::new();
    let all: String = (0..40).map(|_| good().replace("region ", "the region ")).collect();
    folder.write("one.jsonl", all).write("two.jsonl", good()).write("valid.jsonl", good().lines().nth(2).unwrap());
    let ran = folder.run(&["data", "check", "one.jsonl", "two.jsonl", "--validation", "valid.jsonl"]).expect(0);
    let leak = "valid.jsonl:1: the sample is line 3 of the training data, file 2; expected it in one file only";
    assert!(ran.stdout.contains(leak), "{}", ran.stdout);
    assert!(!ran.stdout.contains("T116"), "the limit is that of both files: {}", ran.stdout);
}

#[test]
fn fixing_repairs_what_can_be_repaired_and_names_the_rest() {
    let folder = Folder::new();
    folder.write("train.jsonl", bad());
    let fix = ["data", "fix", "train.jsonl", "--output", "fixed.jsonl", "--report", "changes.jsonl"];
    let ran = folder.run(&fix).expect(7);
    insta::assert_snapshot!(format!(
        "{}--- fixed.jsonl from line 13\n{}--- changes.jsonl\n{}",
        ran.shown(),
        folder.read("fixed.jsonl").lines().skip(12).map(|line| format!("{line}\n")).collect::<String>(),
        folder.read("changes.jsonl")
    ));
    assert!(folder.read("fixed.jsonl").starts_with(&good()));

    let again = folder.run(&["data", "fix", "fixed.jsonl", "--output", "again.jsonl"]).expect(7);
    assert_eq!(folder.read("again.jsonl"), folder.read("fixed.jsonl"), "{}", again.stderr);
}

#[test]
fn what_is_dropped_leaves_a_file_without_errors() {
    let folder = Folder::new();
    folder.write("train.jsonl", bad());
    let fix = ["data", "fix", "train.jsonl", "--output", "fixed.jsonl", "--drop-unusable", "-o", "json"];
    let done = folder.run(&fix).expect(0).json();
    assert_eq!((&done["samples"], &done["changed"]), (&18.into(), &2.into()));
    let report = folder.run(&["data", "check", "fixed.jsonl", "-o", "json"]).json();
    let left: Vec<_> = report["files"][0]["counts"].as_object().unwrap().keys().cloned().collect();
    // One plain text among conversations is no fault of its own: which of the two belongs here is not for a repair to say.
    assert_eq!(left, ["T115"]);
}

#[test]
fn several_files_are_split_as_if_they_were_one() {
    let folder = Folder::new();
    let text =
        |part: std::ops::Range<u32>| part.map(|at| format!("{{\"text\": \"sample {at:04}\"}}\n")).collect::<String>();
    let (one, two) = (text(0..200), text(200..500));
    folder
        .write("one.jsonl", one.trim_end())
        .write("two.jsonl", format!("\u{feff}{two}"))
        .write("all.jsonl", one + &two);
    let split = |inputs: &[&str]| {
        let outputs = ["--training", "train.jsonl", "--validation", "valid.jsonl", "--force"];
        folder.run(&[&["data", "split"], inputs, &outputs].concat()).expect(0);
        (folder.read("train.jsonl"), folder.read("valid.jsonl"))
    };
    assert!(split(&["one.jsonl", "two.jsonl"]) == split(&["all.jsonl"]));
    let onto = ["data", "split", "one.jsonl", "two.jsonl", "--training", "two.jsonl", "--validation", "v", "--force"];
    let refused = folder.run(&onto).expect(2);
    assert!(refused.stderr.contains("two.jsonl is the input two.jsonl"), "{}", refused.stderr);
    let large = ["data", "split", "one.jsonl", "two.jsonl", "--training", "t", "--validation", "v", "--count", "400"];
    let refused = folder.run(&large).expect(2);
    assert!(refused.stderr.starts_with("error: 2 files: 400 samples for validation"), "{}", refused.stderr);
}

#[test]
fn a_repair_that_leaves_nothing_and_a_split_of_one_line_do_not_succeed() {
    let folder = Folder::new();
    folder.write("none.jsonl", "{\"foo\": 1}\n").write("array.json", format!("[{}]", good().trim().replace('\n', ",")));
    let fixed = folder.run(&["data", "fix", "none.jsonl", "--output", "fixed.jsonl", "--drop-unusable"]).expect(7);
    assert!(fixed.stderr.contains("no sample is left"), "{}", fixed.stderr);
    let split = folder.run(&["data", "split", "array.json", "--training", "t", "--validation", "v"]).expect(7);
    assert!(
        split.stderr.contains("1 sample cannot be split") && split.stderr.contains("data check"),
        "{}",
        split.stderr
    );
}

#[test]
fn a_report_may_not_replace_its_output_by_another_name() {
    let folder = Folder::new();
    folder.write("in.jsonl", good());
    let fix = ["data", "fix", "in.jsonl", "--output", "out.jsonl", "--report", "./out.jsonl", "--force"];
    assert!(folder.run(&fix).expect(2).stderr.contains("is the output"));
    let split = ["data", "split", "in.jsonl", "--training", "out.jsonl", "--validation", "./out.jsonl", "--force"];
    assert!(folder.run(&split).expect(2).stderr.contains("is the training data"));
}

#[test]
fn a_split_has_two_sides_within_the_limit() {
    let folder = Folder::new();
    let all: String = (0..500).map(|at| format!("{{\"text\": \"sample {at:04}\"}}\n")).collect();
    folder.write("all.jsonl", &all);
    let outputs = ["--training", "train.jsonl", "--validation", "valid.jsonl"];
    let split = |more: &[&str]| folder.run(&[&["data", "split", "all.jsonl"], &outputs[..], more].concat());
    insta::assert_snapshot!(split(&[]).shown());
    let mut both: Vec<String> =
        (folder.read("train.jsonl") + &folder.read("valid.jsonl")).lines().map(String::from).collect();
    both.sort();
    assert!(both.iter().map(|line| format!("{line}\n")).collect::<String>() == all);
    let check = ["data", "check", "train.jsonl", "--validation", "valid.jsonl"];
    folder.run(&check).expect(0);

    let before = folder.content();
    insta::assert_snapshot!(split(&["--share", "10%", "--force"]).expect(2).stderr);
    split(&["--count", "10"]).expect(2);
    assert!(folder.content() == before);
    let parts = split(&["--count", "10", "--seed", "3", "--force", "-o", "json"]).expect(0).json();
    assert_eq!(parts["validation"]["samples"], 10);
}

#[test]
fn a_shuffle_keeps_every_line_and_the_seed_decides() {
    let folder = Folder::new();
    folder.write("all.jsonl", good());
    let shuffle = |output: &str, seed: &str| {
        folder.run(&["data", "shuffle", "all.jsonl", "--output", output, "--seed", seed]).expect(0);
        folder.read(output)
    };
    let (one, same, other) = (shuffle("a.jsonl", "1"), shuffle("b.jsonl", "1"), shuffle("c.jsonl", "2"));
    assert!(one == same && one != other);
    let sorted = |text: &str| {
        let mut lines: Vec<_> = text.lines().map(String::from).collect();
        lines.sort();
        lines
    };
    assert!(sorted(&one) == sorted(&good()) && sorted(&other) == sorted(&good()));
}

#[test]
fn statistics_are_rows_for_programs() {
    let folder = Folder::new();
    folder.write("train.jsonl", good()).write("labels.jsonl", "{\"text\": \"good\", \"labels\": {\"mood\": \"up\"}}\n");
    insta::assert_snapshot!(folder.run(&["data", "stats", "train.jsonl", "labels.jsonl"]).shown());
}

#[test]
fn the_answers_of_a_batch_become_training_data() {
    let folder = Folder::new();
    folder.questions(5);
    folder.run(&["batch", "run", "questions.jsonl", "--output", "answers.jsonl", "--emulator"]).expect(0);
    let convert = ["data", "convert", "questions.jsonl", "--from", "batch-results", "--results", "answers.jsonl"];
    let ran = folder.run(&[&convert[..], &["--output", "train.jsonl"]].concat()).expect(0);
    insta::assert_snapshot!(ran.shown());
    assert_eq!(folder.read("train.jsonl").lines().count(), 5);
    folder.run(&["data", "check", "train.jsonl"]).expect(0);

    folder.write("strangers.jsonl", folder.read("questions.jsonl").replace("custom_id\":\"", "custom_id\":\"not-"));
    let strangers = ["data", "convert", "strangers.jsonl", "--from", "batch-results", "--results", "answers.jsonl"];
    let refused = folder.run(&[&strangers[..], &["--output", "none.jsonl"]].concat()).expect(7);
    assert!(
        refused.stderr.contains("none of the 5 results belongs to a request of strangers.jsonl"),
        "{}",
        refused.stderr
    );
    assert!(!folder.path("none.jsonl").exists());
}

#[test]
fn another_services_file_is_converted_and_what_is_lost_is_named() {
    let folder = Folder::new();
    let lines = [
        r#"{"messages": [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "Hi", "name": "Ann"}, {"role": "assistant", "content": "Hello."}], "parallel_tool_calls": true}"#,
        r#"{"messages": [{"role": "user", "content": [{"type": "input_audio", "input_audio": {}}]}, {"role": "assistant", "content": "Hello."}]}"#,
    ];
    folder.write("theirs.jsonl", lines.join("\n"));
    let ran = folder.run(&["data", "convert", "theirs.jsonl", "--from", "openai", "--output", "-"]).expect(0);
    insta::assert_snapshot!(ran.shown());
}

#[test]
fn commands_go_into_each_other_through_pipes() {
    let folder = Folder::new();
    folder.write("train.jsonl", bad());
    let piped = |input: &str, args: &[&str]| {
        let mut child = folder.command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, fixed) = piped(&bad(), &["data", "fix", "-", "--output", "-", "--drop-unusable", "--quiet"]);
    assert_eq!(code, Some(0));
    let (code, shuffled) = piped(&fixed, &["data", "shuffle", "-", "--output", "-", "--quiet"]);
    assert_eq!((code, shuffled.lines().count()), (Some(0), fixed.lines().count()));
    let (code, report) = piped(&shuffled, &["data", "check", "-"]);
    assert!(code == Some(7) && report.starts_with("standard input: 1 error"), "{report}");
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let folder = Folder::new();
    folder.write("many.jsonl", good().repeat(2000));
    let mut fix = folder
        .command(&["data", "fix", "many.jsonl", "--output", "-", "--quiet"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut few = [0; 100];
    fix.stdout.take().unwrap().read_exact(&mut few).unwrap();
    let left = fix.wait_with_output().unwrap();
    assert_eq!((left.status.code(), left.stderr.len()), (Some(0), 0), "{}", String::from_utf8_lossy(&left.stderr));
}

/// Runs each case, and shows what it said. Nothing may be written and nothing changed.
fn explained(folder: &Folder, code: i32, cases: &[&[&str]]) -> String {
    let before = folder.content();
    let mut shown = String::new();
    for args in cases {
        let ran = folder.run(args).expect(code);
        assert_eq!(ran.stdout, "", "{args:?}");
        shown.push_str(&format!("$ mistral-jobs {}\n{}\n", args.join(" "), ran.stderr));
    }
    assert!(folder.content() == before, "a file changed");
    shown
}

#[test]
fn inputs_that_are_none() {
    let folder = Folder::new();
    let utf16: Vec<u8> = "{\"text\"".encode_utf16().flat_map(u16::to_le_bytes).collect();
    folder.write("empty.jsonl", "").write("blank.jsonl", "\n\r\n").write("utf16.jsonl", utf16);
    folder.write("packed.jsonl", b"\x1f\x8b\x08\x00\x00\x00");
    std::fs::create_dir(folder.path("folder")).unwrap();
    let inputs = ["missing.jsonl", "folder", "empty.jsonl", "blank.jsonl", "utf16.jsonl", "packed.jsonl"];
    let mut cases: Vec<Vec<&str>> = Vec::new();
    for input in inputs {
        cases.push(vec!["data", "fix", input, "--output", "out.jsonl"]);
    }
    for input in ["missing.jsonl", "empty.jsonl", "packed.jsonl"] {
        cases.push(vec!["data", "shuffle", input, "--output", "out.jsonl"]);
        cases.push(vec!["data", "split", input, "--training", "out.jsonl", "--validation", "out2.jsonl"]);
        cases.push(vec!["data", "stats", input]);
        cases.push(vec!["data", "convert", input, "--from", "openai", "--output", "out.jsonl"]);
    }
    cases.push(vec!["data", "check", "missing.jsonl"]);
    cases.push(vec!["data", "check", "folder"]);
    let cases: Vec<&[&str]> = cases.iter().map(Vec::as_slice).collect();
    insta::assert_snapshot!(explained(&folder, 7, &cases));
}

#[test]
fn a_check_says_what_a_file_is_instead() {
    let folder = Folder::new();
    let utf16: Vec<u8> = "{\"text\"".encode_utf16().flat_map(u16::to_le_bytes).collect();
    folder.write("empty.jsonl", "").write("utf16.jsonl", utf16).write("packed.jsonl", b"\x1f\x8b\x08\x00\x00\x00");
    folder.write("array.json", format!("[{}]", good().trim().replace('\n', ",")));
    insta::assert_snapshot!(
        folder.run(&["data", "check", "empty.jsonl", "utf16.jsonl", "packed.jsonl", "array.json"]).expect(7).stdout
    );
}

#[test]
fn outputs_and_options_that_cannot_be() {
    let folder = Folder::new();
    folder.write("in.jsonl", good()).write("old.jsonl", "old");
    std::os::unix::fs::symlink("in.jsonl", folder.path("soft.jsonl")).unwrap();
    let cases: [&[&str]; 16] = [
        &["data", "fix", "in.jsonl", "--output", "old.jsonl"],
        &["data", "fix", "in.jsonl", "--output", "soft.jsonl", "--force"],
        &["data", "fix", "in.jsonl", "--output", "out.jsonl", "--report", "old.jsonl"],
        &["data", "fix", "in.jsonl", "--output", "out.jsonl", "--report", "out.jsonl"],
        &["data", "fix", "in.jsonl", "--output", "-", "--report", "-"],
        &["data", "shuffle", "in.jsonl", "--output", "missing/out.jsonl"],
        &["data", "shuffle", "in.jsonl", "--output", "out.jsonl", "--memory", "1K"],
        &["data", "shuffle", "in.jsonl", "--output", "out.jsonl", "--temp-dir", "missing"],
        &["data", "split", "in.jsonl", "--training", "out.jsonl", "--validation", "out.jsonl"],
        &["data", "split", "in.jsonl", "--training", "out.jsonl", "--validation", "-"],
        &["data", "split", "-", "--training", "out.jsonl", "--validation", "out2.jsonl"],
        &["data", "split", "in.jsonl", "--training", "out.jsonl", "--validation", "out2.jsonl", "--share", "7"],
        &["data", "split", "in.jsonl", "--training", "out.jsonl", "--validation", "out2.jsonl", "--count", "12"],
        &["data", "convert", "in.jsonl", "--from", "batch-results", "--output", "out.jsonl"],
        &["data", "convert", "in.jsonl", "--from", "openai", "--results", "old.jsonl", "--output", "out.jsonl"],
        &["data", "check", "in.jsonl", "--data-format", "chat"],
    ];
    insta::assert_snapshot!(explained(&folder, 2, &cases));
}

#[test]
fn an_interrupted_command_leaves_no_half_file() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let folder = Folder::new();
        // The input never ends, so that the signal always comes in the middle.
        let args = ["data", "fix", "-", "--output", "out.jsonl", "--report", "report.jsonl"];
        let mut child = folder.command(&args).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(bad().repeat(500).as_bytes()).unwrap();
        while folder.content().len() < 2 {
            std::thread::yield_now();
        }
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(code));
        drop(input);
        assert!(folder.content().is_empty(), "{:?}", folder.content().keys());
    }
}

#[test]
fn a_line_that_is_too_long_is_told_by_its_number() {
    let folder = Folder::new();
    folder.write("in.jsonl", format!("{}{}\n", good(), "x".repeat((64 << 20) + 1)));
    let refused = ran(&mut folder.command(&["data", "shuffle", "in.jsonl", "--output", "out.jsonl"])).expect(7);
    assert!(refused.stderr.contains("line 13 has 67108865 bytes, more than 64 MiB"), "{}", refused.stderr);
    assert!(!folder.path("out.jsonl").exists());
}

#[test]
fn a_repair_says_how_many_samples_it_does_not_show() {
    let folder = Folder::new();
    let good =
        "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}, {\"role\": \"assistant\", \"content\": \"b\"}]}\n";
    folder.write("train.jsonl", format!("{good}{}", "not json\n".repeat(5)));
    let fixed = folder.run(&["data", "fix", "train.jsonl", "--output", "fixed.jsonl"]).expect(7);
    assert!(fixed.stderr.contains("… and 2 more; all of them: --report FILE\n"), "{}", fixed.stderr);
}
