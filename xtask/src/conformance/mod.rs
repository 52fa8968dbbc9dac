//! This library held against the clients the world already uses.
//!
//! Each part drives official clients from PyPI and npm, which are installed once for a target folder, and writes a
//! section of `tests/CONFORMANCE.md` when all of it has passed.

mod client;
mod day;
mod document;
mod emulator;
mod mutations;
mod node;
mod peers;
mod python;
mod registry;
mod roads;
mod scripts;
mod table;
mod tap;
mod wire;
mod workshop;

use std::time::Instant;

use anyhow::{Result, bail};

use client::Client;
use workshop::Workshop;

/// What can be asked for, in the order of the document.
const PARTS: [Part; 5] = [
    Part { name: "wire", title: "Calls and answers", clients: Client::generations, run: wire::run },
    Part { name: "batch", title: "Batch jobs and files on the emulator", clients: Client::generations, run: batch },
    Part {
        name: "fine-tuning",
        title: "Fine-tuning on the emulator",
        clients: Client::with_fine_tuning,
        run: fine_tuning,
    },
    Part { name: "peers", title: "What goes wrong, and what comes of it", clients: peers::clients, run: peers::run },
    Part { name: "mutations", title: "Planted mistakes", clients: mutations::clients, run: mutations::run },
];

/// One way to compare.
struct Part {
    name: &'static str,
    /// Its heading in the document.
    title: &'static str,
    /// The clients it drives.
    clients: fn() -> Vec<Client>,
    /// Does it, and returns what is written down.
    run: fn(&Workshop, &[Client]) -> Result<String>,
}

/// Runs one part, or all.
///
/// # Errors
///
/// An unknown part, a client that cannot be installed, or the part that found something wrong. What comes after it is not
/// run.
pub(crate) fn run(name: Option<&str>) -> Result<()> {
    let parts: Vec<&Part> = PARTS.iter().filter(|part| name.is_none_or(|name| name == part.name)).collect();
    if parts.is_empty() {
        bail!(
            "no such part of the conformance: {}; there is {}",
            name.unwrap_or_default(),
            PARTS.map(|part| part.name).join(", ")
        );
    }
    let workshop = Workshop::open()?;
    let titles = PARTS.map(|part| part.title);
    let mut took = Vec::new();
    for part in parts {
        let begun = Instant::now();
        let clients = (part.clients)();
        let names: Vec<_> = clients.iter().map(Client::name).collect();
        println!("\n==> {}: {}", part.name, names.join(", "));
        client::install_all(&clients, &workshop)?;
        let found = (part.run)(&workshop, &clients)?;
        document::record(&workshop, &titles, part.title, &found)?;
        took.push((part.name, begun.elapsed()));
    }
    println!("\nConformance holds:");
    for (name, time) in took {
        println!("{:>8.1} s  {name}", time.as_secs_f64());
    }
    Ok(())
}

fn batch(workshop: &Workshop, clients: &[Client]) -> Result<String> {
    let about = "\
Each client walks its documented roads against `mistral-jobs emulator serve`. A dash stands where a generation cannot ask
for it.\n";
    let table = scripts::run(workshop, clients, "batch")?;
    Ok(format!("{about}\n{table}\n{}", roads::walk(workshop, &roads::BATCH)?))
}

fn fine_tuning(workshop: &Workshop, clients: &[Client]) -> Result<String> {
    let about = "Clients that have fine-tuning jobs still, against `mistral-jobs emulator serve`.\n";
    let table = scripts::run(workshop, clients, "fine_tuning")?;
    Ok(format!("{about}\n{table}\n{}", roads::walk(workshop, &roads::FINE_TUNING)?))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_script_is_there_in_every_language() {
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance");
        for script in ["client", "checks", "batch", "fine_tuning", "peer"] {
            for extension in ["py", "mjs"] {
                assert!(scripts.join(script).with_extension(extension).is_file(), "{script}: {extension}");
            }
        }
    }

    #[test]
    fn an_unknown_part_is_refused_by_name() {
        let refused = run(Some("cooking")).unwrap_err().to_string();
        let known = "wire, batch, fine-tuning, peers, mutations";
        assert_eq!(refused, format!("no such part of the conformance: cooking; there is {known}"));
    }
}
