//! Calls and answers, compared one by one with every client.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::client::{Client, Language};
use super::python;
use super::workshop::Workshop;

/// What the generated calls and answers begin with, and how many of each every client is given.
const SEED: &str = "1";
const COUNT: &str = "5000";

const ABOUT: &str = "\
Each call is made twice, by an official client and by the facade, and what was sent is compared: method, path, pairs of
the query, the headers `accept`, `authorization` and `content-type`, the body as JSON, the parts of a form. Written calls
take every parameter alone and all at once; generated ones follow from a seed. Each generated answer is then given to
both, and what they read from it is compared. A difference must be on one of the lists below and account for the whole of
what differs; one that no case shows must not be on them.
";

/// Compares with all of `clients`, and returns the tables, as Markdown.
///
/// # Errors
///
/// A difference without a reason, or a client that cannot be driven.
pub(super) fn run(workshop: &Workshop, clients: &[Client]) -> Result<String> {
    let program = workshop.build("tests", "twins")?;
    let list = clients_file(workshop, clients, "clients.json")?;
    println!("\n==> twins, seed {SEED}, {COUNT} generated calls and answers a client");
    let begun = Instant::now();
    let output = command(&program, &list, &["--seed", SEED, "--count", COUNT])
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start {}", program.display()))?;
    let tables = String::from_utf8_lossy(&output.stdout);
    println!("{tables}\n    compared in {:.0} s", begun.elapsed().as_secs_f64());
    ensure!(output.status.success(), "there are differences without a reason ({})", output.status);
    Ok(format!("{ABOUT}\nSeed {SEED}.\n\n{tables}"))
}

/// The program that compares, told of nothing on the side: warnings of the clients' libraries would bury its own words.
pub(super) fn command(program: &Path, clients: &Path, options: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.arg(clients).args(options).env("PYTHONWARNINGS", "ignore").env("NODE_NO_WARNINGS", "1");
    command
}

/// Writes the list of clients as the program reads it, and says where.
///
/// # Errors
///
/// When it cannot be written.
pub(super) fn clients_file(workshop: &Workshop, clients: &[Client], name: &str) -> Result<std::path::PathBuf> {
    let path = workshop.home.join(name);
    let list: Vec<Value> = clients.iter().map(|client| driver(workshop, client)).collect();
    fs::write(&path, serde_json::to_string_pretty(&list)?)
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

fn driver(workshop: &Workshop, client: &Client) -> Value {
    let Client { language, version } = client;
    let (folder, script) = (client.folder(workshop), workshop.scripts.join("client"));
    match language {
        Language::Python => json!({
            "generation": format!("python-{version}"),
            "command": [python::interpreter(&folder), "-B", script.with_extension("py")],
        }),
        Language::TypeScript => json!({
            "generation": format!("ts-{version}"),
            "command": ["node", script.with_extension("mjs"), folder, client.major()],
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_is_told_where_its_client_is() {
        let [root, target, home, scripts] = ["/w", "/t", "/t/home", "/w/scripts"].map(Into::into);
        let workshop = Workshop { root, target, home, scripts };
        assert_eq!(
            driver(&workshop, &Client::python("1.9.3")),
            json!({
                "generation": "python-1.9.3",
                "command": ["/t/home/python-1.9.3/bin/python", "-B", "/w/scripts/client.py"],
            })
        );
        assert_eq!(
            driver(&workshop, &Client::typescript("2.2.6")),
            json!({
                "generation": "ts-2.2.6",
                "command": ["node", "/w/scripts/client.mjs", "/t/home/typescript-2.2.6", "2"],
            })
        );
    }
}
