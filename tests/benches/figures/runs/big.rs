use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use mistral_emulator::{Emulator, Pace};

use super::{MIB, input, myself, numbers};
use crate::report::Report;

/// Sees a run of so many rows through, against an emulator in a process of its own.
pub(super) fn run(report: &mut Report, rows: u64) {
    report.title("A run, its emulator in another process");
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    report.show("rows", rows);
    report.show("megabytes of input", input::write(Path::new(&path("in.jsonl")), rows) / 1_000_000);
    let mut server = myself(&["runs-serve", &path("")]).spawn().unwrap();
    let mut said = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut said).unwrap();

    let started = Instant::now();
    let arguments = ["runs-drive", said.trim(), &path("run"), &path("in.jsonl"), &path("out.jsonl")];
    let measured = numbers(myself(&arguments));
    let seconds = started.elapsed().as_secs_f64();
    server.kill().unwrap();
    server.wait().unwrap();

    report.show("seconds", format!("{seconds:.1}"));
    report.show("  rows a second", format!("{:.0}", rows as f64 / seconds));
    report.show("megabytes of output", std::fs::metadata(path("out.jsonl")).unwrap().len() / 1_000_000);
    report.at_least("rows answered, as the run counts them", measured[0], rows as f64);
    report.at_least("rows answered in order, as the output has them", in_order(&path("out.jsonl")) as f64, rows as f64);
    report.at_most("most memory of the client, MiB", measured[1] / MIB, 64.0);
}

/// How many lines there are, each of which must be the answer to its row.
fn in_order(path: &str) -> u64 {
    let mut row = 0;
    for line in BufReader::with_capacity(1 << 20, File::open(path).unwrap()).lines() {
        let line = line.unwrap();
        let (id, asked) = (format!("\"custom_id\":\"{}\"", input::id(row)), format!("Question {row}:"));
        let is_its_own = line.contains(&id) && line.contains(&asked) && line.contains("\"status_code\":200");
        assert!(is_its_own, "line {row} is {line}");
        row += 1;
    }
    row
}

/// An emulator that takes whatever comes, and answers as fast as it can.
pub(crate) fn serve(folder: &str) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let pace = Pace::default().queue(Duration::from_millis(100)).requests_per_second(1_000_000);
    let builder = Emulator::builder().pace(pace).max_pending_requests(u64::MAX).data_folder(folder);
    let emulator = builder.build().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    runtime.block_on(emulator.serve(listener, std::future::pending())).unwrap();
}
