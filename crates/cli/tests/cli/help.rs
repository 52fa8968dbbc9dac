use crate::support::Folder;

#[test]
fn the_main_help_names_commands_options_exit_codes_and_environment() {
    insta::assert_snapshot!(Folder::new().run(&["--help"]).shown());
}

#[test]
fn the_help_of_batch_run_shows_both_formats_and_examples() {
    insta::assert_snapshot!(Folder::new().run(&["batch", "run", "--help"]).shown());
}

#[test]
fn no_command_at_all_shows_the_help_and_is_a_usage_error() {
    let ran = Folder::new().run(&[]).expect(2);
    assert!(ran.stdout.is_empty() && ran.stderr.contains("Usage: mistral-jobs"), "{ran:?}");
    let ran = Folder::new().run(&["batch"]).expect(2);
    assert!(ran.stderr.contains("Run JSONL files of requests"), "{ran:?}");
}

#[test]
fn the_version_is_the_crates() {
    let ran = Folder::new().run(&["--version"]).expect(0);
    assert_eq!(ran.stdout, format!("mistral-jobs {}\n", env!("CARGO_PKG_VERSION")));
}
