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
    let run = ["batch", "run", "questions.jsonl", "--output", "my answers.jsonl", "--base-url", served.url()];
    let (code, said) = interrupted(&mut served.command(&folder, &run), "created job", "-INT");
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains("interrupted; 1 job goes on, and the run is kept in my answers.jsonl.run\n"), "{said}");
    assert_eq!(folder.content().keys().collect::<Vec<_>>(), ["questions.jsonl"]);

    // The command it printed, as a shell would run it.
    let (_, command) = said.split_once("To go on: mistral-jobs ").unwrap();
    assert_eq!(command.trim(), format!("run resume 'my answers.jsonl.run' --base-url {}", served.url()));
    let resume = ["run", "resume", "my answers.jsonl.run", "--base-url", served.url()];
    served.run(&folder, &resume).expect(0);
    assert_eq!(folder.read("my answers.jsonl").lines().count(), 3);
    assert!(!folder.path("my answers.jsonl.run").exists(), "nothing is left to go on with");
    assert_eq!(jobs(&served, &folder), 1);
}

#[test]
fn jobs_are_cancelled_with_the_command_where_that_was_asked_for() {
    let folder = Folder::new();
    let served = Served::start(&folder, &["--run-time", "60s"]);
    folder.questions(3);
    let mut run = vec!["batch", "run", "questions.jsonl", "--output", "out.jsonl", "--base-url", served.url()];
    run.push("--cancel-on-interrupt");
    let (code, said) = interrupted(&mut served.command(&folder, &run), "created job", "-INT");
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains("interrupted; 1 job was told to stop, and the run is kept in out.jsonl.run\n"), "{said}");
    let resume =
        format!("To collect what was answered: mistral-jobs run resume out.jsonl.run --base-url {}", served.url());
    assert!(said.contains(&resume), "{said}");
    let listed = served.run(&folder, &["batch", "list", "--all"]).expect(0).stdout;
    assert!(listed.contains("CANCEL") && listed.lines().count() == 1, "{listed}");

    // Every request has its line, although none was answered.
    let taken_up = served.run(&folder, &["run", "resume", "out.jsonl.run", "--base-url", served.url()]);
    assert_eq!(folder.read("out.jsonl").lines().count(), 3, "{}", taken_up.stderr);
    assert_eq!(jobs(&served, &folder), 1);
}

/// How many jobs the service has.
fn jobs(served: &Served, folder: &Folder) -> usize {
    served.run(folder, &["batch", "list", "--all"]).expect(0).stdout.lines().count()
}

#[test]
fn a_run_inside_the_command_ends_with_it_and_is_not_promised() {
    let folder = Folder::new();
    folder.questions(3);
    let run = ["batch", "run", "questions.jsonl", "--output", "out.jsonl", "--emulator"];
    let (code, said) = interrupted(&mut folder.command(&run), "created job", "-INT");
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains("interrupted; the run ended with the emulator\n") && !said.contains("resume"), "{said}");
    assert_eq!(folder.names(), ["questions.jsonl"]);
}

#[test]
fn a_run_that_is_killed_goes_on_to_the_same_bytes() {
    let folder = Folder::new();
    let served = Served::start(&folder, &["--run-time", "2s"]);
    folder.questions(9);
    let parts = ["--part-rows", "3", "--model", "mistral-small-latest"];
    let run = |output| [&["batch", "run", "questions.jsonl", "--output", output], &parts[..]].concat();
    let (code, said) = interrupted(&mut served.command(&folder, &run("killed.jsonl")), "created job", "-KILL");
    assert_eq!(code, None, "{said}");
    served.run(&folder, &["run", "resume", "killed.jsonl.run"]).expect(0);
    assert_eq!(jobs(&served, &folder), 3);
    served.run(&folder, &run("whole.jsonl")).expect(0);
    let answers = |name: &str| -> Vec<_> {
        let lines = folder.read(name);
        let lines = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        lines.map(|line| (line["custom_id"].clone(), line["response"]["body"]["choices"].clone())).collect()
    };
    assert_eq!(answers("killed.jsonl"), answers("whole.jsonl"));
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
