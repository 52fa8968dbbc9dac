use std::path::PathBuf;

use clap::{Args, Subcommand};

/// What can be done with the emulator.
#[derive(Debug, Subcommand)]
pub(crate) enum EmulatorCommand {
    /// Serve the API on a port of this machine
    Serve(ServeArgs),
}

/// Serves the API on 127.0.0.1 until interrupted. Any key is accepted, nothing is billed, and answers say that an
/// emulator made them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mistral-jobs emulator serve --port 8787
  MISTRAL_API_KEY=any MISTRAL_BASE_URL=http://127.0.0.1:8787 mistral-jobs models list

Prints its URL on standard output once it listens. Ctrl-C stops it; the exit code is then 0.")]
pub(crate) struct ServeArgs {
    /// Port to listen on; 0 for any free one
    #[arg(long, value_name = "PORT", default_value_t = 8787)]
    pub(crate) port: u16,
    /// Folder for uploaded and made files [default: a temporary one, removed at the end]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
}
