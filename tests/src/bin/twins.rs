//! Compares the facade with official clients, and prints what came of it as tables.
//!
//! ```text
//! twins CLIENTS [--seed N] [--count N] [--allow-unseen]
//! ```
//!
//! `CLIENTS` is a JSON file: `[{"generation": "python-1.9.3", "command": ["python", "client.py"]}]`. Whoever runs this
//! program has installed them; `cargo xtask conformance` does. As many clients are driven at once as there are cores.
//!
//! Fails if a difference has no reason, or if no case shows a difference that is on the list; `--allow-unseen` bears the
//! latter, for runs of few clients or few cases.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line speaks to a terminal")]

use std::error::Error;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use serde::Deserialize;
use tests::twins::{Case, Driver, Generation, Tally, answers, rich_cases, seeded_cases, wire};

type Failure = Box<dyn Error + Send + Sync>;

#[derive(Debug, Deserialize)]
struct Installed {
    generation: String,
    command: Vec<String>,
}

/// What is asked of every client.
#[derive(Debug)]
struct Task {
    rich: Vec<Case>,
    seed: u64,
    count: usize,
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("twins: {error}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<bool, Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let path = arguments.first().ok_or("name the file of clients")?;
    let number = |flag: &str, default: u64| match arguments.iter().position(|argument| argument == flag) {
        Some(at) => arguments.get(at + 1).and_then(|value| value.parse().ok()).ok_or(format!("{flag} takes a number")),
        None => Ok(default),
    };
    let (seed, count) = (number("--seed", 1)?, usize::try_from(number("--count", 5000)?)?);
    let drivers: Vec<Driver> = serde_json::from_slice::<Vec<Installed>>(&std::fs::read(path)?)?
        .into_iter()
        .map(|Installed { generation, command }| {
            let generation = Generation::parse(&generation).ok_or("a generation is named like python-1.9.3")?;
            Ok(Driver::new(generation, command))
        })
        .collect::<Result<_, Failure>>()?;
    let tally = compare_all(&drivers, &Task { rich: rich_cases(), seed, count })?;

    print!("{tally}");
    let unexplained = tally.unexplained();
    for (of_one_kind, first) in &unexplained {
        eprintln!("\n{of_one_kind} like this:\n{first}");
    }
    let unseen = if arguments.iter().any(|flag| flag == "--allow-unseen") { Vec::new() } else { tally.unseen() };
    for name in &unseen {
        eprintln!("\nno case shows this difference any more: {name}");
    }
    Ok(unexplained.is_empty() && unseen.is_empty())
}

/// Compares with every client, each on a thread of its own but no more at once than there are cores.
fn compare_all(drivers: &[Driver], task: &Task) -> Result<Tally, Failure> {
    let (next, cores) = (AtomicUsize::new(0), std::thread::available_parallelism().map_or(1, usize::from));
    let work = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(driver) = drivers.get(at) else { return Ok(done) };
            done.push((at, compare(driver, task)?));
        }
    };
    let mut done: Vec<(usize, Tally)> = Vec::new();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            let all: Result<Vec<_>, Failure> = worker.join().map_err(|_| "a comparison panicked")?;
            done.extend(all?);
        }
        Ok::<(), Failure>(())
    })?;
    done.sort_by_key(|(at, _)| *at);
    let mut tally = Tally::default();
    for (_, one) in done {
        tally.add(one);
    }
    Ok(tally)
}

/// Compares with one client, under a clock that stands still: a retry of ours costs no time.
fn compare(driver: &Driver, task: &Task) -> Result<Tally, Failure> {
    let begun = Instant::now();
    let generation = driver.generation;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build()?;
    let tally = runtime.block_on(async {
        let seeded: Vec<Case> =
            seeded_cases(task.seed).filter_map(|case| case.spoken_by(&generation)).take(task.count).collect();
        let written = wire::compare(driver, &task.rich).await?;
        let seeded = wire::compare(driver, &seeded).await?;
        let read = answers::compare(driver, task.seed, task.count).await?;
        Ok::<_, std::io::Error>(Tally::of(generation, &written, &seeded, &read))
    })?;
    eprintln!("{generation}: compared in {:.0} s", begun.elapsed().as_secs_f64());
    Ok(tally)
}
