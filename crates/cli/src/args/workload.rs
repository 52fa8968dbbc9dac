use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use mistral_sdk::models::ModelId;
use mistral_sdk::runs::Cleanup;

use super::batch::JobOptions;
use super::values;

/// The whole way, in one command.
#[derive(Debug, Args)]
#[command(after_help = "\
Checks all requests offline, cuts them into parts that the service takes, submits each part as one
job, waits for all of them, sends again what failed of something that passes, and writes OUT: one
line for each request, in their order, failed ones included with their error. OUT is written whole
or not at all, readable by you alone.

What has been done is kept in a folder, OUT.run beside OUT unless --run-dir names another. Stopped
by Ctrl-C, killed or out of network, the run is taken up with mistral-jobs run resume: same answers,
no job twice. The folder is removed when all requests succeeded, unless --run-dir named it. For
--output - it is named after the input, stdin.run for standard input, and is in the current folder.

Input, one JSON object a line:
  {\"custom_id\": \"q-1\", \"body\": {\"messages\": [{\"role\": \"user\", \"content\": \"Name one river.\"}]}}

Output, one JSON object a line:
  {\"id\": \"…\", \"custom_id\": \"q-1\", \"response\": {\"status_code\": 200, \"body\": {…}}, \"error\": null}

Examples:
  mistral-jobs batch run questions.jsonl --output answers.jsonl --emulator
  mistral-jobs batch run texts.jsonl --output vectors.jsonl --endpoint embeddings
  mistral-jobs batch run part-*.jsonl --output out.jsonl --max-cost 20 --detach
  mistral-jobs batch run night.jsonl --output out.jsonl --metadata team=blue --timeout-hours 12
  mistral-jobs batch run questions.csv --column question --id-column id --output answers.jsonl
  make-requests | mistral-jobs batch run - --output - --generate-ids | jq .response.body")]
pub(crate) struct BatchRunArgs {
    /// File to write the answers to; - for standard output
    #[arg(long, value_name = "OUT")]
    pub(crate) output: PathBuf,
    /// Replace OUT if it exists
    #[arg(long)]
    pub(crate) force: bool,
    /// Folder to keep the run in [default: OUT.run, removed when all requests succeeded]
    #[arg(long, value_name = "DIR")]
    pub(crate) run_dir: Option<PathBuf>,
    /// Which files to delete from the service at the end: nothing, inputs (those that were uploaded), or everything
    /// (results too)
    #[arg(long, value_name = "WHAT", default_value = "inputs", hide_possible_values = true)]
    pub(crate) cleanup: CleanupChoice,
    #[command(flatten)]
    pub(crate) workload: Workload,
    #[command(flatten)]
    pub(crate) drive: DriveOptions,
}

/// What to plan.
#[derive(Debug, Args)]
#[command(after_help = "\
Reads all of the input and checks it as batch run does. Nothing is sent but a look at the list of
models, which needs a key; --no-model-check needs none. Tokens are estimated at four bytes each, and
answers without max_tokens at 500 tokens.

-o json has every part, and what was counted in each file.

Examples:
  mistral-jobs batch plan night.jsonl --model mistral-small-latest
  mistral-jobs batch plan part-*.jsonl --endpoint embeddings --no-model-check -o json")]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) workload: Workload,
}

/// Requests, the jobs they become, and what these may cost.
#[derive(Debug, Args)]
pub(crate) struct Workload {
    /// JSONL files of requests, each request with a custom_id of its own; - for standard input
    #[arg(value_name = "INPUT", required = true)]
    pub(crate) inputs: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) job: JobOptions,
    #[command(flatten)]
    pub(crate) table: TableOptions,
    #[command(flatten)]
    pub(crate) parts: PartOptions,
    #[command(flatten)]
    pub(crate) money: MoneyOptions,
}

/// What to validate.
#[derive(Debug, Args)]
#[command(after_help = "\
Needs no key and no network. Several files are checked as one input: no custom_id may be in two of
them. Problems are grouped by code, the first of each with its place; the command ends with 7 if
there are any.

Examples:
  mistral-jobs batch validate night.jsonl
  mistral-jobs batch validate part-*.jsonl --model mistral-small-latest --strict -o json
  make-requests | mistral-jobs batch validate - --generate-ids")]
pub(crate) struct ValidateArgs {
    /// JSONL files of requests; - for standard input
    #[arg(value_name = "INPUT", required = true)]
    pub(crate) inputs: Vec<PathBuf>,
    /// Take requests without a custom_id, as batch run --generate-ids does
    #[arg(long)]
    pub(crate) generate_ids: bool,
    /// Model of the jobs, for --strict
    #[arg(long, value_parser = values::model_id, requires = "strict")]
    pub(crate) model: Option<ModelId>,
    /// Refuse requests that name another model than --model
    #[arg(long, requires = "model")]
    pub(crate) strict: bool,
    /// How many problems are shown, the first of all
    #[arg(long, value_name = "N", default_value = "10")]
    pub(crate) show: usize,
}

/// How the rows of a table become requests.
#[derive(Debug, Args)]
#[command(next_help_heading = "Tables, where INPUT is one .csv, .tsv or .parquet")]
pub(crate) struct TableOptions {
    /// JSON file of the body of a request, in which {{column}} stands for the value of a column
    #[arg(long, value_name = "FILE", conflicts_with = "column")]
    pub(crate) template: Option<PathBuf>,
    /// Column that is the question to a chat model, or the input elsewhere
    #[arg(long, value_name = "NAME")]
    pub(crate) column: Option<String>,
    /// Column that is the custom_id [default: row-17 for the seventeenth row]
    #[arg(long, value_name = "NAME")]
    pub(crate) id_column: Option<String>,
}

/// How requests become jobs.
#[derive(Debug, Args)]
#[command(next_help_heading = "Parts and rows")]
pub(crate) struct PartOptions {
    /// Requests in a job at most, up to 1,000,000 [default: 100000]
    #[arg(long, value_name = "N", value_parser = values::count)]
    pub(crate) part_rows: Option<u64>,
    /// Bytes in a job at most, up to 512M [default: 500 MB]
    #[arg(long, value_name = "BYTES", value_parser = values::bytes)]
    pub(crate) part_bytes: Option<u64>,
    /// Requests that may wait at once in the whole workspace [default: 1000000]
    #[arg(long, value_name = "N", value_parser = values::count)]
    pub(crate) max_pending: Option<u64>,
    /// How often requests that failed of something that passes are sent again
    #[arg(long, value_name = "N", default_value = "2")]
    pub(crate) retries: u32,
    /// Send requests with the same body once, and give the answer to each
    #[arg(long)]
    pub(crate) dedupe: bool,
    /// Give requests without a custom_id one: row-17 for the seventeenth
    #[arg(long)]
    pub(crate) generate_ids: bool,
    /// Refuse requests that name another model than the job
    #[arg(long)]
    pub(crate) strict: bool,
    /// Do not look the model up in the service's list of models first
    #[arg(long)]
    pub(crate) no_model_check: bool,
}

/// What it may cost.
#[derive(Debug, Args)]
#[command(next_help_heading = "Cost")]
pub(crate) struct MoneyOptions {
    /// Refuse what may cost more by the estimate, and what nobody can estimate: 5, or 'USD 5'
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) max_cost: Option<String>,
    #[command(flatten)]
    pub(crate) prices: PriceOptions,
}

/// What estimates go by.
#[derive(Debug, Args)]
pub(crate) struct PriceOptions {
    /// JSON file of prices that come before the built-in ones [default: the vendor's public prices of a date that is told]
    #[arg(long, value_name = "FILE")]
    pub(crate) prices: Option<PathBuf>,
}

/// How a run is seen through.
#[derive(Debug, Args)]
#[command(next_help_heading = "Waiting")]
pub(crate) struct DriveOptions {
    /// Submit, and leave the answers to mistral-jobs run resume
    #[arg(long, conflicts_with_all = ["emulator", "wait_limit", "allow_failures"])]
    pub(crate) detach: bool,
    /// Stop waiting after this time: 90s, 30m, 2h, 1d. The jobs go on
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    pub(crate) wait_limit: Option<Duration>,
    /// On Ctrl-C, cancel the jobs too. Without it they go on
    #[arg(long)]
    pub(crate) cancel_on_interrupt: bool,
    #[command(flatten)]
    pub(crate) shown: ShownOptions,
}

/// What is shown of a run, and what counts as its success.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Waiting")]
pub(crate) struct ShownOptions {
    /// End with 0 although requests failed, if they are no more than so many percent
    #[arg(long, value_name = "PERCENT", value_parser = values::percent)]
    pub(crate) allow_failures: Option<f64>,
    /// What to show on standard error meanwhile: auto, bar, log, json (one event a line) or none
    #[arg(long, value_name = "FORM", default_value = "auto", hide_possible_values = true)]
    pub(crate) progress: ProgressForm,
}

/// What is shown of a run while it is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressForm {
    /// A bar on a terminal, lines elsewhere.
    Auto,
    /// One line that changes.
    Bar,
    /// A line for each change of state, and at most one a minute.
    Log,
    /// The events as JSON, one a line.
    Json,
    /// Nothing.
    None,
}

/// Which files to delete from the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CleanupChoice {
    /// None.
    Nothing,
    /// Those that were uploaded.
    Inputs,
    /// Those with results too.
    Everything,
}

impl From<CleanupChoice> for Cleanup {
    fn from(choice: CleanupChoice) -> Self {
        match choice {
            CleanupChoice::Nothing => Self::Nothing,
            CleanupChoice::Inputs => Self::Inputs,
            CleanupChoice::Everything => Self::Everything,
        }
    }
}
