//! The official clients against the emulator: what they send is taken, what it answers they can read.

mod emulator;
mod node;
mod python;
mod table;
mod tap;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::metadata::Metadata;
use crate::step::Step;
use emulator::Emulator;
use tap::Check;

/// What can be asked for: a name, and the script of each language that does it, without its extension.
const PARTS: [(&str, &str); 1] = [("fine-tuning", "fine_tuning")];

/// The clients, oldest first. The last of each generation that still has fine-tuning jobs is among them.
const CLIENTS: [Client; 3] =
    [Client::Python { version: "1.9.3" }, Client::Python { version: "2.5.1" }, Client::Node { version: "1.15.1" }];

/// An official client, by the version in its language's registry.
#[derive(Debug, Clone, Copy)]
enum Client {
    /// `mistralai` on PyPI.
    Python { version: &'static str },
    /// `@mistralai/mistralai` on npm.
    Node { version: &'static str },
}

/// Drives the emulator with every client and prints a table of what came out.
///
/// The clients come from the registries that `pip` and `npm` are set up for, once for a target folder.
///
/// # Errors
///
/// An unknown part, a client that cannot be installed, or any check that failed.
pub(crate) fn run(part: &str) -> Result<()> {
    let Some((_, script)) = PARTS.iter().find(|(name, _)| *name == part) else {
        let known: Vec<_> = PARTS.iter().map(|(name, _)| *name).collect();
        bail!("no such part of the conformance: {part}; there is {}", known.join(", "));
    };
    let metadata = Metadata::read()?;
    Step::cargo("the emulator", "build -p mistral-jobs").run(&metadata.workspace_root)?;
    let program = metadata.target_directory.join("debug").join(format!("mistral-jobs{}", std::env::consts::EXE_SUFFIX));
    let home = metadata.target_directory.join("conformance");
    fs::create_dir_all(&home)?;

    let mut columns = Vec::new();
    for client in CLIENTS {
        let name = client.name();
        println!("\n==> {name}");
        let scripts = metadata.workspace_root.join("xtask").join("conformance");
        let mut command = client.command(&home, &scripts, script).with_context(|| format!("cannot set up {name}"))?;
        columns.push((name, drive(&program, &mut command, client.version())?));
    }
    println!("\n{}", table::render(&columns));
    let failed = columns.iter().flat_map(|(_, checks)| checks).filter(|check| check.failure.is_some()).count();
    ensure!(failed == 0, "{failed} checks failed");
    Ok(())
}

/// Runs a client's script against emulators of its own.
fn drive(program: &Path, command: &mut Command, version: &str) -> Result<Vec<Check>> {
    let emulator = Emulator::serve(program, &[])?;
    let retired = Emulator::serve(program, &["--fine-tuning-retired"])?;
    let output = command
        .env("MISTRAL_BASE_URL", emulator.url())
        .env("RETIRED_BASE_URL", retired.url())
        .env("CLIENT_VERSION", version)
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start {command:?}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    print!("{text}");
    let checks = tap::parse(&text);
    // A script that broke off between two checks has told of no failure.
    let told = checks.iter().any(|check| check.failure.is_some());
    ensure!(output.status.success() || told, "the script broke off ({})", output.status);
    ensure!(!checks.is_empty(), "the script checked nothing");
    Ok(checks)
}

impl Client {
    fn version(self) -> &'static str {
        match self {
            Self::Python { version } | Self::Node { version } => version,
        }
    }

    fn name(self) -> String {
        match self {
            Self::Python { version } => format!("python {version}"),
            Self::Node { version } => format!("typescript {version}"),
        }
    }

    /// The command that runs a script with this client, which is installed below `home` if it is not there.
    fn command(self, home: &Path, scripts: &Path, script: &str) -> Result<Command> {
        let folder = home.join(self.name().replace(' ', "-"));
        match self {
            Self::Python { version } => python::command(&folder, version, &script_file(scripts, script, "py")),
            Self::Node { version } => node::command(&folder, version, &script_file(scripts, script, "mjs")),
        }
    }
}

fn script_file(scripts: &Path, name: &str, extension: &str) -> PathBuf {
    scripts.join(name).with_extension(extension)
}

/// Runs a command of an installation, and marks the folder as installed once it has succeeded.
fn install(folder: &Path, commands: impl IntoIterator<Item = Command>) -> Result<()> {
    let mark = folder.join("installed");
    if mark.exists() {
        return Ok(());
    }
    for mut command in commands {
        let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
        ensure!(status.success(), "{command:?} failed ({status})");
    }
    fs::write(mark, "")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_a_script_in_every_language() {
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance");
        for (part, script) in PARTS {
            for extension in ["py", "mjs"] {
                assert!(script_file(&scripts, script, extension).is_file(), "{part}: {extension}");
            }
        }
    }

    #[test]
    fn an_unknown_part_is_refused_by_name() {
        let refused = run("cooking").unwrap_err().to_string();
        assert_eq!(refused, "no such part of the conformance: cooking; there is fine-tuning");
    }
}
