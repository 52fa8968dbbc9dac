//! Plays seeded whole runs, on every processor, and counts what went wrong. `cargo xtask runs torture` runs this program.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "everything here is test code")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line speaks to a terminal")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tests::torture::{Played, play};

/// A run takes a fraction of a second of real time; one that takes this long hangs.
const HANGS: Duration = Duration::from_secs(120);

/// What all threads share.
struct Sum {
    next: AtomicU64,
    total: Mutex<Total>,
}

#[derive(Default)]
struct Total {
    runs: u64,
    played: Played,
    bad: Vec<u64>,
    /// What each thread is at, and since when.
    at: BTreeMap<usize, (u64, Instant)>,
}

fn main() -> ExitCode {
    let arguments: Vec<u64> = std::env::args().skip(1).map(|argument| argument.parse().unwrap()).collect();
    let [runs, seed] = arguments[..] else {
        eprintln!("torture: expected how many runs, and the first seed");
        return ExitCode::from(2);
    };
    let started = Instant::now();
    let folder = folder();
    let sum = Sum { next: AtomicU64::new(seed), total: Mutex::default() };
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        let work: Vec<_> = (0..threads)
            .map(|thread| {
                scope.spawn({
                    let (sum, folder) = (&sum, &folder);
                    move || sum.work(thread, seed + runs, folder)
                })
            })
            .collect();
        while work.iter().any(|thread| !thread.is_finished()) {
            std::thread::sleep(Duration::from_millis(200));
            sum.watch();
        }
    });
    let total = sum.total.into_inner().unwrap();
    report(&total, started.elapsed())
}

/// Memory in place of a disk, where there is one: the many runs are to wait for nothing.
fn folder() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { memory } else { std::env::temp_dir() }
}

impl Sum {
    fn work(&self, thread: usize, end: u64, folder: &Path) {
        loop {
            let seed = self.next.fetch_add(1, Ordering::Relaxed);
            if seed >= end {
                self.total.lock().unwrap().at.remove(&thread);
                return;
            }
            self.total.lock().unwrap().at.insert(thread, (seed, Instant::now()));
            let played = std::panic::catch_unwind(|| play(seed, folder))
                .unwrap_or_else(|_| Played { problems: vec!["it panicked".to_owned()], ..Played::default() });
            self.add(seed, played);
        }
    }

    fn add(&self, seed: u64, played: Played) {
        let mut total = self.total.lock().unwrap();
        if !played.is_good() {
            eprintln!("seed {seed}: {played:?}");
            total.bad.push(seed);
        }
        total.runs += 1;
        if total.runs % 1_000 == 0 {
            println!("    {} runs", total.runs);
        }
        let sum = &mut total.played;
        sum.faults += played.faults;
        sum.resumes += played.resumes;
        sum.retries += played.retries;
        sum.rows += played.rows;
        sum.lost += played.lost;
        sum.doubled += played.doubled;
        sum.duplicate_jobs += played.duplicate_jobs;
        sum.hangs += played.hangs;
        for (kind, count) in played.errors {
            *sum.errors.entry(kind).or_default() += count;
        }
    }

    /// A run that turns in a circle cannot be ended from outside.
    fn watch(&self) {
        let total = self.total.lock().unwrap();
        if let Some((seed, _)) = total.at.values().find(|(_, since)| since.elapsed() > HANGS) {
            eprintln!("seed {seed} hangs");
            std::process::exit(1);
        }
    }
}

fn report(total: &Total, took: Duration) -> ExitCode {
    let Played { faults, resumes, retries, rows, lost, doubled, duplicate_jobs, hangs, problems: _, errors } =
        &total.played;
    println!("{} runs of {rows} rows in {:.0} s", total.runs, took.as_secs_f64());
    println!("  faults met {faults}, times taken up {resumes}, times the rest was asked for {retries}");
    println!("  drives ended by an error: {errors:?}");
    println!("  rows lost {lost}, lines doubled {doubled}, duplicate jobs {duplicate_jobs}, hangs {hangs}");
    if total.bad.is_empty() {
        println!("  all as it must be");
        return ExitCode::SUCCESS;
    }
    let first = total.bad.iter().min().unwrap();
    println!(
        "  {} runs went wrong; to play one again: cargo xtask runs torture --runs 1 --seed {first}",
        total.bad.len()
    );
    ExitCode::FAILURE
}
