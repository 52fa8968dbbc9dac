//! Each example runs, and ends well.
//!
//! `cargo test` builds them before the tests run. Where only this test is asked for, it builds them itself.

use std::path::Path;
use std::process::Command;

#[test]
fn each_example_runs_without_a_network_and_ends_well() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let this = std::env::current_exe().unwrap();
    let built = this.parent().and_then(Path::parent).unwrap().join("examples");
    if !built.join("above").with_extension(std::env::consts::EXE_EXTENSION).exists() {
        let target = built.parent().and_then(Path::parent).unwrap();
        let build = ["build", "-p", env!("CARGO_PKG_NAME"), "--examples"];
        let built = Command::new(env!("CARGO")).args(build).env("CARGO_TARGET_DIR", target).status().unwrap();
        assert!(built.success());
    }
    let mut ran = 0;
    for source in std::fs::read_dir(sources).unwrap() {
        let name = source.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned();
        let program = built.join(&name).with_extension(std::env::consts::EXE_EXTENSION);
        let output = Command::new(&program).env_remove("MISTRAL_API_KEY").output();
        let output = output.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{name} ended with {}:\n{out}{err}", output.status);
        assert!(!out.is_empty(), "{name} says nothing");
        ran += 1;
    }
    assert!(ran >= 5, "{ran} examples");
}
