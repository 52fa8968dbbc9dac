use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use mistral_models::{BaseModel, Model, ModelCapabilities, ModelCard};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::{Upstream, UpstreamAnswer, UpstreamRequest};
use crate::catalogue::Catalogue;
use crate::lock::lock;

/// The one way to the server: who may be on it, and the tasks that are.
pub(crate) struct Hub {
    upstream: Arc<dyn Upstream>,
    jobs: Arc<Semaphore>,
    lines: Arc<Semaphore>,
    /// Dropped with the emulator, and every task with it.
    tasks: Mutex<JoinSet<()>>,
}

/// The right to be at work; given back when it is dropped.
pub(crate) type Place = OwnedSemaphorePermit;

impl Hub {
    /// At most `concurrency` lines are on their way at once, over all jobs. As many jobs are at work at once, because each
    /// keeps its input open; the others are `QUEUED` until one has ended.
    pub(crate) fn new(upstream: Arc<dyn Upstream>, concurrency: usize) -> Self {
        let places = || Arc::new(Semaphore::new(concurrency.clamp(1, Semaphore::MAX_PERMITS)));
        Self { upstream, jobs: places(), lines: places(), tasks: Mutex::default() }
    }

    /// Whether tasks can be started here.
    pub(crate) fn can_spawn() -> bool {
        Handle::try_current().is_ok()
    }

    /// Starts a task that ends with the emulator.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let Ok(runtime) = Handle::try_current() else { return };
        let mut tasks = lock(&self.tasks);
        while tasks.try_join_next().is_some() {}
        tasks.spawn_on(task, &runtime);
    }

    /// Waits until another job may be at work; first come, first served.
    pub(crate) fn job(&self) -> impl Future<Output = Option<Place>> + Send + 'static + use<> {
        let jobs = Arc::clone(&self.jobs);
        async { jobs.acquire_owned().await.ok() }
    }

    /// Waits until another line may be on its way; jobs take turns.
    pub(crate) fn line(&self) -> impl Future<Output = Option<Place>> + Send + 'static + use<> {
        let lines = Arc::clone(&self.lines);
        async { lines.acquire_owned().await.ok() }
    }

    /// The server's answer, whatever happens.
    pub(crate) fn answer(
        &self,
        request: UpstreamRequest,
    ) -> impl Future<Output = UpstreamAnswer> + Send + 'static + use<> {
        let upstream = Arc::clone(&self.upstream);
        async move {
            AssertUnwindSafe(async move { upstream.answer(request).await })
                .catch_unwind()
                .await
                .unwrap_or_else(|_| UpstreamAnswer::refused(500, "The upstream panicked.", "server_error"))
        }
    }

    /// The models of the server, if it tells them.
    pub(crate) async fn models(&self) -> Option<Catalogue> {
        let ids = self.upstream.models().await?;
        let models = ids.into_iter().map(|id| {
            let mut capabilities = ModelCapabilities::default();
            capabilities.completion_chat = true;
            let mut card = ModelCard::new(id, capabilities);
            card.description = Some("Listed by the upstream server; what it can do is not known.".to_owned());
            Model::Base(Box::new(BaseModel::new(card)))
        });
        Some(Catalogue::new(models.collect()))
    }
}
