//! Fine-tuning jobs, from data to model.

use serde_json::json;

use crate::support::{Folder, Ran, Served};

/// As many different conversations.
fn conversations(samples: usize) -> String {
    let line = |at: usize| {
        format!(
            "{{\"messages\": [{{\"role\": \"user\", \"content\": \"What is {at} plus one?\"}}, \
             {{\"role\": \"assistant\", \"content\": \"{at} plus one is {}, and that is all there is to it.\"}}]}}\n",
            at + 1
        )
    };
    (0..samples).map(line).collect()
}

const RECIPE: [&str; 6] = ["--model", "open-mistral-nemo", "--training-steps", "20", "--suffix", "test"];

fn create(served: &Served, folder: &Folder, more: &[&str]) -> String {
    folder.write("train.jsonl", conversations(30));
    let args = [&["ft", "create", "train.jsonl", "-o", "json"], &RECIPE[..], more].concat();
    served.run(folder, &args).expect(0).json()["id"].as_str().unwrap().to_owned()
}

#[test]
fn the_demonstration_walks_the_whole_road_and_leaves_its_files() {
    let folder = Folder::new();
    let ran = folder.run_without_network(&["ft", "demo", "--emulator", "--output-dir", "out"]).expect(0);
    let commands: Vec<_> = ran.stderr.lines().filter_map(|line| line.strip_prefix("$ mistral-jobs ")).collect();
    let verbs: Vec<_> = commands.iter().map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        verbs,
        [
            "data check",
            "ft dry-run",
            "ft create",
            "ft wait",
            "ft start",
            "ft watch",
            "ft report",
            "models get",
            "batch run"
        ]
    );
    assert!(ran.stdout.contains("\nSUCCESS\t20\t") && !ran.stdout.contains('\u{1b}'), "{}", ran.stdout);
    assert!(ran.stderr.contains("export MISTRAL_API_KEY=any MISTRAL_BASE_URL="), "{}", ran.stderr);
    let page = folder.read("out/report.html");
    assert!(page.contains("no model was trained"), "{page}");
    assert!(page.contains("<h2 id=\"loss\">Loss</h2>") && page.contains("train.jsonl"), "{page}");
    let answers = folder.read("out/answers.jsonl");
    assert_eq!(answers.matches("\"model\":\"ft:open-mistral-nemo:demo:").count(), 3, "{answers}");
    let again = ["ft", "demo", "--output-dir", "out"];
    let refused = folder.run(&again).expect(2);
    assert!(refused.stderr.contains("train.jsonl exists\nhelp: Name another folder with --output-dir"), "{refused:?}");
    folder.run(&[&again[..], &["--force"]].concat()).expect(0);
}

#[test]
fn a_job_is_validated_started_watched_and_reported_on() {
    let folder = Folder::new();
    let served = Served::start(&folder, &[]);
    let id = create(&served, &folder, &["--no-auto-start"]);
    let waited = served.run(&folder, &["ft", "wait", &id, "--until", "validated", "-o", "json"]).expect(0).json();
    assert_eq!(waited["status"], "VALIDATED");
    assert!(waited["metadata"]["cost"].is_number(), "{waited}");
    served.run(&folder, &["ft", "start", &id]).expect(0);
    let watched = served.run(&folder, &["ft", "watch", &id]).expect(0);
    let rows: Vec<Vec<_>> = watched.stdout.lines().map(|line| line.split('\t').collect()).collect();
    assert!(rows.len() > 3 && rows.iter().all(|row| row.len() == 5), "{}", watched.stdout);
    assert_eq!(rows.last().map(|row| (row[0], row[1])), Some(("SUCCESS", "20")), "{}", watched.stdout);
    assert!(!watched.stderr.contains('\u{1b}'), "{:?}", watched.stderr);
    let report = ["ft", "report", &id, "--output", "report.html"];
    served.run(&folder, &report).expect(0);
    assert!(folder.read("report.html").contains("Training data"));
    served.run(&folder, &report).expect(2);
    served.run(&folder, &[&report[..], &["--force", "--no-download"]].concat()).expect(0);
    assert!(!folder.read("report.html").contains("Training data"));
    let listed = |args: &[&str]| served.run(&folder, &[&["ft", "list"], args].concat()).expect(0).stdout;
    assert!(listed(&["--status", "success", "--suffix", "test"]).starts_with(&id));
    assert_eq!(listed(&["--status", "RUNNING"]), "");
}

#[test]
fn news_come_as_objects_when_asked_for() {
    let folder = Folder::new();
    let served = Served::start(&folder, &[]);
    let id = create(&served, &folder, &["--auto-start"]);
    let watched = served.run(&folder, &["ft", "watch", &id, "-o", "jsonl"]).expect(0);
    let news: Vec<serde_json::Value> = watched.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |kind: &str| news.iter().filter(|news| news["type"] == kind).count();
    assert!(of("checkpoint") >= 5 && of("event") >= 3, "{}", watched.stdout);
    assert_eq!(news.last().map(|last| &last["job"]["status"]), Some(&"SUCCESS".into()), "{}", watched.stdout);
}

#[test]
fn an_estimate_is_marked_as_the_services_and_creates_nothing() {
    let folder = Folder::new();
    let served = Served::start(&folder, &[]);
    folder.write("train.jsonl", conversations(30));
    let run = |verb: &[&str]| served.run(&folder, &[verb, &["train.jsonl"], &RECIPE[..]].concat()).expect(0);
    insta::assert_snapshot!(run(&["ft", "dry-run"]).shown());
    assert_eq!(run(&["ft", "create", "--dry-run"]).stdout, run(&["ft", "dry-run"]).stdout);
    assert_eq!(served.run(&folder, &["ft", "list"]).expect(0).stdout, "");
}

#[test]
fn data_with_problems_is_not_sent_unless_told_and_the_service_says_why_it_fails() {
    let folder = Folder::new();
    let served = Served::start(&folder, &[]);
    let bad = "{\"messages\": [{\"role\": \"user\", \"content\": \"No answer.\"}]}\nnot json\n";
    folder.write("bad.jsonl", conversations(12) + bad);
    let create = [&["ft", "create", "bad.jsonl", "-o", "json"], &RECIPE[..]].concat();
    let refused = served.run(&folder, &create).expect(7);
    insta::assert_snapshot!(refused.shown());
    let sent = served.run(&folder, &[&create[..], &["--skip-check"]].concat()).expect(0).json();
    let id = sent["id"].as_str().unwrap();
    let waited = served.run(&folder, &["ft", "wait", id]).expect(3);
    assert!(waited.stderr.contains(&format!("error: job {id} ended FAILED_VALIDATION: ")), "{}", waited.stderr);
    served.run(&folder, &["ft", "watch", id]).expect(3);
    served.run(&folder, &["ft", "report", id, "--output", "failed.html"]).expect(0);
    assert!(folder.read("failed.html").contains("<b>Why</b>"));
}

#[test]
fn a_wait_that_reaches_its_limit_says_how_to_go_on_and_a_cancelled_job_ends_it() {
    let folder = Folder::new();
    let served = Served::start(&folder, &["--run-time", "60s"]);
    let id = create(&served, &folder, &["--auto-start"]);
    served.run(&folder, &["ft", "wait", &id, "--until", "started"]).expect(0);
    let waited = served.run(&folder, &["ft", "wait", &id, "--timeout", "1s"]).expect(6);
    insta::assert_snapshot!(waited.shown());
    served.run(&folder, &["ft", "cancel", &id]).expect(0);
    let ended = served.run(&folder, &["ft", "wait", &id]).expect(3);
    assert!(ended.stderr.contains("ended CANCELLED"), "{}", ended.stderr);
}

#[test]
fn a_service_that_has_retired_the_jobs_is_explained() {
    let folder = Folder::new();
    let script = r#"{"faults": [{"operation": "fine_tuning.jobs.list", "answer": {"status": 410}}]}"#;
    folder.write("faults.json", script);
    let served = Served::start(&folder, &["--faults", "faults.json"]);
    insta::assert_snapshot!(served.run(&folder, &["ft", "list"]).expect(9).shown());
}

#[test]
fn samples_that_are_trained_on_and_measured_on_are_warned_of() {
    let folder = Folder::new();
    folder.write("train.jsonl", conversations(60)).write("valid.jsonl", conversations(1));
    let args = [&["ft", "dry-run", "train.jsonl", "--validation", "valid.jsonl", "--emulator"], &RECIPE[..]].concat();
    let warned = folder.run(&args).expect(0);
    assert!(warned.stderr.contains("1 sample trained on too"), "{}", warned.stderr);
}

#[test]
fn uploaded_files_are_named_by_their_ids_and_weighted() {
    let folder = Folder::new();
    let served = Served::start(&folder, &[]);
    folder.write("train.jsonl", conversations(30));
    let upload = ["files", "upload", "train.jsonl", "--purpose", "fine-tune", "-o", "json"];
    let file = served.run(&folder, &upload).expect(0).json()["id"].as_str().unwrap().to_owned();
    let create = [&["ft", "create", &*file, "--weight", "2", "-o", "json"], &RECIPE[..]].concat();
    let job = served.run(&folder, &create).expect(0).json();
    assert_eq!(job["training_files"], serde_json::json!([file]));
}

#[test]
fn a_classifier_has_targets() {
    let folder = Folder::new();
    let served = Served::start(&folder, &[]);
    let line = |at: usize| {
        let mood = if at % 2 == 0 { "good" } else { "bad" };
        format!("{{\"text\": \"A text of some length, number {at}.\", \"labels\": {{\"mood\": \"{mood}\"}}}}\n")
    };
    folder.write("moods.jsonl", (0..30).map(line).collect::<String>());
    let create = ["ft", "create", "moods.jsonl", "--model", "ministral-3b-latest", "--training-steps", "10"];
    let job = [&create[..], &["--classifier-target", "mood=good,bad", "--auto-start", "-o", "json"]].concat();
    let job = served.run(&folder, &job).expect(0).json();
    let id = job["id"].as_str().unwrap();
    served.run(&folder, &["ft", "wait", id]).expect(0);
    let shown = served.run(&folder, &["ft", "get", id]).expect(0);
    assert!(shown.stdout.contains("classifier target\tmood: good, bad\n"), "{}", shown.stdout);
}

#[test]
fn a_job_that_was_written_down_is_reported_on_without_a_key() {
    let folder = Folder::new();
    let job = r#"{"id": "3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11", "model": "<script>alert(1)</script>", "status": "SUCCESS",
        "created_at": 1, "modified_at": 2, "job_type": "completion", "training_files": [], "hyperparameters": {}}"#;
    folder.write("job.json", job).write("train.jsonl", conversations(3)).write("other.json", "{\"id\": 7}");
    let report = ["ft", "report", "--job-file", "job.json", "--training-file", "train.jsonl", "--output", "-"];
    let page = folder.run(&report).expect(0).stdout;
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && !page.contains("<script>alert"), "{page}");
    assert!(page.contains("train.jsonl") && page.contains("no measured values"), "{page}");
    let refused = folder.run(&["ft", "report", "--job-file", "other.json", "--output", "page.html"]).expect(7);
    assert!(refused.stderr.contains("other.json is no fine-tuning job"), "{}", refused.stderr);
    let page = folder.read("train.jsonl");
    folder.run(&["ft", "report", "--job-file", "job.json", "--output", "job.json", "--force"]).expect(2);
    assert_eq!(folder.read("train.jsonl"), page);
}

#[test]
fn mistakes_are_explained_before_anything_is_sent() {
    let folder = Folder::new();
    folder.write("train.jsonl", conversations(30)).write("large.jsonl", conversations(20)).write("empty.jsonl", "");
    let model = ["--model", "open-mistral-nemo"];
    let of = |args: &[&'static str]| [&["ft", "create"], args, &model[..]].concat();
    let cases = [
        (7, of(&["missing.jsonl"])),
        (7, of(&["empty.jsonl"])),
        (7, of(&["."])),
        (7, of(&["train.jsonl", "--validation", "large.jsonl"])),
        (2, of(&["train.jsonl", "--learning-rate", "0"])),
        (2, of(&["train.jsonl", "--learning-rate", "fast"])),
        (2, of(&["train.jsonl", "--training-steps", "0"])),
        (2, of(&["train.jsonl", "--training-steps", "5", "--epochs", "3"])),
        (2, of(&["train.jsonl", "--suffix", "longer-than-eighteen"])),
        (2, of(&["train.jsonl", "--weight", "0"])),
        (2, of(&["train.jsonl", "--weight", "1", "--weight", "2"])),
        (2, of(&["train.jsonl", "--classifier-target", "mood=good"])),
        (2, of(&["train.jsonl", "--classifier-target", "mood=good,bad", "--job-type", "completion"])),
        (2, of(&["train.jsonl", "--wandb-project", "p"])),
        (2, of(&["moods.jsonl", "--classifier-target", "mood=good,bad", "--target-weight", "mod=1"])),
        (2, of(&["moods.jsonl", "--classifier-target", "mood=good,bad", "--target-weight", "mood=-1"])),
        (2, of(&["moods.jsonl", "--classifier-target", "mood=good,bad", "--target-loss", "mood=best"])),
        (2, of(&["--repository", "me/project"])),
        (2, of(&["--repository", "https://github.com/me/project"])),
        (2, of(&["train.jsonl", "--repository-weight", "2"])),
        (2, of(&[])),
        (2, vec!["ft", "create", "train.jsonl"]),
        (2, vec!["ft", "get", "123"]),
        (2, vec!["ft", "report", "--output", "page.html"]),
        (2, vec!["ft", "wait", "3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11", "--until", "bored"]),
        (2, vec!["ft", "list", "--status", "DONE"]),
    ];
    let mut shown = String::new();
    for (code, args) in cases {
        let Ran { stdout, stderr, .. } = folder.run_without_network(&args).expect(code);
        assert_eq!(stdout, "", "{args:?}");
        let stderr: Vec<_> = stderr.lines().filter(|line| !line.starts_with("checked ")).collect();
        shown.push_str(&format!("$ mistral-jobs {}\n{}\n\n", args.join(" "), stderr.join("\n")));
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn a_refused_creation_names_what_was_uploaded_and_what_leads_on() {
    let folder = Folder::new();
    folder.write("train.jsonl", conversations(30));
    let refused = |status: u16, message: &str| {
        let answer = json!({"status": status, "body": {"message": message}});
        let script = json!({"faults": [{"operation": "fine_tuning.jobs.create", "answer": answer}]});
        folder.write("faults.json", script.to_string());
        let served = Served::start(&folder, &["--faults", "faults.json"]);
        let ran = served.run(&folder, &[&["ft", "create", "train.jsonl"], &RECIPE[..]].concat());
        assert!(ran.stderr.contains("\nuploaded file: ") && ran.stderr.contains("files delete "), "{}", ran.stderr);
        ran.stderr
    };
    assert!(refused(422, "No such model.").contains("mistral-jobs models list -o json"));
    let other = "3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11";
    assert!(refused(409, &format!("Like {other}.")).contains(&format!("mistral-jobs ft watch {other}")));
}

#[test]
fn repositories_and_what_is_said_of_targets_reach_the_service() {
    let folder = Folder::new();
    folder.write("token", "canary-of-github\n").write("valid.jsonl", conversations(2));
    let served = Served::start(&folder, &[]);
    let code =
        ["ft", "create", "--repository", "me/project@main", "--repository-weight", "2", "--github-token-file", "token"];
    let created = served
        .run(&folder, &[&code[..], &RECIPE[..4], &["--validation", "valid.jsonl", "-o", "json", "--verbose"]].concat())
        .expect(0);
    let found = &created.json()["repositories"][0];
    assert_eq!([&found["owner"], &found["name"], &found["weight"]], [&json!("me"), &json!("project"), &json!(2.0)]);
    assert!(![&created.stdout, &created.stderr].iter().any(|said| said.contains("canary")), "{}", created.stderr);

    let line = |at: usize| {
        let labels = ["good", "bad"][at % 2];
        format!("{{\"text\": \"mood number {at} of a long list\", \"labels\": {{\"mood\": \"{labels}\"}}}}\n")
    };
    folder.write("moods.jsonl", (0..30).map(line).collect::<String>());
    let targets =
        ["--classifier-target", "mood=good,bad", "--target-weight", "mood=0.5", "--target-loss", "mood=multi_class"];
    let moods = [&["ft", "create", "moods.jsonl", "-o", "json"], &RECIPE[..4], &targets[..]].concat();
    let id = served.run(&folder, &moods).expect(0).json()["id"].as_str().unwrap().to_owned();
    let job = served.run(&folder, &["ft", "get", &id, "-o", "json"]).expect(0).json();
    let target = &job["classifier_targets"][0];
    assert_eq!((&target["weight"], &target["loss_function"]), (&json!(0.5), &json!("multi_class")), "{job}");
}

#[test]
fn data_of_the_other_kind_is_not_sent() {
    let folder = Folder::new();
    let labelled: String =
        (0..30).map(|at| format!("{{\"text\": \"mood number {at}\", \"labels\": {{\"mood\": \"good\"}}}}\n")).collect();
    folder.write("moods.jsonl", labelled).write("train.jsonl", conversations(30));
    let create = |file: &str, kind: &[&str]| {
        folder.run_without_network(&[&["ft", "create", file], &RECIPE[..4], kind].concat()).expect(7).stderr
    };
    let refused = create("moods.jsonl", &[]);
    assert!(refused.contains("train a classifier") && refused.contains("--job-type classifier"), "{refused}");
    let refused = create("train.jsonl", &["--classifier-target", "mood=good,bad"]);
    assert!(refused.contains("samples without labels") && refused.contains("--classifier-target"), "{refused}");
}

#[test]
fn a_wait_says_that_the_job_must_be_started_and_a_cancel_that_it_came_too_late() {
    let folder = Folder::new();
    let served = Served::start(&folder, &[]);
    let id = create(&served, &folder, &["--no-auto-start"]);
    served.run(&folder, &["ft", "wait", &id, "--until", "validated"]).expect(0);
    let limited = served.run(&folder, &["ft", "wait", &id, "--wait-limit", "1s"]).expect(6);
    assert!(limited.stderr.contains("\nVALIDATED\n"), "{}", limited.stderr);
    assert!(limited.stderr.contains("; the job waits for its start\n"), "{}", limited.stderr);
    assert!(limited.stderr.contains(&format!("mistral-jobs ft start {id}")), "{}", limited.stderr);
    served.run(&folder, &["ft", "start", &id]).expect(0);
    served.run(&folder, &["ft", "wait", &id]).expect(0);
    let late = served.run(&folder, &["ft", "cancel", &id]).expect(0);
    assert!(late.stderr.contains("nothing was cancelled: the job had ended SUCCESS"), "{}", late.stderr);
}

#[test]
fn the_key_of_a_tracker_is_never_shown() {
    let folder = Folder::new();
    folder.write("train.jsonl", conversations(30)).write("key", "secret-that-is-too-short\n");
    let args =
        [&["ft", "create", "train.jsonl", "--wandb-project", "p", "--wandb-key-file", "key"], &RECIPE[..]].concat();
    let refused = folder.run_without_network(&[&args[..], &["--verbose"]].concat()).expect(2);
    assert!(refused.stderr.contains("exactly 40") && !refused.stderr.contains("secret"), "{}", refused.stderr);
}

#[test]
fn the_help_of_create_shows_the_data_and_examples() {
    insta::assert_snapshot!(Folder::new().run(&["ft", "create", "--help"]).shown());
}
