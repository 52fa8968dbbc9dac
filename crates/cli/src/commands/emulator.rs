//! The API on this machine.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use mistral_emulator::{Emulator, FaultScript, Pace};

use crate::args::{EmulatorCommand, ServeArgs};
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::interrupt;
use crate::upstream::InferenceServer;

pub(super) async fn dispatch(context: &Context, command: &EmulatorCommand) -> Result<ExitCode> {
    match command {
        EmulatorCommand::Serve(args) => serve(context, args).await,
    }
}

/// Reads the faults to be played.
fn faults(path: &Path) -> Result<FaultScript> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::input(format!("{shown} cannot be read")).because(error))?;
    FaultScript::parse(&text).map_err(|error| Failure::input(format!("{shown}: {error}")))
}

/// Serves until interrupted, which is how it is meant to end.
async fn serve(context: &Context, args: &ServeArgs) -> Result<ExitCode> {
    let faults = args.faults.as_deref().map(faults).transpose()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port)).map_err(|error| {
        let in_use = error.kind() == ErrorKind::AddrInUse;
        let failure = Failure::unexpected(format!("port {} cannot be listened on", args.port)).because(error);
        if in_use { failure.help("Another program has the port. --port 0 takes any free one.") } else { failure }
    })?;
    let mut builder = Emulator::builder().random_ids().fine_tuning_retired(args.fine_tuning_retired);
    let mut pace = Pace::default();
    if let Some(time) = args.queue_time {
        pace = pace.queue(time);
    }
    if let Some(time) = args.run_time {
        pace = pace.shortest_run(time);
    }
    if let Some(rate) = args.requests_per_second {
        pace = pace.requests_per_second(rate);
    }
    builder = builder.pace(pace);
    if let Some(requests) = args.max_pending {
        builder = builder.max_pending_requests(requests);
    }
    if let Some(folder) = &args.data_dir {
        builder = builder.data_folder(folder);
    }
    if let Some(faults) = faults {
        builder = builder.faults(faults);
    }
    if let Some(url) = &args.upstream.upstream {
        let server = InferenceServer::new(url, &args.upstream, context.global.allow_insecure_http)?;
        builder = builder.upstream(server, args.upstream.upstream_concurrency);
    }
    let stopped = |error| Failure::unexpected("the emulator cannot run").because(error);
    let emulator = builder.build().map_err(|error| match &args.data_dir {
        Some(folder) => Failure::usage(format!("--data-dir: {} cannot be used", folder.display()))
            .because(error)
            .help("Name a folder that you may write in; it is created if it does not exist."),
        None => stopped(error),
    })?;
    let url = format!("http://{}", listener.local_addr().map_err(stopped)?);
    context.data().text(&url)?;
    context.screen.note("an emulator, not the service: any key is accepted, nothing is billed; Ctrl-C stops it");
    if let Some(upstream) = &args.upstream.upstream {
        context.screen.note(&format!("requests of batches are answered by {upstream}"));
    }
    context.screen.note(&format!("to use it: export MISTRAL_API_KEY=any MISTRAL_BASE_URL={url}"));
    let shutdown = async {
        interrupt::signal().await;
        context.screen.note("stopping; requests under way get ten seconds");
    };
    emulator.serve(listener, shutdown).await.map_err(stopped)?;
    Ok(ExitCode::Success)
}
