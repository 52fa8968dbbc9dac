use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, Subcommand, ValueEnum};
use mistral_sdk::models::{
    ClassifierTarget, DateTime, FineTuningJobId, FineTuningJobStatus, FineTuningJobType, LossFunction, ModelId,
};

use super::page::PageArgs;
use super::values;

/// What is left of the API's fine-tuning jobs.
pub(super) const RETIRED: &str = "\
The vendor retired its hosted fine-tuning jobs in August 2026: its own API answers 410, and the
command ends with 9. Private deployments may still train: name yours with --base-url.
To try it out: mistral-jobs ft demo";

/// What can be done with fine-tuning jobs.
#[derive(Debug, Subcommand)]
pub(crate) enum FtCommand {
    /// Check and upload training data, and create a job that trains a model on it
    Create(Box<CreateFtArgs>),
    /// Ask what a job would cost and how long it would take, without creating it
    #[command(after_help = "\
The answer is the service's own estimate. Local files are checked and uploaded first, as by create,
and stay on the service.

Examples:
  mistral-jobs ft dry-run train.jsonl --model open-mistral-nemo --training-steps 100")]
    DryRun(Box<RecipeArgs>),
    /// Start a job that was validated and waits for it
    #[command(after_help = "\
Examples:
  mistral-jobs ft start 3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11
  mistral-jobs ft watch 3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11")]
    Start(FtJobArgs),
    /// Show a job
    #[command(after_help = "\
Examples:
  mistral-jobs ft get 3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11
  mistral-jobs ft get 3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11 -o json > job.json")]
    Get(FtJobArgs),
    /// List jobs
    List(ListFtArgs),
    /// Cancel a job that has not ended
    #[command(after_help = "\
Examples:
  mistral-jobs ft cancel 3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11
  mistral-jobs ft wait 3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11      until it is CANCELLED")]
    Cancel(FtJobArgs),
    /// Wait until a job is validated, has started or has ended
    Wait(WaitFtArgs),
    /// Show the status, the losses and their curve while a job runs
    Watch(WatchFtArgs),
    /// Write a page with the curves, settings, events and data of a job
    Report(ReportArgs),
    /// Walk the whole road on the emulator: check, upload, estimate, train, report, and use the model
    Demo(DemoArgs),
}

/// A new job.
#[derive(Debug, Args)]
#[command(after_help = "\
The vendor retired its hosted fine-tuning jobs in August 2026: its own API answers 410, and the
command ends with 9. Private deployments may still train: name yours with --base-url.
To try it out: mistral-jobs ft demo

FILE is a JSONL file on this machine or the id of an uploaded file. Local files are checked first; a
fault ends the command before anything is sent. Then they are uploaded with the purpose fine-tune.
Prints the job and does not wait for it.

Training data, one JSON object a line:
  {\"messages\": [{\"role\": \"user\", \"content\": \"…\"}, {\"role\": \"assistant\", \"content\": \"…\"}]}
  {\"text\": \"…\", \"labels\": {\"mood\": \"good\"}}                            for a classifier

Examples:
  mistral-jobs ft create train.jsonl --model open-mistral-nemo --training-steps 100
  mistral-jobs ft create train.jsonl --validation valid.jsonl --model ministral-8b-latest
  mistral-jobs ft create moods.jsonl --model ministral-3b-latest --classifier-target mood=good,bad
  mistral-jobs ft create --repository me/project@main --model codestral-latest")]
pub(crate) struct CreateFtArgs {
    #[command(flatten)]
    pub(crate) recipe: RecipeArgs,
    /// Ask for the service's estimate and create nothing, as ft dry-run
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// What a job is made of.
#[derive(Debug, Args)]
pub(crate) struct RecipeArgs {
    /// Training data: JSONL files, or ids of uploaded files
    #[arg(value_name = "FILE", required_unless_present = "repository")]
    pub(crate) files: Vec<PathBuf>,
    /// Weights of the files, one each in their order [default: 1]
    #[arg(long, value_name = "N", value_parser = values::number, allow_negative_numbers = true)]
    pub(crate) weight: Vec<f64>,
    /// Data to validate with: a JSONL file or the id of an uploaded one; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) validation: Vec<PathBuf>,
    /// Model to train
    #[arg(long, value_parser = values::model_id)]
    pub(crate) model: ModelId,
    /// Part of the new model's name, 18 characters at most
    #[arg(long)]
    pub(crate) suffix: Option<String>,
    /// How often the weights are adjusted
    #[arg(long, value_name = "N", value_parser = values::count, allow_negative_numbers = true)]
    pub(crate) training_steps: Option<u64>,
    /// How often the data is gone through, in place of --training-steps
    #[arg(
        long,
        value_name = "N",
        value_parser = values::number,
        allow_negative_numbers = true,
        conflicts_with = "training_steps"
    )]
    pub(crate) epochs: Option<f64>,
    /// How far one step goes, from 1e-8 to 1
    #[arg(long, value_name = "RATE", value_parser = values::number, default_value = "0.0001", allow_negative_numbers = true)]
    pub(crate) learning_rate: f64,
    /// How strongly weights are pulled to zero, from 0 to 1
    #[arg(long, value_name = "PART", value_parser = values::number, allow_negative_numbers = true)]
    pub(crate) weight_decay: Option<f64>,
    /// Part of the steps in which the learning rate rises, from 0 to 1
    #[arg(long, value_name = "PART", value_parser = values::number, allow_negative_numbers = true)]
    pub(crate) warmup_fraction: Option<f64>,
    /// Tokens of one sequence, 100 or more
    #[arg(long, value_name = "TOKENS", value_parser = values::count, allow_negative_numbers = true)]
    pub(crate) seq_len: Option<u64>,
    /// Part of the data that is learnt as text with a gap, from 0 to 1
    #[arg(long, value_name = "PART", value_parser = values::number, allow_negative_numbers = true)]
    pub(crate) fim_ratio: Option<f64>,
    /// Part of the samples that may be skipped as invalid, from 0 to 0.5
    #[arg(long, value_name = "PART", value_parser = values::number, allow_negative_numbers = true)]
    pub(crate) invalid_sample_skip_percentage: Option<f64>,
    /// What is made: completion or classifier [default: classifier with --classifier-target]
    #[arg(long, value_name = "TYPE", value_parser = values::ft_job_type)]
    pub(crate) job_type: Option<FineTuningJobType>,
    /// What a classifier tells apart, and its labels; may be repeated
    #[arg(long, value_name = "NAME=LABEL,LABEL", value_parser = values::classifier_target)]
    pub(crate) classifier_target: Vec<ClassifierTarget>,
    /// How much the loss of a target counts beside that of others, 0 or more [default: 1]
    #[arg(long, value_name = "NAME=N", value_parser = values::target_weight)]
    pub(crate) target_weight: Vec<(String, f64)>,
    /// Whether one label of a target is right or several can be: single_class or multi_class
    #[arg(long, value_name = "NAME=FUNCTION", value_parser = values::target_loss)]
    pub(crate) target_loss: Vec<(String, LossFunction)>,
    #[command(flatten)]
    pub(crate) repositories: RepositoryArgs,
    /// Train as soon as the data is validated, without waiting for ft start
    #[arg(long, overrides_with = "no_auto_start")]
    pub(crate) auto_start: bool,
    /// Wait for ft start after the data is validated, which is when the cost is known [default: left to the service, which
    /// waits]
    #[arg(long, overrides_with = "auto_start")]
    pub(crate) no_auto_start: bool,
    #[command(flatten)]
    pub(crate) wandb: WandbArgs,
    /// Send local files although they were not checked
    #[arg(long)]
    pub(crate) skip_check: bool,
}

impl RecipeArgs {
    /// What was said of the start, if anything.
    pub(crate) fn starts_itself(&self) -> Option<bool> {
        match (self.auto_start, self.no_auto_start) {
            (false, false) => None,
            (starts, _) => Some(starts),
        }
    }
}

/// Where the service reports to while it trains.
#[derive(Debug, Args)]
pub(crate) struct WandbArgs {
    /// Project of Weights & Biases to report to; the key comes from WANDB_API_KEY or --wandb-key-file
    #[arg(long, value_name = "PROJECT")]
    pub(crate) wandb_project: Option<String>,
    /// Name of the entity there
    #[arg(long, value_name = "NAME", requires = "wandb_project")]
    pub(crate) wandb_name: Option<String>,
    /// Name of the run there
    #[arg(long, value_name = "NAME", requires = "wandb_project")]
    pub(crate) wandb_run_name: Option<String>,
    /// File that holds the key of Weights & Biases
    #[arg(long, value_name = "FILE", requires = "wandb_project")]
    pub(crate) wandb_key_file: Option<PathBuf>,
}

/// Code to train on, beside the files or in their place.
#[derive(Debug, Args)]
pub(crate) struct RepositoryArgs {
    /// Repository of GitHub to train on; may be repeated. The token comes from GITHUB_TOKEN or --github-token-file
    #[arg(long, value_name = "OWNER/NAME[@REF]", value_parser = values::repository)]
    pub(crate) repository: Vec<RepositoryName>,
    /// Weights of the repositories, one each in their order [default: 1]
    #[arg(long, value_name = "N", value_parser = values::number, allow_negative_numbers = true, requires = "repository")]
    pub(crate) repository_weight: Vec<f64>,
    /// File that holds the token of GitHub
    #[arg(long, value_name = "FILE", requires = "repository")]
    pub(crate) github_token_file: Option<PathBuf>,
}

/// Which repository, and what of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RepositoryName {
    pub(crate) owner: String,
    pub(crate) name: String,
    /// A branch, tag or commit.
    pub(crate) reference: Option<String>,
}

/// Names a job.
#[derive(Debug, Args)]
pub(crate) struct FtJobArgs {
    /// Id of the job
    #[arg(value_name = "JOB_ID", value_parser = values::ft_job_id)]
    pub(crate) id: FineTuningJobId,
}

/// Which jobs to list.
#[derive(Debug, Args)]
#[command(after_help = "\
One page is listed unless --all is given.
Columns: id, status, kind, model, model that was made, time of creation.

Examples:
  mistral-jobs ft list --status RUNNING --mine
  mistral-jobs ft list --suffix support --created-after 2025-03-01T00:00:00Z --all -o jsonl")]
pub(crate) struct ListFtArgs {
    /// Only jobs in this status
    #[arg(long, value_parser = values::ft_status)]
    pub(crate) status: Option<FineTuningJobStatus>,
    /// Only jobs that train this model
    #[arg(long, value_parser = values::model_id)]
    pub(crate) model: Option<ModelId>,
    /// Only jobs with this suffix
    #[arg(long)]
    pub(crate) suffix: Option<String>,
    /// Only jobs created after this moment, such as 2025-03-01T12:30:00Z
    #[arg(long, value_name = "DATE", value_parser = values::date)]
    pub(crate) created_after: Option<DateTime>,
    /// Only jobs created before this moment
    #[arg(long, value_name = "DATE", value_parser = values::date)]
    pub(crate) created_before: Option<DateTime>,
    /// Only jobs of the key's own user
    #[arg(long, visible_alias = "created-by-me")]
    pub(crate) mine: bool,
    /// Only jobs that report to this project of Weights & Biases
    #[arg(long, value_name = "PROJECT")]
    pub(crate) wandb_project: Option<String>,
    /// Only jobs that report under this name
    #[arg(long, value_name = "NAME")]
    pub(crate) wandb_name: Option<String>,
    #[command(flatten)]
    pub(crate) pages: PageArgs,
}

/// How far to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum UntilArg {
    /// The data was checked; the cost is known
    Validated,
    /// The training has begun
    Started,
    /// The job has ended, in whatever state
    Done,
}

/// Which job to wait for, how far and how long.
#[derive(Debug, Args)]
#[command(after_help = "\
The exit code says how it went: 0 the job got that far, 3 it ended FAILED, CANCELLED or
FAILED_VALIDATION, 6 the limit was reached first.

Examples:
  mistral-jobs ft wait 3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11 --until validated
  mistral-jobs ft wait 3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11 --wait-limit 2h")]
pub(crate) struct WaitFtArgs {
    /// Id of the job
    #[arg(value_name = "JOB_ID", value_parser = values::ft_job_id)]
    pub(crate) id: FineTuningJobId,
    /// How far to wait: validated, started or done
    #[arg(long, value_name = "POINT", value_enum, default_value = "done", hide_possible_values = true)]
    pub(crate) until: UntilArg,
    /// Stop waiting after this time: 90s, 30m, 2h, 1d. The job goes on
    #[arg(long, value_name = "TIME", value_parser = values::duration, visible_alias = "timeout")]
    pub(crate) wait_limit: Option<Duration>,
}

/// Which job to watch, and how long.
#[derive(Debug, Args)]
#[command(after_help = "\
On a terminal the curve is redrawn in place: the training loss as a line, the validation loss as
crosses. Elsewhere each change is a line on standard output, with -o jsonl an object of the type
status, checkpoint or event.
Columns, without a header: status, step, training loss, validation loss, token accuracy.
A job that was validated and waits for ft start is watched on; Ctrl-C leaves it alone. The exit
codes are those of ft wait.

Examples:
  mistral-jobs ft watch 3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11
  mistral-jobs ft watch 3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11 -o jsonl | jq .checkpoint")]
pub(crate) struct WatchFtArgs {
    /// Id of the job
    #[arg(value_name = "JOB_ID", value_parser = values::ft_job_id)]
    pub(crate) id: FineTuningJobId,
    /// Stop watching after this time: 90s, 30m, 2h, 1d. The job goes on
    #[arg(long, value_name = "TIME", value_parser = values::duration, visible_alias = "timeout")]
    pub(crate) wait_limit: Option<Duration>,
}

/// What to report on, and where to.
#[derive(Debug, Args)]
#[command(after_help = "\
OUT is one HTML file that loads nothing from elsewhere and works offline, on a phone, in dark and
light, and on paper. With --job-file nothing is asked of the service, and no key is needed.

Examples:
  mistral-jobs ft report 3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11 --output report.html
  mistral-jobs ft report --job-file job.json --training-file train.jsonl --output report.html")]
pub(crate) struct ReportArgs {
    /// Id of the job
    #[arg(value_name = "JOB_ID", value_parser = values::ft_job_id, required_unless_present = "job_file")]
    pub(crate) id: Option<FineTuningJobId>,
    /// A job as ft get -o json wrote it, in place of asking the service
    #[arg(long, value_name = "FILE", conflicts_with = "id")]
    pub(crate) job_file: Option<PathBuf>,
    /// Training data on this machine to describe; may be repeated [default: the job's files, downloaded]
    #[arg(long, value_name = "FILE", action = ArgAction::Append)]
    pub(crate) training_file: Vec<PathBuf>,
    /// Download nothing; without --training-file the page does not describe the data
    #[arg(long, conflicts_with = "job_file")]
    pub(crate) no_download: bool,
    /// File to write the page to; - for standard output
    #[arg(long, value_name = "OUT")]
    pub(crate) output: PathBuf,
    /// Replace OUT if it exists
    #[arg(long)]
    pub(crate) force: bool,
}

/// Where the demonstration leaves its files.
#[derive(Debug, Args)]
#[command(after_help = "\
Needs no key and no network, and bills nothing: everything happens on an emulator in the command,
with or without --emulator; only --base-url leads elsewhere. No model is trained. Prints each
command of the road and its output. To type them yourself, keep an emulator running with
mistral-jobs emulator serve. Writes train.jsonl, valid.jsonl, report.html, questions.jsonl and
answers.jsonl.

The vendor retired its hosted fine-tuning jobs in August 2026: its own API answers 410, and the
command ends with 9. Private deployments may still train: name yours with --base-url.

Examples:
  mistral-jobs ft demo
  mistral-jobs ft demo --output-dir demo --force")]
pub(crate) struct DemoArgs {
    /// Folder to write to, made if it does not exist
    #[arg(long, value_name = "DIR", default_value = "ft-demo")]
    pub(crate) output_dir: PathBuf,
    /// Replace the files of an earlier demonstration
    #[arg(long)]
    pub(crate) force: bool,
}
