use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::workload::{CleanupChoice, DriveOptions, PriceOptions, ShownOptions};

/// What can be done with runs.
#[derive(Debug, Subcommand)]
pub(crate) enum RunCommand {
    /// List the runs whose folders are in a folder
    List(ListRunsArgs),
    /// Say how far a run is, by what is on this machine
    Status(RunStatusArgs),
    /// Go on with a run where it stopped, and write its answers
    Resume(ResumeArgs),
    /// Send what failed once more, where that may help
    Retry(RetryArgs),
    /// Stop a run for good: cancel its jobs, and collect what they answered by then
    Cancel(CancelRunArgs),
    /// Say what a run has used so far, and what that costs by an estimate
    Cost(CostArgs),
    /// Delete the files of a run from the service, and its folder if asked to
    Clean(CleanArgs),
}

/// Where to look for runs.
#[derive(Debug, Args)]
#[command(after_help = "\
Columns: folder, stage, requests, succeeded, failed, without a result, parts collected, parts,
endpoint, model, time of beginning. Nothing is asked of the service.

Examples:
  mistral-jobs run list
  mistral-jobs run list /data/runs -o jsonl")]
pub(crate) struct ListRunsArgs {
    /// Folder that has the folders of runs in it
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) folder: PathBuf,
}

/// Which run to show.
#[derive(Debug, Args)]
#[command(after_help = "\
Reads the journal of the run, also while another process is at it. Nothing is asked of the service.

Examples:
  mistral-jobs run status answers.jsonl.run
  mistral-jobs run status answers.jsonl.run -o json | jq -r '.parts[].job'")]
pub(crate) struct RunStatusArgs {
    /// Folder of the run
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
}

/// Which run to go on with.
#[derive(Debug, Args)]
#[command(after_help = "\
Jobs that exist are found again, and none is created twice. On another machine, put the input beside
the folder of the run. A run whose output was standard output writes there. The exit code is that of
batch run.

Examples:
  mistral-jobs run resume answers.jsonl.run
  mistral-jobs run resume answers.jsonl.run --output other.jsonl
  mistral-jobs run resume questions.run --wait-limit 1h > answers.jsonl")]
pub(crate) struct ResumeArgs {
    #[command(flatten)]
    pub(crate) taken: TakeUpOptions,
    /// Give up jobs that the service does not know any more: their requests are without a result then
    #[arg(long)]
    pub(crate) give_up_missing: bool,
}

/// Which run to send again.
#[derive(Debug, Args)]
#[command(after_help = "\
The run must be done. Sent again is what failed of something that passes (408, 425, 429, 5xx) and
what has no result; what failed of the request itself would fail again. Answers that are there stay,
and the output is written anew.

Examples:
  mistral-jobs run retry answers.jsonl.run")]
pub(crate) struct RetryArgs {
    #[command(flatten)]
    pub(crate) taken: TakeUpOptions,
}

/// Which run is taken up, and how it is seen through.
#[derive(Debug, Args)]
pub(crate) struct TakeUpOptions {
    /// Folder of the run
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    #[command(flatten)]
    pub(crate) output: OutputOptions,
    #[command(flatten)]
    pub(crate) prices: PriceOptions,
    #[command(flatten)]
    pub(crate) drive: DriveOptions,
}

/// Where answers go instead.
#[derive(Debug, Args)]
pub(crate) struct OutputOptions {
    /// File to write the answers to instead of the one the run was begun with; - for standard output
    #[arg(long, value_name = "OUT")]
    pub(crate) output: Option<PathBuf>,
    /// Replace OUT if it exists
    #[arg(long, requires = "output")]
    pub(crate) force: bool,
}

/// Which run to cancel.
#[derive(Debug, Args)]
#[command(after_help = "\
Asks first on a terminal. What jobs had answered by then is collected and written; the rest is
without a result, and the command ends with 3.

Examples:
  mistral-jobs run cancel answers.jsonl.run --yes")]
pub(crate) struct CancelRunArgs {
    /// Folder of the run
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) shown: ShownOptions,
}

/// Which run to count.
#[derive(Debug, Args)]
#[command(after_help = "\
Counts what the answers that are collected say they used, requests that were sent again included.
The cost is an estimate by dated prices; the bill is the service's.

Examples:
  mistral-jobs run cost answers.jsonl.run
  mistral-jobs run cost answers.jsonl.run --prices contract.json -o json")]
pub(crate) struct CostArgs {
    /// Folder of the run
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    #[command(flatten)]
    pub(crate) prices: PriceOptions,
}

/// Which run to clean up after.
#[derive(Debug, Args)]
#[command(after_help = "\
Answers that were written stay. A run that is not done needs its files and its folder, and is only
cleaned with --force.

Examples:
  mistral-jobs run clean answers.jsonl.run
  mistral-jobs run clean answers.jsonl.run --what nothing --folder")]
pub(crate) struct CleanArgs {
    /// Folder of the run
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Which files to delete from the service: nothing, inputs (those that were uploaded), or everything (results too)
    #[arg(long, value_name = "WHAT", default_value = "everything", hide_possible_values = true)]
    pub(crate) what: CleanupChoice,
    /// Remove the folder of the run too
    #[arg(long = "folder")]
    pub(crate) remove_folder: bool,
    /// Clean up although the run is not done: it cannot be resumed then
    #[arg(long)]
    pub(crate) force: bool,
}
