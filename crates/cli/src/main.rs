//! `mistral-jobs`: batch jobs, fine-tuning jobs, files and models of the Mistral AI API from the command line.
//!
//! ```text
//!  args ──► commands ──► mistral_sdk ──► data (stdout)
//!              │  runs: planned, driven,        │
//!              │        concluded, taken up     └► terminal (stderr): messages, progress
//!              │  report: curves on a page
//!              └► failure ──► exit code
//! ```

mod address;
mod args;
mod commands;
mod connect;
mod context;
mod curve;
mod data;
mod endpoint;
mod exit_code;
mod failure;
mod interrupt;
mod outfile;
mod report;
mod runs;
mod shell;
mod shown;
mod stage;
mod terminal;
mod tuning;
mod upstream;
mod versioned;

use std::ffi::OsString;
use std::process;
use std::time::Duration;

use clap::{ColorChoice, CommandFactory as _, FromArgMatches as _};

use crate::args::{Cli, Command};
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};

fn main() -> process::ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    let parsed = args::parser(&args)
        .try_get_matches_from(&args)
        .and_then(|matches| Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut Cli::command())));
    match parsed {
        Ok(cli) => run(cli).into(),
        Err(error) => {
            // Help and version come this way too. A reader that is gone is not told.
            let _ = error.print();
            if error.exit_code() == 0 { ExitCode::Success.into() } else { ExitCode::Usage.into() }
        }
    }
}

fn run(cli: Cli) -> ExitCode {
    color(cli.global.color).write_global();
    let context = Context::new(cli.global, cli.command.tells_events());
    if context.global.api_key.is_some() {
        return tell(&context, &connect::key_on_the_command_line());
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return tell(&context, &Failure::unexpected("the program cannot start").because(error)),
    };
    let code = runtime.block_on(interruptible(&context, &cli.command));
    if matches!(code, ExitCode::Interrupted | ExitCode::Terminated) {
        interrupt::end_at_the_next(code);
    }
    // File work that is under way removes what it has not finished.
    runtime.shutdown_timeout(Duration::from_secs(2));
    code
}

async fn interruptible(context: &Context, command: &Command) -> ExitCode {
    let work = commands::dispatch(context, command);
    // A server has its own way to stop.
    if matches!(command, Command::Emulator(_)) {
        return concluded(context, command, work.await);
    }
    let code = tokio::select! {
        done = work => return concluded(context, command, done),
        code = interrupt::signal() => code,
    };
    match runs::interrupted(context, context.stage.take()).await {
        Ok(lines) => {
            for (at, line) in lines.iter().enumerate() {
                let label = if at == 0 { "" } else { "help: " };
                context.screen.about_error(label, line);
            }
        }
        Err(failure) => drop(tell(context, &failure)),
    }
    code
}

fn concluded(context: &Context, command: &Command, done: Result<ExitCode>) -> ExitCode {
    match done {
        Ok(code) => code,
        Err(failure) if failure.api_error().is_some_and(mistral_sdk::Error::is_not_found) => {
            let help = match command.list_of_its_kind() {
                Some(_) if context.global.emulator && !matches!(command, Command::Models(_)) => {
                    "The emulator inside a command starts empty every time. \
                     To keep files and jobs between commands: mistral-jobs emulator serve"
                        .to_owned()
                }
                Some(list) => format!("See what there is: {list}"),
                None => return tell(context, &failure),
            };
            tell(context, &failure.help(help))
        }
        Err(failure) => tell(context, &failure),
    }
}

fn tell(context: &Context, failure: &Failure) -> ExitCode {
    failure.show(context.screen);
    failure.code()
}

fn color(choice: ColorChoice) -> anstream::ColorChoice {
    match choice {
        ColorChoice::Auto => anstream::ColorChoice::Auto,
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
    }
}
