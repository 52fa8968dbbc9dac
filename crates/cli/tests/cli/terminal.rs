//! Colour, and readers that go away.

use std::process::Stdio;

use crate::support::{Folder, ran};

const WRONG: [&str; 3] = ["batch", "get", "123"];

#[test]
fn colour_is_for_terminals_or_when_asked_for() {
    let folder = Folder::new();
    let colored = |args: &[&str], variables: &[(&str, &str)]| {
        let args = [&["models", "list"], args].concat();
        ran(folder.command(&args).envs(variables.iter().copied())).expect(4).stderr.contains('\u{1b}')
    };
    assert!(!colored(&[], &[]));
    assert!(colored(&["--color", "always"], &[]));
    assert!(colored(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!colored(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
}

#[test]
fn usage_errors_and_help_keep_to_the_colour_asked_for_too() {
    let folder = Folder::new();
    let colored = |args: &[&str]| {
        let ran = folder.run(&[&WRONG, args].concat());
        ran.stderr.contains('\u{1b}')
    };
    assert!(!colored(&[]));
    assert!(colored(&["--color=always"]));
}

#[test]
fn a_reader_that_closes_the_pipe_ends_the_command_quietly() {
    let folder = Folder::new();
    for args in [["models", "list", "--emulator", "--quiet"].as_slice(), &["--help"]] {
        let mut child = folder.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{args:?}");
    }
}

#[test]
fn a_full_disk_behind_standard_output_is_an_error() {
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else { return };
    let output = Folder::new().command(&["models", "list", "--emulator", "--quiet"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("error: standard output cannot be written"));
}
