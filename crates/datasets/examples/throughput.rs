//! How fast a file is checked, on one core, and how much memory it takes.
//!
//! ```sh
//! cargo run --release -p mistral-datasets --example throughput              # a file of 1 GB, made for the purpose
//! cargo run --release -p mistral-datasets --example throughput train.jsonl  # a file of yours
//! ```
//!
//! With `--without-duplicates`, samples that occur twice are not looked for.

use std::error::Error;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use mistral_datasets::Lines;
use mistral_datasets::training::{self, Options};

/// Bytes of the file that is made.
const BYTES: u64 = 1_000_000_000;
const MB: f64 = 1e6;

fn main() -> Result<(), Box<dyn Error>> {
    let (switches, files): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    let path = match files.first() {
        Some(file) => PathBuf::from(file),
        None => made()?,
    };
    let options = Options::default().duplicates(!switches.iter().any(|switch| switch == "--without-duplicates"));

    let mut out = io::stdout().lock();
    // What the disk and the line reader cost, and so that the file is in the cache.
    let begin = Instant::now();
    let (mut lines, mut bytes) = (Lines::new(open(&path)?), 0);
    while let Some(line) = lines.read()? {
        bytes = line.offset + line.length;
    }
    writeln!(out, "lines alone  {:7.0} MB/s", bytes as f64 / MB / begin.elapsed().as_secs_f64())?;

    let (begin, before) = (Instant::now(), processor_seconds());
    let report = training::check(open(&path)?, options)?;
    let (seconds, after) = (begin.elapsed().as_secs_f64(), processor_seconds());
    let statistics = report.statistics();
    let megabytes = statistics.bytes as f64 / MB;
    writeln!(out, "check        {:7.0} MB/s, {} samples in {seconds:.2} s", megabytes / seconds, statistics.samples)?;
    // On a machine with other work to do, the clock runs while the process waits for a processor.
    if let (Some(before), Some(after)) = (before, after) {
        let used = after - before;
        writeln!(out, "  on a core  {:7.0} MB/s, {used:.2} s of processor time", megabytes / used)?;
    }
    writeln!(out, "problems     {:?}", report.counts())?;
    if let Some(peak) = peak_memory() {
        writeln!(out, "peak memory  {peak:>7}")?;
    }
    Ok(())
}

fn open(path: &Path) -> io::Result<BufReader<File>> {
    Ok(BufReader::with_capacity(256 << 10, File::open(path)?))
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

/// A file of chat samples in the temporary folder, made anew if it is not there.
fn made() -> Result<PathBuf, Box<dyn Error>> {
    let path = std::env::temp_dir().join("mistral-datasets-throughput.jsonl");
    if path.metadata().is_ok_and(|metadata| metadata.len() >= BYTES) {
        return Ok(path);
    }
    let mut writer = BufWriter::new(File::create(&path)?);
    let (mut random, mut written) = (Random(7), 0);
    while written < BYTES {
        let line = sample(&mut random);
        writer.write_all(line.as_bytes())?;
        written += line.len() as u64;
    }
    writer.flush()?;
    Ok(path)
}

/// A conversation as people write them: one to four turns, mostly English, some of it in other scripts, with line breaks,
/// quotes and code; one in eight calls a tool.
fn sample(random: &mut Random) -> String {
    let mut messages = Vec::new();
    if random.below(3) == 0 {
        messages.push(message("system", random, 12));
    }
    for _ in 0..=random.below(4) {
        let (question, answer) = (10 + random.below(40), 40 + random.below(160));
        messages.push(message("user", random, question));
        messages.push(message("assistant", random, answer));
    }
    let mut tools = "";
    if random.below(8) == 0 {
        let id = format!("c{:08}", random.below(100_000_000));
        messages.push(message("user", random, 8));
        messages.push(CALL.replace("ID", &id));
        messages.push(ANSWER.replace("ID", &id));
        messages.push(message("assistant", random, 20));
        tools = TOOLS;
    }
    format!("{{\"messages\":[{}]{tools}}}\n", messages.join(","))
}

fn message(role: &str, random: &mut Random, words: u64) -> String {
    format!(r#"{{"role":"{role}","content":{}}}"#, serde_json::Value::from(text(random, words)))
}

const CALL: &str = r#"{"role":"assistant","tool_calls":[{"id":"ID","type":"function","function":{"name":"get_weather","arguments":"{\"city\": \"Lyon\", \"days\": 3}"}}]}"#;
const ANSWER: &str = r#"{"role":"tool","content":"{\"sky\": \"clear\"}","tool_call_id":"ID"}"#;
const TOOLS: &str = r#","tools":[{"type":"function","function":{"name":"get_weather","description":"The weather in a city over the next days","parameters":{"type":"object","properties":{"city":{"type":"string","description":"A city"},"days":{"type":"integer","minimum":1}},"required":["city"]}}}]"#;

const WORDS: [&str; 32] = [
    "the",
    "model",
    "answers",
    "a",
    "question",
    "about",
    "weather",
    "in",
    "Lyon",
    "and",
    "says",
    "that",
    "it",
    "will",
    "rain",
    "tomorrow,",
    "which",
    "nobody",
    "expected.\n\n",
    "\"Really?\"",
    "for i in 0..10 {\n    step(i);\n}\n",
    "café",
    "naïve",
    "où",
    "déjà",
    "Straße",
    "погода",
    "город",
    "天気",
    "東京は",
    "🙂",
    "path\\to\\file",
];

fn text(random: &mut Random, words: u64) -> String {
    let mut text = String::new();
    for word in 0..words {
        if word > 0 {
            text.push(' ');
        }
        // Three in four from the English part.
        let place = if random.below(4) == 0 { random.below(32) } else { random.below(18) };
        text.push_str(WORDS[place as usize]);
    }
    text
}

/// Numbers that are the same on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}
