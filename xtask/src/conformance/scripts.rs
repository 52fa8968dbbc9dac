//! Scripts that go through whole roads with an official client, against the emulator.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, anyhow, ensure};

use super::client::Client;
use super::emulator::Emulator;
use super::table;
use super::tap::{self, Check};
use super::workshop::Workshop;

/// Drives the emulator with every client, and returns the table of what came out, as Markdown.
///
/// # Errors
///
/// A script that broke off, or any check that failed, after all have been told.
pub(super) fn run(workshop: &Workshop, clients: &[Client], script: &str) -> Result<String> {
    let program = workshop.build("mistral-jobs", "mistral-jobs")?;
    // All at once: they wait for jobs more than they work.
    let columns = std::thread::scope(|scope| {
        let program = program.as_path();
        let begin = |client| scope.spawn(move || walk(workshop, program, client, script));
        let walks: Vec<_> = clients.iter().map(begin).collect();
        walks
            .into_iter()
            .map(|walk| walk.join().map_err(|_| anyhow!("a script's run panicked"))?)
            .collect::<Result<Vec<_>>>()
    })?;
    println!("\n{}", table::plain(&columns));
    let failed = columns.iter().flat_map(|(_, checks)| checks).filter(|check| check.failure.is_some()).count();
    ensure!(failed == 0, "{failed} checks failed");
    Ok(table::markdown(&columns))
}

/// Runs a client's script to its end, against emulators of its own, and reads its checks.
fn walk(workshop: &Workshop, program: &Path, client: &Client, script: &str) -> Result<(String, Vec<Check>)> {
    let name = client.name();
    let emulator = Emulator::serve(program, &[])?;
    let retired = Emulator::serve(program, &["--fine-tuning-retired"])?;
    let mut command = client.command(workshop, script)?;
    command.env("MISTRAL_BASE_URL", emulator.url()).env("RETIRED_BASE_URL", retired.url());
    command.env("CLIENT_VERSION", &client.version).env_remove("MISTRAL_API_KEY");
    let output = command.stderr(Stdio::inherit()).output().with_context(|| format!("cannot start {command:?}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    println!("\n==> {script}, {name}\n{}", text.trim_end());
    let checks = tap::parse(&text);
    // A script that broke off between two checks has told of no failure.
    let told = checks.iter().any(|check| check.failure.is_some());
    ensure!(output.status.success() || told, "{name}: the script broke off ({})", output.status);
    ensure!(!checks.is_empty(), "{name}: the script checked nothing");
    Ok((name, checks))
}
