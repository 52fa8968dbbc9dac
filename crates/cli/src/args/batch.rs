use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use mistral_sdk::models::{AgentId, BatchJobId, BatchJobStatus, DateTime, FileId, ModelId, OrderBy};

use super::page::PageArgs;
use super::values;
use super::workload::{BatchRunArgs, PlanArgs, ValidateArgs};

/// What can be done with batch jobs.
#[derive(Debug, Subcommand)]
pub(crate) enum BatchCommand {
    /// Run JSONL files of requests, of any size, and write a JSONL file of answers
    Run(Box<BatchRunArgs>),
    /// Say what a run would do and cost, and do nothing
    Plan(PlanArgs),
    /// Check files of requests offline, and say what is wrong with them
    Validate(ValidateArgs),
    /// Create a job from uploaded files, or from a small file of requests sent inline
    Create(CreateArgs),
    /// List jobs
    List(ListJobsArgs),
    /// Show a job
    Get(GetJobArgs),
    /// Wait until a job ends, in whatever state
    Wait(WaitArgs),
    /// Print a job each time it changes, until it ends
    #[command(after_help = "\
Columns: id, status, requests done, total, failed.

Examples:
  mistral-jobs batch watch 3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11 -o jsonl")]
    Watch(WaitArgs),
    /// Cancel a job that has not ended; results so far are kept
    #[command(after_help = "\
Examples:
  mistral-jobs batch cancel 3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11
  mistral-jobs batch wait 3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11      until it is CANCELLED")]
    Cancel(JobArgs),
    /// Delete a job
    #[command(after_help = "\
Examples:
  mistral-jobs batch delete 3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11")]
    Delete(JobArgs),
    /// Read the results of a job that has ended, failed requests included
    Results(ResultsArgs),
}

/// What every new job is made of, apart from its requests.
#[derive(Debug, Args)]
pub(crate) struct JobOptions {
    #[command(flatten)]
    pub(crate) endpoint: EndpointArgs,
    /// Model for every request that names none [default: one that fits the endpoint, which is printed]
    #[arg(long, value_parser = values::model_id)]
    pub(crate) model: Option<ModelId>,
    /// Agent of the deprecated agents API, in place of a model
    #[arg(long, value_name = "ID", value_parser = values::agent_id, conflicts_with = "model")]
    pub(crate) agent_id: Option<AgentId>,
    /// Note to find the job by; may be repeated. Keys up to 32 characters, values up to 512
    #[arg(long, value_name = "KEY=VALUE", value_parser = values::metadata)]
    pub(crate) metadata: Vec<(String, String)>,
    /// Hours until the service gives the job up, 1 to 168
    #[arg(long, value_name = "N", value_parser = values::timeout_hours, default_value = "24", allow_negative_numbers = true)]
    pub(crate) timeout_hours: u32,
}

/// Which endpoint the requests go to.
#[derive(Debug, Args)]
pub(crate) struct EndpointArgs {
    /// Endpoint of every request: chat, embeddings, fim, moderations, chat-moderations, ocr, classifications,
    /// chat-classifications, conversations, transcriptions, or its path
    #[arg(long, value_name = "NAME", default_value = "chat")]
    pub(crate) endpoint: String,
    /// Take a path this version does not know
    #[arg(long)]
    pub(crate) allow_unknown_endpoint: bool,
}

/// A new job.
#[derive(Debug, Args)]
#[command(after_help = "\
Prints the job and does not wait for it.

Examples:
  mistral-jobs batch create --input-file 0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d --endpoint ocr
  mistral-jobs batch create --requests few.jsonl --endpoint embeddings --metadata team=blue")]
#[group(id = "source", required = true, multiple = false, args = ["input_file", "requests"])]
pub(crate) struct CreateArgs {
    /// Id of an uploaded file of requests; may be repeated
    #[arg(long, value_name = "FILE_ID", value_parser = values::file_id)]
    pub(crate) input_file: Vec<FileId>,
    /// JSONL file of at most 10,000 requests, sent inline instead of uploaded
    #[arg(long, value_name = "FILE")]
    pub(crate) requests: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) job: JobOptions,
}

/// Which jobs to list.
#[derive(Debug, Args)]
#[command(after_help = "\
One page is listed unless --all is given.
Columns: id, status, endpoint, model, requests done, total, failed, time of creation.

Examples:
  mistral-jobs batch list --status QUEUED --status RUNNING --mine
  mistral-jobs batch list --metadata team=blue --created-after 2025-03-01T00:00:00Z --all")]
pub(crate) struct ListJobsArgs {
    /// Only jobs in this status; may be repeated
    #[arg(long, value_parser = values::status)]
    pub(crate) status: Vec<BatchJobStatus>,
    /// Only jobs that carry this note; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = values::metadata)]
    pub(crate) metadata: Vec<(String, String)>,
    /// Only jobs of this model
    #[arg(long, value_parser = values::model_id)]
    pub(crate) model: Option<ModelId>,
    /// Only jobs of this agent
    #[arg(long, value_name = "ID", value_parser = values::agent_id)]
    pub(crate) agent_id: Option<AgentId>,
    /// Only jobs created after this moment, such as 2025-03-01T12:30:00Z
    #[arg(long, value_name = "DATE", value_parser = values::date)]
    pub(crate) created_after: Option<DateTime>,
    /// Only jobs of the key's own user
    #[arg(long, visible_alias = "created-by-me")]
    pub(crate) mine: bool,
    /// created for oldest first, -created for newest first
    #[arg(long, value_name = "ORDER", value_parser = values::order_by, default_value = "-created", allow_hyphen_values = true)]
    pub(crate) order_by: OrderBy,
    #[command(flatten)]
    pub(crate) pages: PageArgs,
}

/// Which job to show.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mistral-jobs batch get 3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11
  mistral-jobs batch get 3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11 --inline -o json")]
pub(crate) struct GetJobArgs {
    /// Id of the job
    #[arg(value_name = "JOB_ID", value_parser = values::job_id)]
    pub(crate) id: BatchJobId,
    /// Ask for the results along with the job; shown with -o json or jsonl
    #[arg(long)]
    pub(crate) inline: bool,
}

/// Which job to wait for, and how long.
#[derive(Debug, Args)]
#[command(after_help = "\
The exit code says how the job ended: 0 all succeeded, 3 not SUCCESS, 5 some requests failed,
6 it has not ended.

Examples:
  mistral-jobs batch wait 3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11 --wait-limit 2h")]
pub(crate) struct WaitArgs {
    /// Id of the job
    #[arg(value_name = "JOB_ID", value_parser = values::job_id)]
    pub(crate) id: BatchJobId,
    /// Stop waiting after this time: 90s, 30m, 2h, 1d. The job goes on
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    pub(crate) wait_limit: Option<Duration>,
}

/// Names a job.
#[derive(Debug, Args)]
pub(crate) struct JobArgs {
    /// Id of the job
    #[arg(value_name = "JOB_ID", value_parser = values::job_id)]
    pub(crate) id: BatchJobId,
}

/// Which results to read, and where to.
#[derive(Debug, Args)]
#[command(after_help = "\
Results are JSON lines, from the job's output file and its error file, in the order of the service.
With --input they are written in the order of INPUT, one line for each of its lines, as batch run
does: this finishes what an interrupted batch run began.

Examples:
  mistral-jobs batch results 3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11 | jq .custom_id
  mistral-jobs batch results 3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11 \\
      --input questions.jsonl --output answers.jsonl")]
pub(crate) struct ResultsArgs {
    /// Id of the job
    #[arg(value_name = "JOB_ID", value_parser = values::job_id)]
    pub(crate) id: BatchJobId,
    /// The JSONL file the requests came from, to bring the results into its order
    #[arg(long, value_name = "INPUT")]
    pub(crate) input: Option<PathBuf>,
    /// File to write the results to; - for standard output
    #[arg(long, value_name = "OUT", default_value = "-")]
    pub(crate) output: PathBuf,
    /// Replace OUT if it exists
    #[arg(long)]
    pub(crate) force: bool,
}
