//! How fast the input of a batch is checked, on one core, and how much memory it takes.
//!
//! ```sh
//! cargo run --release -p mistral-datasets --example batch_check                 # a million requests of 204 MB, made for it
//! cargo run --release -p mistral-datasets --example batch_check requests.jsonl  # a file of yours
//! ```
//!
//! The goal for the file that is made: 0.8 seconds and 32 MiB. `--rows=10000000` makes another number of requests.

use std::error::Error;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::time::Instant;

use mistral_datasets::Lines;
use mistral_datasets::batch::{self, Options};

/// Bytes of a request that is made, its line end included.
const LINE: usize = 204;
const MB: f64 = 1e6;

fn main() -> Result<(), Box<dyn Error>> {
    let (switches, files): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    let rows = switches.iter().find_map(|switch| switch.strip_prefix("--rows=")).map_or(Ok(1_000_000), str::parse)?;
    let file = match files.first() {
        Some(path) => File::open(path)?,
        None => made(rows)?,
    };

    let mut out = io::stdout().lock();
    // What the disk and the line reader cost, and so that the file is in the cache.
    let begin = Instant::now();
    let mut lines = Lines::new(reader(&file)?);
    while lines.read()?.is_some() {}
    writeln!(out, "lines alone  {:.2} s", begin.elapsed().as_secs_f64())?;

    let (begin, before) = (Instant::now(), processor_seconds());
    let report = batch::check(reader(&file)?, Options::default())?;
    let (seconds, after) = (begin.elapsed().as_secs_f64(), processor_seconds());
    let statistics = report.statistics();
    let megabytes = statistics.bytes as f64 / MB;
    writeln!(out, "check        {seconds:.2} s, {} requests, {megabytes:.0} MB", statistics.requests)?;
    // On a machine with other work to do, the clock runs while the process waits for a processor.
    if let (Some(before), Some(after)) = (before, after) {
        writeln!(out, "  on a core  {:.2} s of processor time", after - before)?;
    }
    writeln!(out, "problems     {:?}", report.counts())?;
    if let Some(peak) = peak_memory() {
        writeln!(out, "peak memory  {peak}")?;
    }
    Ok(())
}

fn reader(mut file: &File) -> io::Result<BufReader<&File>> {
    io::Seek::rewind(&mut file)?;
    Ok(BufReader::with_capacity(256 << 10, file))
}

/// The seconds this process has been on a processor, where the system tells.
fn processor_seconds() -> Option<f64> {
    let times = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    let nanoseconds: f64 = times.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}

/// The most memory the process has had, where the system tells.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")).map(|size| size.trim().to_owned())
}

/// Requests of a chat in a file that vanishes with the process.
fn made(rows: u64) -> Result<File, Box<dyn Error>> {
    let mut writer = BufWriter::new(tempfile::tempfile()?);
    for row in 0..rows {
        let start = format!(
            r#"{{"custom_id":"request-{row:07}","body":{{"max_tokens":256,"messages":[{{"role":"user","content":"Say in one sentence what \"{row}\" means "#
        );
        let end = "\"}]}}\n";
        let filling = LINE.saturating_sub(start.len() + end.len());
        writeln!(
            writer,
            "{start}{}{}",
            "in plain words ".repeat(9).get(..filling).unwrap_or_default(),
            end.trim_end()
        )?;
    }
    Ok(writer.into_inner()?)
}
