//! The figures that the libraries are held to, each measured by a command and held against its bound.
//!
//! `cargo xtask soak` and `cargo xtask bench` run this program and say which commands there are; `FIGURES.md` keeps what
//! they printed. A bound that is not held makes the exit code 1.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "everything here is test code")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line speaks to a terminal")]

mod bare;
mod calls;
mod cuts;
mod load;
mod process;
mod replies;
mod report;
mod runs;
mod server;
mod transfers;
mod waits;

use std::process::ExitCode;

use report::Report;

fn main() -> ExitCode {
    // Cargo adds a flag of its own for whatever it runs as a benchmark.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut report = Report::default();
    match arguments.as_slice() {
        ["cuts"] => cuts::run(&mut report),
        ["outage"] => load::outage(&mut report),
        ["noise"] => load::noise(&mut report),
        ["transfers", "plain"] => transfers::run(&mut report, false),
        ["transfers", "tls"] => transfers::run(&mut report, true),
        ["calls"] => calls::run(&mut report),
        ["waits"] => waits::run(&mut report),
        // What the commands start beside themselves.
        ["serve", "plain"] => server::run(false),
        ["serve", "tls"] => server::run(true),
        ["loop", what, base, times] => calls::only(what, base, times.parse().unwrap()),
        ["runs-drive", base, folder, input, output] => runs::drive(base, folder, input, output),
        ["runs-serve", folder] => runs::serve(folder),
        ["runs-join", folder] => runs::join_only(folder),
        ["runs-check", "read", path] => runs::read(path),
        ["runs-check", "plan", path] => runs::plan(path),
        ["runs-check", "map", path] => runs::map(path),
        ["runs", what @ ..] if runs::run(&mut report, what) => {}
        unknown => {
            eprintln!("figures: no such command: {}; `cargo xtask help` lists them", unknown.join(" "));
            return ExitCode::from(2);
        }
    }
    report.exit_code()
}
