//! Ours beside the official clients and another Rust one, in what goes wrong.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::client::{Client, Language};
use super::emulator::Emulator;
use super::registry;
use super::workshop::Workshop;
use crate::step;

/// What must come of each case with the facade; with the others it is told as it came.
const OURS: [(&str, &str); 10] = [
    ("a create is answered 502 after it took effect", "1 made, error 502"),
    ("the same, with retries", "1 made, a job is returned"),
    ("a list is filtered by two statuses and a note", "2 of 2 found"),
    ("a list is filtered by a note called `page`", "refused, with the reason"),
    ("a file called `été \"1\".jsonl` is uploaded", "kept as `été %221%22.jsonl` for batch"),
    ("the client is printed for debugging", "hidden"),
    ("a result holds U+2028, read by lines", "1 lines for 1 result"),
    ("a result holds U+2028, read by the client's own reader", "1 of 1 result read"),
    ("a job has a status of tomorrow", "read as PAUSED"),
    ("a download breaks off", "whole"),
];

/// Emulators with a fault each, by the variable that says where they are.
const FAULTS: [(&str, &str); 3] = [
    ("LOST_BASE_URL", LOST),
    ("LOST_AGAIN_BASE_URL", LOST),
    (
        "FAULTY_BASE_URL",
        r#"{"faults": [
            {"operation": "batch.jobs.get", "answer": {"patch": {"status": "PAUSED"}}},
            {"operation": "files.download", "delivery": {"cut": 1000}}
        ]}"#,
    ),
];
const LOST: &str = r#"{"faults": [{"operation": "batch.jobs.create", "answer": {"status": 502}, "commit": true}]}"#;

/// The only other Rust client found that has batch jobs, generated from the API's description.
const CRATE: (&str, &str) = ("mistral-openapi-client", "0.1.0");
/// How long it may take to compile.
const PATIENCE: Duration = Duration::from_secs(300);

const ABOUT: &str = "\
The same faults are played by the emulator to every client; ours must come out as it stands here, the others are told as
they came. Retries are the clients' own, switched on where they have any; ours is `create_once`, because `create` is never
repeated. A note called `page` is sent in the place of the page by the Python clients, and beside it by the TypeScript
ones: which of the two counts is up to the service. U+2028 is legal inside a JSON text, and readers of lines may take it
for the end of one: `iter_lines` of the Python clients' answers does, and with it the batch helper's stream; Node's
`readline` does not. A broken download is saved to a file by ours, which begins anew where it has to.

Of other Rust clients one was found that has batch jobs. It writes notes as one JSON text, and a file's purpose with
quotes around it, which the emulator refuses.
";

/// The official clients that take inline requests.
pub(super) fn clients() -> Vec<Client> {
    vec![
        Client::python("1.12.4"),
        Client::python("2.5.1"),
        Client::python(&registry::newest(Language::Python, 3, "3.7.0")),
        Client::typescript("1.15.1"),
        Client::typescript(&registry::newest(Language::TypeScript, 2, "2.7.0")),
    ]
}

/// Plays the faults to all, and returns the table, as Markdown.
///
/// # Errors
///
/// A client that cannot be run, or the facade not coming out as it must.
pub(super) fn run(workshop: &Workshop, clients: &[Client]) -> Result<String> {
    let emulator = workshop.build("mistral-jobs", "mistral-jobs")?;
    let ours = workshop.build("tests", "peer")?;
    let mut columns = vec![("ours".to_owned(), play(workshop, &emulator, Command::new(ours))?)];
    for client in clients {
        let mut command = client.command(workshop, "peer")?;
        command.env("CLIENT_VERSION", &client.version);
        columns.push((client.name(), play(workshop, &emulator, command)?));
    }
    let (name, version) = CRATE;
    columns.push((format!("{name} {version}"), play(workshop, &emulator, Command::new(generated(workshop)?))?));
    let table = table(&columns);
    println!("\n{table}");
    let (_, ours) = &columns[0];
    let expected: Vec<_> = OURS.map(|(case, result)| (case.to_owned(), result.to_owned())).into();
    ensure!(*ours == expected, "ours came out otherwise than it must: {ours:?}");
    Ok(format!("{ABOUT}\n{table}"))
}

type Seen = Vec<(String, String)>;

/// Runs a program against emulators of its own, and reads what it saw.
fn play(workshop: &Workshop, emulator: &Path, mut command: Command) -> Result<Seen> {
    println!("\n==> {command:?}");
    let plain = Emulator::serve(emulator, &[])?;
    command.env("MISTRAL_BASE_URL", plain.url()).env("RETIRED_BASE_URL", plain.url()).env_remove("MISTRAL_API_KEY");
    let mut emulators = vec![plain];
    for (variable, faults) in FAULTS {
        let file = workshop.home.join(variable).with_extension("json");
        fs::write(&file, faults)?;
        let faulty = Emulator::serve(emulator, &["--faults", &file.to_string_lossy()])?;
        command.env(variable, faulty.url());
        emulators.push(faulty);
    }
    let output = command.stderr(Stdio::inherit()).output().with_context(|| format!("cannot start {command:?}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    print!("{text}");
    ensure!(output.status.success(), "the program broke off ({})", output.status);
    let seen = seen(&text);
    let cases = OURS.map(|(case, _)| case);
    ensure!(seen.iter().map(|(case, _)| case).eq(cases.iter()), "the program tells of other cases: {seen:?}");
    Ok(seen)
}

/// Reads `saw - case # what came of it`.
fn seen(text: &str) -> Seen {
    let lines = text.lines().filter_map(|line| line.strip_prefix("saw - ")?.split_once(" # "));
    lines.map(|(case, result)| (case.to_owned(), result.to_owned())).collect()
}

fn table(columns: &[(String, Seen)]) -> String {
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let mut text = format!("| case | {} |\n|---|{}\n", names.join(" | "), "---|".repeat(names.len()));
    for (at, (case, _)) in OURS.iter().enumerate() {
        let results: Vec<&str> = columns.iter().map(|(_, seen)| seen[at].1.as_str()).collect();
        text += &format!("| {case} | {} |\n", results.join(" | "));
    }
    text
}

/// Builds the program over the other crate, in a folder of its own: nothing of the workspace depends on it.
fn generated(workshop: &Workshop) -> Result<PathBuf> {
    let folder = workshop.home.join("peer");
    fs::create_dir_all(folder.join("src"))?;
    fs::copy(workshop.scripts.join("peer.rs"), folder.join("src").join("main.rs"))?;
    let (name, version) = CRATE;
    let manifest = format!(
        "[package]\nname = \"peer-of-ours\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         {name} = {{ version = \"={version}\", default-features = false }}\nserde_json = \"1\"\n\
         tokio = {{ version = \"1\", features = [\"macros\", \"rt\", \"time\"] }}\n\n[workspace]\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest)?;
    println!("\n==> {name} {version}");
    let mut build =
        step::cargo(&folder).args(["build", "--quiet"]).env("CARGO_TARGET_DIR", folder.join("target")).spawn()?;
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = build.try_wait()? {
            break status;
        }
        if begun.elapsed() > PATIENCE {
            build.kill()?;
            build.wait()?;
            bail!("{name} does not compile within {} s", PATIENCE.as_secs());
        }
        std::thread::sleep(Duration::from_millis(200));
    };
    ensure!(status.success(), "{name} does not compile ({status})");
    Ok(folder.join("target").join("debug").join(format!("peer-of-ours{}", std::env::consts::EXE_SUFFIX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_is_told_from_other_lines() {
        let text = "warning\nsaw - a list # 1 of 2 # found\nok - nothing\n";
        assert_eq!(seen(text), [("a list".to_owned(), "1 of 2 # found".to_owned())]);
    }

    #[test]
    fn every_program_tells_of_every_case() {
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance");
        let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/src/bin");
        for file in [scripts.join("peer.py"), scripts.join("peer.mjs"), scripts.join("peer.rs"), ours.join("peer.rs")] {
            let text = fs::read_to_string(&file).unwrap().replace("\\\"", "\"");
            for (case, _) in OURS {
                assert!(text.contains(case), "{}: {case}", file.display());
            }
        }
    }

    #[test]
    fn a_column_a_client() {
        let seen = |result: &str| OURS.map(|(case, _)| (case.to_owned(), result.to_owned())).to_vec();
        let table = table(&[("ours".to_owned(), seen("good")), ("theirs".to_owned(), seen("bad"))]);
        assert!(table.starts_with("| case | ours | theirs |\n|---|---|---|\n"));
        assert!(table.contains("| a download breaks off | good | bad |\n"));
    }
}
