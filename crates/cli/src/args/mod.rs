//! The command line as data.

mod batch;
mod data;
mod emulator;
mod files;
mod ft;
mod models;
mod page;
mod run;
mod values;
mod workload;

pub(crate) use batch::{
    BatchCommand, CreateArgs, EndpointArgs, GetJobArgs, JobArgs, JobOptions, ListJobsArgs, ResultsArgs, WaitArgs,
};
pub(crate) use data::{CheckArgs, ConvertArgs, ConvertFrom, DataCommand, FixArgs, ShuffleArgs, SplitArgs, StatsArgs};
pub(crate) use emulator::{EmulatorCommand, ServeArgs, UpstreamArgs};
pub(crate) use files::{DownloadArgs, FileArgs, FilesCommand, ListFilesArgs, UploadArgs, UrlArgs};
pub(crate) use ft::{
    DemoArgs, FtCommand, FtJobArgs, ListFtArgs, RecipeArgs, ReportArgs, RepositoryArgs, RepositoryName, UntilArg,
    WaitFtArgs, WandbArgs, WatchFtArgs,
};
pub(crate) use models::{GetModelArgs, ListModelsArgs, ModelsCommand, UpdateModelArgs};
pub(crate) use page::PageArgs;
pub(crate) use run::{
    CancelRunArgs, CleanArgs, CostArgs, ListRunsArgs, OutputOptions, ResumeArgs, RetryArgs, RunCommand, RunStatusArgs,
    TakeUpOptions,
};
pub(crate) use values::unique_metadata;
pub(crate) use workload::{
    BatchRunArgs, DriveOptions, MoneyOptions, PartOptions, PlanArgs, PriceOptions, ProgressForm, ShownOptions,
    TableOptions, ValidateArgs, Workload,
};

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ColorChoice, Command as Clap, CommandFactory, Parser, Subcommand};

use crate::exit_code;

/// Batch jobs, fine-tuning jobs, files and models of the Mistral AI API from the command line
#[derive(Debug, Parser)]
#[command(name = "mistral-jobs", version, after_help = after_help(), max_term_width = 100, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Batch jobs: run a file of requests, or handle jobs one step at a time
    #[command(subcommand, arg_required_else_help = true)]
    Batch(BatchCommand),
    /// Runs of batch run on this machine: go on with them, retry what failed, see what they cost
    #[command(subcommand, arg_required_else_help = true)]
    Run(RunCommand),
    /// Fine-tuning jobs: train a model on data of your own, and look at how it went
    #[command(subcommand, arg_required_else_help = true, after_help = ft::RETIRED)]
    Ft(FtCommand),
    /// Training data on this machine: check, repair, split, shuffle, describe and convert it
    #[command(subcommand, arg_required_else_help = true)]
    Data(DataCommand),
    /// Files kept by the service: inputs and results of jobs
    #[command(subcommand, arg_required_else_help = true)]
    Files(FilesCommand),
    /// Models the key can use
    #[command(subcommand, arg_required_else_help = true)]
    Models(ModelsCommand),
    /// The API on this machine, for trying things out
    #[command(subcommand, arg_required_else_help = true)]
    Emulator(EmulatorCommand),
}

impl Command {
    /// Whether standard error is for programs, that read events there.
    pub(crate) fn tells_events(&self) -> bool {
        let shown = match self {
            Self::Batch(BatchCommand::Run(args)) => &args.drive.shown,
            Self::Run(RunCommand::Resume(args)) => &args.taken.drive.shown,
            Self::Run(RunCommand::Retry(args)) => &args.taken.drive.shown,
            Self::Run(RunCommand::Cancel(args)) => &args.shown,
            _ => return false,
        };
        shown.progress == ProgressForm::Json
    }

    /// The command that lists what this one names by an id.
    pub(crate) fn list_of_its_kind(&self) -> Option<&'static str> {
        match self {
            Self::Batch(
                BatchCommand::Run(_)
                | BatchCommand::Plan(_)
                | BatchCommand::Validate(_)
                | BatchCommand::Create(_)
                | BatchCommand::List(_),
            ) => None,
            Self::Batch(_) => Some("mistral-jobs batch list"),
            Self::Ft(FtCommand::Create(_) | FtCommand::DryRun(_) | FtCommand::List(_) | FtCommand::Demo(_)) => None,
            Self::Ft(_) => Some("mistral-jobs ft list"),
            Self::Files(FilesCommand::Upload(_) | FilesCommand::List(_)) => None,
            Self::Files(_) => Some("mistral-jobs files list"),
            Self::Models(ModelsCommand::List(_)) | Self::Run(_) | Self::Data(_) | Self::Emulator(_) => None,
            Self::Models(_) => Some("mistral-jobs models list"),
        }
    }
}

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Run against an emulator inside this process: no key, no network, nothing is billed
    #[arg(long, global = true, conflicts_with_all = ["base_url", "api_key_file"])]
    pub(crate) emulator: bool,
    /// Where the API is, instead of api.mistral.ai, as an https:// address [env: MISTRAL_BASE_URL]
    // Read from the environment in connect.rs: clap would see a conflict between --emulator and the variable.
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// Let the key travel over plain http to another machine
    #[arg(long, global = true)]
    pub(crate) allow_insecure_http: bool,
    /// File that holds the key, instead of the variable MISTRAL_API_KEY
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) api_key_file: Option<PathBuf>,
    /// Taken only to be refused with advice: other users can read a command line in the process list.
    #[arg(long, global = true, hide = true, num_args = 0..=1, default_missing_value = "")]
    pub(crate) api_key: Option<Hidden>,
    /// Form of the data on standard output: table, json or jsonl [default: table; tab-separated off a terminal]
    #[arg(short = 'o', long, global = true, value_name = "FORMAT", value_parser = values::format)]
    pub(crate) format: Option<Format>,
    /// Say nothing but errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Say more, and show what caused an error
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// When to use colour: auto, always or never. NO_COLOR is honoured
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub(crate) color: ColorChoice,
}

/// Form of the data on standard output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people; for `cut` and `awk` when standard output is not a terminal.
    #[default]
    Table,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Jsonl,
}

/// A value that must not be shown, in an error message or anywhere else.
#[derive(Clone)]
pub(crate) struct Hidden;

impl From<OsString> for Hidden {
    fn from(_: OsString) -> Self {
        Self
    }
}

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// The parser, with the colour the command line itself asks for: help and usage errors are printed before there is a
/// parsed command line to ask.
pub(crate) fn parser(args: &[OsString]) -> Clap {
    Cli::command().color(color_of(args))
}

fn color_of(args: &[OsString]) -> ColorChoice {
    let words: Vec<&str> = args.iter().filter_map(|arg| arg.to_str()).collect();
    let joined = words.iter().find_map(|word| word.strip_prefix("--color="));
    let apart = words.windows(2).find(|pair| pair[0] == "--color").map(|pair| pair[1]);
    joined.or(apart).and_then(|choice| choice.parse().ok()).unwrap_or_default()
}

fn after_help() -> String {
    format!(
        "\
JSONL files of requests go in, a JSONL file of answers comes out, one line a request and in the same
order, whatever happens in between. With --emulator nothing needs a key: the answers are made on
this machine, and say so.

Examples:
  mistral-jobs batch run requests.jsonl --output answers.jsonl --emulator
  MISTRAL_API_KEY=… mistral-jobs batch run requests.jsonl --output answers.jsonl
  mistral-jobs run resume answers.jsonl.run
  mistral-jobs batch list --status RUNNING --mine -o json
  mistral-jobs data check train.jsonl --validation valid.jsonl
  mistral-jobs ft create train.jsonl --model open-mistral-nemo --no-auto-start
  mistral-jobs ft demo

{}

Environment:
  MISTRAL_SA_TOKEN_PATH  file that holds the key, read again when it changes; counts before
                         MISTRAL_API_KEY
  MISTRAL_API_KEY        the key; never given on the command line
  MISTRAL_BASE_URL       where the API is
  MISTRAL_REGION         global, eu or us: where the API is, if MISTRAL_BASE_URL does not say
  HTTPS_PROXY            the proxy to go through; also HTTP_PROXY, ALL_PROXY and NO_PROXY
  NO_COLOR               no colour

Data goes to standard output, everything else to standard error.",
        exit_code::TABLE
    )
}

#[cfg(test)]
mod tests {
    use clap::FromArgMatches;

    use super::*;

    fn parse(args: &[&str]) -> Result<Cli, clap::Error> {
        let args: Vec<OsString> = ["mistral-jobs"].iter().chain(args).map(OsString::from).collect();
        parser(&args).try_get_matches_from(args).and_then(|matches| Cli::from_arg_matches(&matches))
    }

    #[test]
    fn the_definitions_hold_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_a_help_text_with_an_example() {
        fn visit(command: &Clap) {
            if command.get_name() == "help" {
                return;
            }
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let broken = help.lines().find(|line| line.chars().count() > 100);
            assert_eq!(broken, None, "{}: wrapped in the middle of an example", command.get_name());
            assert!(command.has_subcommands() || help.contains("mistral-jobs"), "{}", command.get_name());
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
                assert!(argument.get_help().is_some(), "{} {}", command.get_name(), argument.get_id());
            }
            command.get_subcommands().for_each(visit);
        }
        let mut command = Cli::command();
        command.build();
        visit(&command);
    }

    #[test]
    fn an_emulator_cannot_be_elsewhere() {
        let refused = parse(&["models", "list", "--emulator", "--base-url", "http://127.0.0.1:1"]).unwrap_err();
        assert!(refused.to_string().contains("--base-url"), "{refused}");
    }

    #[test]
    fn a_key_on_the_command_line_is_not_kept() {
        for args in [["--api-key", "sk-secret"].as_slice(), &["--api-key=sk-secret"], &["--api-key"]] {
            let cli = parse(&[&["models", "list"], args].concat()).unwrap();
            assert!(cli.global.api_key.is_some());
            assert!(!format!("{cli:?}").contains("sk-secret"));
        }
    }

    #[test]
    fn a_file_name_in_place_of_a_format_is_explained() {
        let refused = parse(&["batch", "run", "in.jsonl", "-o", "out.jsonl"]).unwrap_err().to_string();
        assert!(refused.contains("--output out.jsonl"), "{refused}");
    }

    #[test]
    fn the_colour_of_the_help_is_the_colour_asked_for() {
        let color = |args: &[&str]| color_of(&args.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(color(&["--color", "never", "--help"]), ColorChoice::Never);
        assert_eq!(color(&["batch", "--color=always"]), ColorChoice::Always);
        assert_eq!(color(&["--help"]), ColorChoice::Auto);
    }
}
