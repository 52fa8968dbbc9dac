use std::io;

use tokio::runtime::Handle;

/// Runs work that waits for the disk or keeps the processor busy, away from the threads that drive connections.
///
/// Outside a tokio runtime there are no such threads to protect, and the work runs in place.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    match Handle::try_current() {
        Ok(runtime) => runtime.spawn_blocking(work).await.map_err(io::Error::other),
        Err(_) => Ok(work()),
    }
}
