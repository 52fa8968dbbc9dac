use std::future::pending;
use std::process;

use crate::exit_code::ExitCode;

/// Waits for Ctrl-C or SIGTERM, and gives the exit code that goes with it.
///
/// Where no handler can be installed the system's own remains, and this waits for ever.
pub(crate) async fn signal() -> ExitCode {
    tokio::select! {
        () = interrupted() => ExitCode::Interrupted,
        () = terminated() => ExitCode::Terminated,
    }
}

/// Ends the process at once if it is told to stop once more, whatever it still has under way.
pub(crate) fn end_at_the_next(code: ExitCode) {
    std::thread::spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(signal());
        process::exit((code as u8).into());
    });
}

async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        pending::<()>().await;
    }
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};

    match signal(SignalKind::terminate()) {
        Ok(mut signals) => {
            signals.recv().await;
        }
        Err(_) => pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    pending().await
}
