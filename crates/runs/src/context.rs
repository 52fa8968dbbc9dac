use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use mistral_batch::Jobs;
use mistral_files::Files;
use mistral_transport::Poll;

use crate::clock::ServerClock;
use crate::journal::Journal;
use crate::rows::Source;
use crate::{Event, PriceTable};

/// What every step of a run needs.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) source: Source,
    pub(crate) journal: Journal,
    pub(crate) jobs: Jobs,
    pub(crate) files: Files,
    pub(crate) poll: Poll,
    pub(crate) prices: PriceTable,
    pub(crate) clock: ServerClock,
    /// Held while a part counts what is pending and creates its job.
    pub(crate) turn: tokio::sync::Mutex<()>,
    /// Whether jobs that are not to be found, and were not seen before, are given up.
    pub(crate) give_up_missing: bool,
    /// Whether the run is being driven: by one at a time.
    pub(crate) driven: AtomicBool,
}

/// Who is told what happens.
#[derive(Clone)]
pub(crate) struct Tell(Arc<dyn Fn(Event) + Send + Sync>);

impl Tell {
    pub(crate) fn new(listener: impl Fn(Event) + Send + Sync + 'static) -> Self {
        Self(Arc::new(listener))
    }

    pub(crate) fn tell(&self, event: Event) {
        match &event {
            Event::Progress(progress) => tracing::trace!(target: "mistral_runs", ?progress, "run"),
            Event::Trouble { message, .. } | Event::Remark { message, .. } => {
                tracing::warn!(target: "mistral_runs", message, "run");
            }
            event => tracing::info!(target: "mistral_runs", ?event, "run"),
        }
        (self.0)(event);
    }
}
