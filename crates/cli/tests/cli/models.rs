//! Models that were trained.

use crate::support::{Folder, Served};

/// Trains a model and gives its id.
fn tuned(served: &Served, folder: &Folder) -> String {
    let line = |at: usize| {
        format!(
            "{{\"messages\": [{{\"role\": \"user\", \"content\": \"Say the number {at} in words.\"}}, \
             {{\"role\": \"assistant\", \"content\": \"It is the number {at}, as you said yourself.\"}}]}}\n"
        )
    };
    folder.write("train.jsonl", (0..20).map(line).collect::<String>());
    let create =
        ["ft", "create", "train.jsonl", "--model", "open-mistral-nemo", "--training-steps", "5", "--auto-start"];
    let job = served.run(folder, &[&create[..], &["-o", "json"]].concat()).expect(0).json();
    let job = served.run(folder, &["ft", "wait", job["id"].as_str().unwrap(), "-o", "json"]).expect(0).json();
    job["fine_tuned_model"].as_str().unwrap().to_owned()
}

#[test]
fn a_tuned_model_is_named_put_aside_taken_back_and_deleted() {
    let folder = Folder::new();
    let served = Served::start(&folder, &[]);
    let id = tuned(&served, &folder);
    let run = |args: &[&str], code| served.run(&folder, &[&["models"], args].concat()).expect(code);
    let kind = || {
        let listed = run(&["list"], 0).stdout;
        listed.lines().find_map(|line| line.strip_prefix(&format!("{id}\t"))?.split('\t').next().map(str::to_owned))
    };
    assert_eq!(kind().as_deref(), Some("fine-tuned"));
    let named = run(&["update", &id, "--name", "Tide tables", "--description", "When ships leave."], 0).stdout;
    assert!(named.contains("name\tTide tables\ndescription\tWhen ships leave.\n"), "{named}");
    let cleared = run(&["update", &id, "--description", ""], 0).stdout;
    assert!(cleared.contains("name\tTide tables\n") && !cleared.contains("description"), "{cleared}");
    assert_eq!(run(&["archive", &id], 0).stdout, format!("id\t{id}\narchived\ttrue\n"));
    assert_eq!(kind().as_deref(), Some("archived"));
    assert_eq!(run(&["unarchive", &id, "-o", "json"], 0).json()["archived"], false);
    assert_eq!(kind().as_deref(), Some("fine-tuned"));
    assert!(run(&["get", &id], 0).stdout.contains("root\topen-mistral-nemo\n"));
    assert_eq!(run(&["delete", &id], 0).stdout, format!("id\t{id}\ndeleted\ttrue\n"));
    assert_eq!(kind(), None);
    let gone = run(&["get", &id], 1);
    assert!(gone.stderr.ends_with("help: See what there is: mistral-jobs models list\n"), "{}", gone.stderr);
}

#[test]
fn the_vendors_own_models_stay() {
    let folder = Folder::new();
    let served = Served::start(&folder, &[]);
    let refused = served.run(&folder, &["models", "delete", "mistral-small-latest"]).expect(4);
    assert!(refused.stderr.starts_with("error: models.delete: "), "{}", refused.stderr);
}

#[test]
fn an_update_needs_something_to_change() {
    let refused = Folder::new().run_without_network(&["models", "update", "ft:m:1"]).expect(2);
    assert!(refused.stderr.contains("--name <TEXT>"), "{}", refused.stderr);
}
