use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::values;

/// What can be done with the emulator.
#[derive(Debug, Subcommand)]
pub(crate) enum EmulatorCommand {
    /// Serve the API on a port of this machine
    Serve(ServeArgs),
}

/// Where to serve, and how fast jobs go.
#[derive(Debug, Args)]
#[command(
    after_help = r#"Serves on 127.0.0.1 until interrupted. Any key is accepted, nothing is billed, and the answers say
that an emulator made them. Its URL is printed on standard output once it listens; Ctrl-C ends it
with exit code 0. GET /emulator/ledger tells as JSON what it was asked and how many jobs it made.

A file for --faults makes chosen answers go wrong, so that a program can be tried against them. Each
fault names an operation and what happens to it; the documentation of the crate mistral-emulator
(FaultScript) lists everything there is:
  {"faults": [{"operation": "batch.jobs.get", "times": 2, "answer": {"status": 503}},
              {"operation": "files.download", "delivery": {"cut": 1000}}]}

With --upstream a server that has the same endpoints, such as vLLM, answers each line of a batch:
POST URL/v1/chat/completions with the body of the line, and with the job's model if it names none.
Any model is taken, and /v1/models lists those of the server if it tells them. Jobs then go on by
themselves and at the server's pace. A request is sent up to four times, and an answer may take ten
minutes; one that never comes is a result with status 503.

Examples:
  mistral-jobs emulator serve --port 8787
  mistral-jobs emulator serve --upstream http://127.0.0.1:8000 --upstream-concurrency 32
  mistral-jobs emulator serve --requests-per-second 100000 --max-pending 2000000
  MISTRAL_API_KEY=any MISTRAL_BASE_URL=http://127.0.0.1:8787 mistral-jobs models list"#
)]
pub(crate) struct ServeArgs {
    /// Port to listen on; 0 for any free one
    #[arg(long, value_name = "PORT", default_value_t = 8787)]
    pub(crate) port: u16,
    /// Folder to keep file contents in while it runs [default: the system's folder for temporary files]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// How long jobs stay QUEUED: 5s, 1m [default: half a second]
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    pub(crate) queue_time: Option<Duration>,
    /// How long jobs stay RUNNING at least: 30s, 5m [default: one second]
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    pub(crate) run_time: Option<Duration>,
    /// How many requests of each job are done in a second, at most: 1 to 1,000,000 [default: 5,000]
    #[arg(long, value_name = "N", value_parser = values::requests_per_second)]
    pub(crate) requests_per_second: Option<u64>,
    /// How many requests may be pending over all jobs: 1 to 1,000,000,000; a job past it is refused
    /// [default: 1,000,000]
    #[arg(long, value_name = "N", value_parser = values::max_pending)]
    pub(crate) max_pending: Option<u64>,
    /// Answer 410 Gone to fine-tuning jobs, as the service does since August 2026
    #[arg(long)]
    pub(crate) fine_tuning_retired: bool,
    /// File of faults to play, as JSON: statuses, broken connections, slow answers
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) upstream: UpstreamArgs,
}

/// A server that answers in the emulator's place.
#[derive(Debug, Args)]
pub(crate) struct UpstreamArgs {
    /// Have the requests of batches answered by an inference server, such as http://127.0.0.1:8000
    #[arg(long, value_name = "URL")]
    pub(crate) upstream: Option<String>,
    /// How many requests may be on their way to it at once, over all jobs: 1 to 1,024
    #[arg(long, value_name = "N", default_value_t = 8, requires = "upstream", value_parser = values::concurrency)]
    pub(crate) upstream_concurrency: usize,
    /// File that holds its key; without one it is sent the key "none"
    #[arg(long, value_name = "FILE", requires = "upstream")]
    pub(crate) upstream_key_file: Option<PathBuf>,
}
