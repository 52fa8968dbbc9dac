use crate::support::{Folder, Served, ran};

fn upload(served: &Served, folder: &Folder, args: &[&str]) -> String {
    let upload = [&["files", "upload", "some.jsonl", "-o", "json"], args].concat();
    served.run(folder, &upload).expect(0).json()["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_file_goes_there_and_back() {
    let folder = Folder::new();
    let served = Served::start(&folder, &[]);
    folder.write("some.jsonl", "{}\n{}\n");
    let id = upload(&served, &folder, &["--visibility", "user", "--expiry-hours", "48", "--filename", "other.jsonl"]);
    let shown = served.run(&folder, &["files", "get", &id]).expect(0);
    for field in ["name\tother.jsonl", "bytes\t6", "visibility\tuser", "purpose\tbatch", "expires\t"] {
        assert!(shown.stdout.contains(field), "{field}: {}", shown.stdout);
    }
    served.run(&folder, &["files", "download", &id]).expect(0);
    assert_eq!(folder.read("other.jsonl"), "{}\n{}\n");
    // A second time it is there already.
    let refused = served.run(&folder, &["files", "download", &id]).expect(2).stderr;
    assert!(refused.starts_with("error: other.jsonl exists, as the service calls the file"), "{refused}");
    let piped = served.run(&folder, &["files", "download", &id, "--output", "-"]).expect(0);
    assert_eq!((&*piped.stdout, &*piped.stderr), ("{}\n{}\n", ""));
    let url = served.run(&folder, &["files", "url", &id, "--expiry-hours", "1"]).expect(0);
    assert!(url.stdout.starts_with("http") && url.stdout.lines().count() == 1, "{}", url.stdout);
    served.run(&folder, &["files", "delete", &id]).expect(0);
    served.run(&folder, &["files", "download", &id, "--output", "gone"]).expect(1);
    assert!(!folder.path("gone").exists());
}

#[test]
fn files_are_listed_by_every_filter() {
    let folder = Folder::new();
    let served = Served::start(&folder, &[]);
    folder.write("some.jsonl", "{}\n");
    let id = upload(&served, &folder, &["--purpose", "fine-tune", "--filename", "needle.jsonl"]);
    upload(&served, &folder, &[]);
    let listed = |args: &[&str]| served.run(&folder, &[&["files", "list"], args].concat()).expect(0).stdout;
    assert_eq!(listed(&[]).lines().count(), 2);
    for filter in [["--purpose", "fine-tune"].as_slice(), &["--search", "needle"]] {
        assert!(listed(filter).starts_with(&id) && listed(filter).lines().count() == 1, "{filter:?}");
    }
    assert_eq!(listed(&["--source", "mistral"]), "");
    assert_eq!(listed(&["--sample-type", "batch_result", "--sample-type", "batch_error"]), "");
    assert_eq!(listed(&["--mimetype", "application/pdf"]), "");
    assert_eq!(listed(&["--all", "--page-size", "1", "-o", "jsonl"]).lines().count(), 2);
    assert!(!listed(&["--include-total", "false", "-o", "json"]).contains("total"));
}

#[test]
fn a_name_from_the_service_neither_leaves_the_folder_nor_moves_the_cursor() {
    let folder = Folder::new();
    let served = Served::start(&folder, &[]);
    folder.write("some.jsonl", "{}\n");
    let id = upload(&served, &folder, &["--filename", "../../evil.jsonl"]);
    served.run(&folder, &["files", "download", &id]).expect(0);
    assert_eq!(folder.read("evil.jsonl"), "{}\n");
    upload(&served, &folder, &["--filename", "a\u{9b}2J\u{202e}b"]);
    let listed = served.run(&folder, &["files", "list", "--search", "2J"]).expect(0).stdout;
    assert!(listed.contains(r"a\u{9b}2J\u{202e}b"), "{listed:?}");
    let raw = served.run(&folder, &["files", "list", "--search", "2J", "-o", "json"]).expect(0).json();
    assert_eq!(raw["data"][0]["filename"], "a\u{9b}2J\u{202e}b");
}

#[test]
fn what_cannot_be_uploaded_is_refused_unsent() {
    let folder = Folder::new();
    folder.write("empty", "");
    for path in ["missing", "empty", ".", "/dev/null"] {
        let refused = folder.run_without_network(&["files", "upload", path]).expect(7);
        assert!(refused.stderr.starts_with("error: ") && refused.stderr.contains(path), "{}", refused.stderr);
    }
}

#[test]
fn a_port_that_is_taken_is_named() {
    let folder = Folder::new();
    let served = Served::start(&folder, &[]);
    let port = served.url().rsplit(':').next().unwrap();
    let refused = ran(&mut folder.command(&["emulator", "serve", "--port", port])).expect(1);
    assert!(refused.stderr.contains(port) && refused.stderr.contains("--port 0"), "{}", refused.stderr);
}

#[test]
fn the_emulator_plays_the_faults_of_a_file() {
    let folder = Folder::new();
    let script = r#"{"faults": [{"operation": "models.list", "answer": {"status": 409, "body": {"detail": "busy"}}}]}"#;
    folder.write("faults.json", script);
    let served = Served::start(&folder, &["--faults", "faults.json"]);
    let refused = served.run(&folder, &["models", "list"]);
    assert!(refused.code != Some(0) && refused.stderr.contains("409 Conflict: busy"), "{}", refused.stderr);
    served.run(&folder, &["models", "list"]).expect(0);
}

#[test]
fn a_file_of_faults_that_cannot_be_read_stops_the_emulator_before_it_listens() {
    let folder = Folder::new();
    folder.write("faults.json", "{\"faults\": [\n  {\"operation\": \"models.lost\"}\n]}");
    let serve =
        |file: &str| ran(&mut folder.command(&["emulator", "serve", "--port", "0", "--faults", file])).expect(7);
    let wrong = serve("faults.json");
    assert!(wrong.stderr.starts_with("error: faults.json: line 2, column 30: unknown operation"), "{}", wrong.stderr);
    assert!(wrong.stderr.contains("models.list") && wrong.stdout.is_empty(), "{}", wrong.stderr);
    assert!(serve("missing.json").stderr.contains("missing.json cannot be read"));
}
