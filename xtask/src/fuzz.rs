//! Fuzzing of whatever reads bytes from outside.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::metadata::Metadata;

/// Runs every target of `tests/fuzz` for so many seconds, beginning with the seeds that are kept beside them.
///
/// What is found on the way stays in the target folder, so that the next run goes on from there.
///
/// # Errors
///
/// How to install what is missing, or the target that crashed and the file that makes it.
pub(crate) fn run(seconds: u64) -> Result<()> {
    let metadata = Metadata::read()?;
    let project = metadata.workspace_root.join("tests/fuzz");
    let kept = metadata.target_directory.join("fuzz");
    ensure!(
        fuzz(&project).arg("--version").output().is_ok_and(|output| output.status.success()),
        "fuzzing needs a nightly compiler and cargo-fuzz:\n    rustup toolchain install nightly\n    cargo install cargo-fuzz --locked"
    );
    let build = fuzz(&project).args(["build", "--fuzz-dir", "."]).arg("--target-dir").arg(&kept).status();
    ensure!(build.context("cannot start cargo fuzz")?.success(), "the fuzz targets do not compile");
    let targets = targets(&project)?;
    for target in &targets {
        println!("\n==> {target}, {seconds} s");
        let corpus = kept.join("corpus").join(target);
        let artifacts = kept.join("artifacts").join(target);
        for folder in [&corpus, &artifacts] {
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        let status = fuzz(&project)
            .args(["run", "--fuzz-dir", ".", target])
            .arg("--target-dir")
            .arg(&kept)
            .args([&corpus, &project.join("seeds").join(target)])
            .args(["--", "-verbosity=0", "-print_final_stats=1", "-timeout=10", "-max_len=65536"])
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-artifact_prefix={}/", artifacts.display()))
            .status()
            .context("cannot start cargo fuzz")?;
        if !status.success() {
            bail!("{target} crashed; what makes it is in {}", artifacts.display());
        }
    }
    println!("\n{} targets, {seconds} s each, no crash", targets.len());
    Ok(())
}

/// `cargo fuzz` of the nightly compiler, which alone can build what is fuzzed.
fn fuzz(project: &Path) -> Command {
    let mut command = Command::new("rustup");
    command.args(["run", "nightly", "cargo", "fuzz"]).current_dir(project);
    // The cargo that runs us would be taken in place of nightly's.
    for name in ["CARGO", "RUSTC", "RUSTUP_TOOLCHAIN"] {
        command.env_remove(name);
    }
    command
}

/// The names of the targets, in order.
fn targets(project: &Path) -> Result<Vec<String>> {
    let folder = project.join("targets");
    let entries = fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| format!("cannot list {}", folder.display()))?.path();
        names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_declared_and_has_seeds() {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz");
        let manifest = fs::read_to_string(project.join("Cargo.toml")).unwrap();
        let targets = targets(&project).unwrap();
        assert!(targets.len() >= 8, "{targets:?}");
        for target in targets {
            assert!(manifest.contains(&format!("name = \"{target}\"")), "{target} is not in the manifest");
            assert!(fs::read_dir(project.join("seeds").join(&target)).unwrap().count() > 0, "{target} has no seeds");
        }
    }
}
