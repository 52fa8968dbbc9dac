//! Ctrl-C stops the command and not the job.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use crate::support::{Folder, Served};

/// Starts the command, sends the signal once `cue` was said, and gives the exit code and everything it said.
fn interrupted(command: &mut Command, cue: &str, signal: &str) -> (Option<i32>, String) {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains(cue) {
        assert!(stderr.read_line(&mut said).unwrap() > 0, "it ended early: {said}");
    }
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    stderr.read_to_string(&mut said).unwrap();
    (child.wait().unwrap().code(), said)
}

#[test]
fn an_interrupted_run_says_how_to_go_on_and_going_on_works() {
    let folder = Folder::new();
    let served = Served::start(&folder, &["--run-time", "2s"]);
    folder.questions(3);
    let run = ["batch", "run", "questions.jsonl", "--output", "my answers.jsonl"];
    let (code, said) = interrupted(&mut served.command(&folder, &run), "created job", "-INT");
    assert_eq!(code, Some(130), "{said}");
    assert_eq!(folder.content().keys().collect::<Vec<_>>(), ["questions.jsonl"]);

    // The commands it printed, as a shell would run them.
    let (_, advice) = said.split_once("goes on\n").unwrap();
    for line in advice.lines() {
        let (_, command) = line.split_once("mistral-jobs ").unwrap();
        let words = command.replace('\'', "").replace("my answers", "my\u{1}answers");
        let words: Vec<String> = words.split(' ').map(|word| word.replace('\u{1}', " ")).collect();
        served.run(&folder, &words.iter().map(String::as_str).collect::<Vec<_>>()).expect(0);
    }
    assert_eq!(folder.read("my answers.jsonl").lines().count(), 3);
}

#[test]
fn a_job_inside_the_command_is_named_and_not_promised() {
    let folder = Folder::new();
    folder.questions(3);
    let run = ["batch", "run", "questions.jsonl", "--output", "out.jsonl", "--emulator"];
    let (code, said) = interrupted(&mut folder.command(&run), "created job", "-INT");
    assert_eq!(code, Some(130), "{said}");
    let id = said.lines().find_map(|line| line.strip_prefix("created job ")).unwrap();
    assert!(said.contains(&format!("interrupted; job {id} ended with the emulator")), "{said}");
    assert_eq!(folder.content().keys().collect::<Vec<_>>(), ["questions.jsonl"]);
}

#[test]
fn interrupted_while_the_job_is_created_it_names_the_marker_and_the_file() {
    let folder = Folder::new();
    let faults = r#"{"faults": [{"operation": "batch.jobs.create", "delivery": "hold"}]}"#;
    folder.questions(3).write("faults.json", faults);
    let served = Served::start(&folder, &["--faults", "faults.json"]);
    let run = ["batch", "run", "questions.jsonl", "--output", "out.jsonl", "--base-url", served.url()];
    // Interrupted before the request is on its way it says that no job was created, which is as true.
    let (code, said) = interrupted(&mut served.command(&folder, &run), "uploaded questions.jsonl", "-INT");
    assert_eq!(code, Some(130), "{said}");
    let file = said.lines().find_map(|line| line.strip_prefix("uploaded questions.jsonl as file ")).unwrap();
    let advice = [
        format!("To go on with it: mistral-jobs batch create --input-file {file} --endpoint "),
        format!("To delete it:     mistral-jobs files delete {file} --base-url {}", served.url()),
    ];
    assert!(advice.iter().all(|line| said.contains(line)), "{said}");
    if said.contains("being created") {
        assert!(said.contains(&format!("If there is no such job: the input is uploaded as file {file}")), "{said}");
        let (_, look) = said.split_once("Look for it: mistral-jobs ").unwrap();
        let look: Vec<_> = look.lines().next().unwrap().split(' ').collect();
        served.run(&folder, &look).expect(0);
    }
}

#[test]
fn being_terminated_is_told_apart() {
    let folder = Folder::new();
    folder.questions(3);
    let run = ["batch", "run", "questions.jsonl", "--output", "out.jsonl", "--emulator"];
    assert_eq!(interrupted(&mut folder.command(&run), "created job", "-TERM").0, Some(143));
}

#[test]
fn interrupting_is_how_a_server_ends() {
    let folder = Folder::new();
    let serve = ["emulator", "serve", "--port", "0"];
    let (code, said) = interrupted(&mut folder.command(&serve), "to use it", "-INT");
    assert_eq!(code, Some(0), "{said}");
}
