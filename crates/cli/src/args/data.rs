use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use mistral_sdk::datasets::shuffle::Shuffle;
use mistral_sdk::datasets::split::Size;
use mistral_sdk::datasets::training::Format;

use super::values;

/// What can be done with training data.
#[derive(Debug, Subcommand)]
pub(crate) enum DataCommand {
    /// Say whether files would be taken for fine-tuning, and what is wrong with them
    Check(CheckArgs),
    /// Write a repaired copy of a file, and say what was repaired
    Fix(FixArgs),
    /// Split files in training and validation data
    Split(SplitArgs),
    /// Write the lines of a file in a random order
    Shuffle(ShuffleArgs),
    /// Say what is in files: samples, messages, tokens, labels
    Stats(StatsArgs),
    /// Make training data of another service's files, or of the results of a batch job
    Convert(ConvertArgs),
}

/// What to check.
#[derive(Debug, Args)]
#[command(after_help = "\
Problems are grouped by code, the first of each with its place. Errors are what the service or its
open-source trainer refuses; the command ends with 7 if there are any, and with 0 if there are only
warnings and notes. -o json has every count and the first problems of each code.

Examples:
  mistral-jobs data check train.jsonl
  mistral-jobs data check train.jsonl more.jsonl --validation valid.jsonl
  mistral-jobs data check train.jsonl --data-format classifier-text -o json | jq .files[0].counts
  zcat train.jsonl.gz | mistral-jobs data check -")]
pub(crate) struct CheckArgs {
    /// JSONL files of training data; - for standard input
    #[arg(value_name = "FILE", required = true)]
    pub(crate) inputs: Vec<PathBuf>,
    /// Validation data for all of FILE: checked too, for its size, and for samples that are in both
    #[arg(long, value_name = "FILE")]
    pub(crate) validation: Option<PathBuf>,
    /// Expect this format: instruct, function-calling, vision, pretrain, classifier-text or classifier-chat [default: that
    /// of the first sample]
    #[arg(long, value_name = "NAME", value_parser = values::training_format)]
    pub(crate) data_format: Option<Format>,
    /// Report samples over this many tokens, by an estimate [default: 32768]
    #[arg(long, value_name = "TOKENS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) context: Option<u64>,
    /// How many problems of each code are shown
    #[arg(long, value_name = "N", default_value = "3")]
    pub(crate) show: usize,
}

/// What to repair, and where to.
#[derive(Debug, Args)]
#[command(after_help = "\
Repairs what can be repaired without a guess: byte-order mark, CRLF and blank lines; functions and
function_call to tools and tool_calls; ids of calls to nine letters and digits, the same at the
answer; arguments to a string; empty content beside calls; content and calls in one message to two;
messages behind the last answer, which are dropped. Everything else keeps its bytes.

INPUT is never changed. A sample with an error that cannot be repaired is left in and the command
ends with 7, or is dropped with --drop-unusable.

Examples:
  mistral-jobs data fix train.jsonl --output fixed.jsonl
  mistral-jobs data fix train.jsonl --output fixed.jsonl --report changes.jsonl --drop-unusable
  mistral-jobs data fix - --output - < train.jsonl | mistral-jobs data check -")]
pub(crate) struct FixArgs {
    /// JSONL file of training data; - for standard input
    #[arg(value_name = "INPUT")]
    pub(crate) input: PathBuf,
    /// File to write the repaired data to; - for standard output
    #[arg(long, value_name = "OUT")]
    pub(crate) output: PathBuf,
    /// File to write every change to, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Drop samples in which an error is left
    #[arg(long)]
    pub(crate) drop_unusable: bool,
    /// Replace OUT and the report if they exist
    #[arg(long)]
    pub(crate) force: bool,
}

/// What to split, and how.
#[derive(Debug, Args)]
#[command(after_help = "\
The service takes validation data up to the smaller of 1 MB and 5 % of the training data. Without
--share and --count as much is taken. Samples are drawn by their content and the seed; equal samples
stay on one side, and the order stays. Several files are split as if they were one.

Examples:
  mistral-jobs data split all.jsonl --training train.jsonl --validation valid.jsonl
  mistral-jobs data split part-*.jsonl --training train.jsonl --validation valid.jsonl
  mistral-jobs data split all.jsonl --training train.jsonl --validation valid.jsonl --seed 7")]
pub(crate) struct SplitArgs {
    /// JSONL files of samples
    #[arg(value_name = "INPUT", required = true)]
    pub(crate) inputs: Vec<PathBuf>,
    /// File to write the training data to
    #[arg(long, value_name = "OUT")]
    pub(crate) training: PathBuf,
    /// File to write the validation data to
    #[arg(long, value_name = "OUT")]
    pub(crate) validation: PathBuf,
    /// Share of the samples for validation: 5% or 0.05
    #[arg(long, value_name = "SHARE", value_parser = values::share, conflicts_with = "count")]
    pub(crate) share: Option<f64>,
    /// How many samples for validation
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) count: Option<u64>,
    /// Number that decides which samples are drawn
    #[arg(long, value_name = "N", default_value = "0")]
    pub(crate) seed: u64,
    /// Take more validation data than the service does
    #[arg(long)]
    pub(crate) any_size: bool,
    /// Replace the files if they exist
    #[arg(long)]
    pub(crate) force: bool,
}

impl SplitArgs {
    pub(crate) fn size(&self) -> Size {
        match (self.share, self.count) {
            (Some(share), _) => Size::Share(share),
            (None, Some(count)) => Size::Count(count),
            (None, None) => Size::Largest,
        }
    }
}

/// What to shuffle, and how.
#[derive(Debug, Args)]
#[command(after_help = "\
Every order is equally likely, and a seed always gives the same one, whatever the memory. What does
not fit in memory goes through temporary files as large as INPUT.

Examples:
  mistral-jobs data shuffle all.jsonl --output shuffled.jsonl --seed 42
  mistral-jobs data shuffle huge.jsonl --output shuffled.jsonl --memory 256M --temp-dir /scratch")]
pub(crate) struct ShuffleArgs {
    /// JSONL file of samples; - for standard input
    #[arg(value_name = "INPUT")]
    pub(crate) input: PathBuf,
    /// File to write the samples to; - for standard output
    #[arg(long, value_name = "OUT")]
    pub(crate) output: PathBuf,
    /// Number that decides the order
    #[arg(long, value_name = "N", default_value = "0")]
    pub(crate) seed: u64,
    /// Memory for lines: bytes, or with K, M or G for powers of 1024 [default: 32M]
    #[arg(long, value_name = "SIZE", value_parser = values::memory, default_value_t = Shuffle::MEMORY, hide_default_value = true)]
    pub(crate) memory: usize,
    /// Folder for temporary files [default: that of OUT]
    #[arg(long, value_name = "DIR")]
    pub(crate) temp_dir: Option<PathBuf>,
    /// Replace OUT if it exists
    #[arg(long)]
    pub(crate) force: bool,
}

/// What to describe.
#[derive(Debug, Args)]
#[command(after_help = "\
Tokens are an estimate. Epochs by size: training steps divided by the size in MB, as the service's
documents reckon; ft dry-run has the figure of the service itself.

Examples:
  mistral-jobs data stats train.jsonl
  mistral-jobs data stats train.jsonl valid.jsonl -o json")]
pub(crate) struct StatsArgs {
    /// JSONL files of training data; - for standard input
    #[arg(value_name = "FILE", required = true)]
    pub(crate) inputs: Vec<PathBuf>,
}

/// What to convert, and where to.
#[derive(Debug, Args)]
#[command(after_help = "\
--from openai: INPUT is in OpenAI's chat format for fine-tuning. What has no counterpart here is
named; samples that cannot be carried over are dropped.

--from batch-results: INPUT is the input of a batch job for chat, --results the files of its output
and errors. Each sample is a request's messages and the answer to it. Requests that failed or were
cut off are left out.

Examples:
  mistral-jobs data convert theirs.jsonl --from openai --output train.jsonl --report lost.jsonl
  mistral-jobs data convert in.jsonl --from batch-results --results out.jsonl --output train.jsonl")]
pub(crate) struct ConvertArgs {
    /// JSONL file to convert; - for standard input
    #[arg(value_name = "INPUT")]
    pub(crate) input: PathBuf,
    /// What INPUT is: openai or batch-results
    #[arg(long, value_name = "KIND", hide_possible_values = true)]
    pub(crate) from: ConvertFrom,
    /// Results of the batch job; may be repeated
    #[arg(long, value_name = "FILE", required_if_eq("from", "batch-results"))]
    pub(crate) results: Vec<PathBuf>,
    /// File to write the samples to; - for standard output
    #[arg(long, value_name = "OUT")]
    pub(crate) output: PathBuf,
    /// File to write every change, or every request left out, to, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Replace OUT and the report if they exist
    #[arg(long)]
    pub(crate) force: bool,
}

/// What can be converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ConvertFrom {
    /// OpenAI's chat format for fine-tuning.
    Openai,
    /// The input and the results of a batch job.
    BatchResults,
}
