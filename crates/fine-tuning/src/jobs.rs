use futures_core::Stream;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use mistral_models::{
    CreateFineTuningJob, DryRun, FineTuningCreation, FineTuningJob, FineTuningJobId, List, ListFineTuningJobs,
};
use mistral_transport::{Call, Error, ErrorKind, Poll, Result, Transport, pages};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::progress::{News, Progress};
use crate::refusal::{explained, of_creation};
use crate::{Until, create, start};

const PATH: [&str; 3] = ["v1", "fine_tuning", "jobs"];

/// The fine-tuning jobs of a workspace.
///
/// Every method can meet [`Gone`](ErrorKind::Gone): the vendor's own service answers so since August 2026, private
/// deployments may not.
#[derive(Debug, Clone)]
pub struct Jobs {
    transport: Transport,
}

impl Jobs {
    /// The jobs that this transport's key can see.
    pub fn new(transport: Transport) -> Self {
        Self { transport }
    }

    /// The same jobs over a changed copy of the transport, with other limits say.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # fn demo(jobs: mistral_fine_tuning::Jobs) {
    /// let hasty = jobs.with_transport(|transport| transport.with_timeout(Duration::from_secs(5)));
    /// # }
    /// ```
    #[must_use]
    pub fn with_transport(&self, change: impl FnOnce(&Transport) -> Transport) -> Self {
        Self { transport: change(&self.transport) }
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.transport
    }

    async fn json<T: DeserializeOwned>(&self, call: Call) -> Result<T> {
        self.transport.json(call).await.map_err(explained)
    }

    /// One page of the jobs, without their events and checkpoints.
    ///
    /// # Errors
    ///
    /// [`BadInput`](ErrorKind::BadInput) for a page size of 0, and whatever the call meets.
    pub async fn list(&self, params: &ListFineTuningJobs) -> Result<List<FineTuningJob>> {
        self.json(Call::get("fine_tuning.jobs.list", &PATH).checked(params.check()).query(params)).await
    }

    /// All jobs, from the given page on, fetched page by page as they are asked for.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list); the stream ends after an error.
    ///
    /// ```no_run
    /// # use futures_util::TryStreamExt as _;
    /// # use mistral_fine_tuning::Jobs;
    /// # use mistral_models::{FineTuningJobStatus, ListFineTuningJobs};
    /// # async fn demo(jobs: Jobs) -> mistral_transport::Result<()> {
    /// let mut done = jobs.list_all(ListFineTuningJobs::default().status(FineTuningJobStatus::Success));
    /// while let Some(job) = done.try_next().await? {
    ///     println!("{}: {:?}", job.id, job.fine_tuned_model);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn list_all(&self, params: ListFineTuningJobs) -> BoxStream<'static, Result<FineTuningJob>> {
        let jobs = self.clone();
        let first = params.page.unwrap_or(0);
        let all = pages(first, params.page_size, move |page| {
            let (jobs, params) = (jobs.clone(), params.clone().page(page));
            async move { jobs.list(&params).await }
        });
        all.boxed()
    }

    /// Creates a job, which costs money once it trains, and leaves one of it whatever the network does.
    ///
    /// The service refuses a job that is similar to one queued, validated or running (409). So where an answer was lost the
    /// job is posted again, three times at the most; a 409 then means that the first was created after all, and it is looked
    /// up in the list by its model, data, hyperparameters and suffix. Should the service take the same job twice all the
    /// same, the younger is cancelled, and a warning says so. Each call is bounded as any other; all together end within 30
    /// minutes.
    ///
    /// Give every job a [`suffix`](CreateFineTuningJob::suffix) of its own if others create jobs from the same files at the
    /// same time, or if jobs differ in nothing but weights or classifier targets: the list tells neither.
    ///
    /// # Errors
    ///
    /// [`BadInput`](ErrorKind::BadInput) for what [`CreateFineTuningJob::check`] finds; [`Conflict`](ErrorKind::Conflict) if
    /// there was a similar job already; [`is_maybe_created`](Error::is_maybe_created) if nobody can tell; and whatever the
    /// call meets.
    pub async fn create(&self, job: &CreateFineTuningJob) -> Result<FineTuningJob> {
        create::create(self, job).await
    }

    /// Posts a job once.
    pub(crate) async fn post(&self, job: &CreateFineTuningJob) -> Result<FineTuningJob> {
        let call = Call::post("fine_tuning.jobs.create", &PATH).checked(job.check()).json(job).creates();
        self.transport.json(call).await
    }

    /// What a job would take in time, tokens and money, without creating it.
    ///
    /// The API has announced that this will go. What does not depend on it: create the job with `auto_start(false)`,
    /// [wait](Self::wait) until it is validated, and read its [`metadata`](FineTuningJob::metadata).
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create), but sent once only: a service that no longer knows dry runs creates the job. If it does,
    /// [`is_maybe_created`](Error::is_maybe_created) is true and the error names the job.
    pub async fn dry_run(&self, job: &CreateFineTuningJob) -> Result<DryRun> {
        const OPERATION: &str = "fine_tuning.jobs.dry_run";

        #[derive(Serialize)]
        struct Query {
            dry_run: bool,
        }

        let call =
            Call::post(OPERATION, &PATH).checked(job.check()).query(&Query { dry_run: true }).json(job).creates();
        match self.transport.json(call).await.map_err(of_creation)? {
            FineTuningCreation::DryRun(dry_run) => Ok(*dry_run),
            FineTuningCreation::Job(job) => {
                let message = format!("the service knows no dry runs and created job {}; cancel it", job.id);
                Err(Error::maybe_created(OPERATION, message))
            }
        }
    }

    /// One job, with its events and checkpoints.
    ///
    /// # Errors
    ///
    /// [`NotFound`](ErrorKind::NotFound) if there is none of this id, and whatever the call meets.
    pub async fn get(&self, id: impl Into<FineTuningJobId>) -> Result<FineTuningJob> {
        let id = id.into();
        let [v1, group, jobs] = PATH;
        self.json(Call::get("fine_tuning.jobs.get", &[v1, group, jobs, id.as_str()]).checked(id.check())).await
    }

    /// Stops a job that has not finished.
    ///
    /// The job ends up [`Cancelled`](mistral_models::FineTuningJobStatus::Cancelled) a little later; [`wait`](Self::wait)
    /// sees it through.
    ///
    /// # Errors
    ///
    /// [`NotFound`](ErrorKind::NotFound) if there is none of this id, and whatever the call meets.
    pub async fn cancel(&self, id: impl Into<FineTuningJobId>) -> Result<FineTuningJob> {
        let id = id.into();
        let [v1, group, jobs] = PATH;
        let path = [v1, group, jobs, id.as_str(), "cancel"];
        self.json(Call::post("fine_tuning.jobs.cancel", &path).checked(id.check()).idempotent()).await
    }

    /// Starts the training of a validated job, which costs money.
    ///
    /// Where the answer is lost, the job itself tells: if it shows that it was started, it is returned; if it is
    /// [`Validated`](mistral_models::FineTuningJobStatus::Validated) still, it is started again, three times at the most. All
    /// together ends within 40 minutes.
    ///
    /// # Errors
    ///
    /// [`NotFound`](ErrorKind::NotFound) if there is none of this id, and whatever the call meets.
    pub async fn start(&self, id: impl Into<FineTuningJobId>) -> Result<FineTuningJob> {
        start::start(self, &id.into()).await
    }

    /// Posts the start of a job once.
    pub(crate) async fn post_start(&self, id: &FineTuningJobId) -> Result<FineTuningJob> {
        let [v1, group, jobs] = PATH;
        let path = [v1, group, jobs, id.as_str(), "start"];
        // Counted among the creations, because what it begins costs money: in doubt it is not sent again unseen.
        self.json(Call::post(start::OPERATION, &path).checked(id.check()).creates()).await
    }

    /// Waits until the job has come so far or has reached its end, and returns it in whatever state that is.
    ///
    /// A failed or cancelled job is not an error: look at its [`status`](FineTuningJob::status). Passing faults do not end
    /// the wait, and a status this version does not know is waited through.
    ///
    /// # Errors
    ///
    /// What [`Poll::stream`] says.
    pub async fn wait(&self, id: impl Into<FineTuningJobId>, until: Until, poll: Poll) -> Result<FineTuningJob> {
        let mut looks = std::pin::pin!(self.looks("fine_tuning.jobs.wait", id.into(), until, poll));
        let mut last = None;
        while let Some(job) = looks.try_next().await? {
            last = Some(job);
        }
        let nothing = || Error::new(ErrorKind::UnexpectedResponse, "the wait saw nothing");
        last.ok_or_else(|| nothing().during("fine_tuning.jobs.wait"))
    }

    /// Watches a job until its end: what happened so far, then what is new, each thing once.
    ///
    /// The last item is the [status](Progress::Status) the job ended with.
    ///
    /// # Errors
    ///
    /// What [`Poll::stream`] says; the stream ends after it.
    ///
    /// ```no_run
    /// # use futures_util::TryStreamExt as _;
    /// # use mistral_fine_tuning::{Jobs, Progress};
    /// # async fn demo(jobs: Jobs, id: mistral_models::FineTuningJobId) -> mistral_transport::Result<()> {
    /// let mut progress = jobs.watch(&id, Default::default());
    /// while let Some(news) = progress.try_next().await? {
    ///     if let Progress::Checkpoint(checkpoint) = news {
    ///         println!("{}: {:?}", checkpoint.step_number, checkpoint.metrics.valid_loss);
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn watch(&self, id: impl Into<FineTuningJobId>, poll: Poll) -> BoxStream<'static, Result<Progress>> {
        let mut news = News::default();
        let looks = self.looks("fine_tuning.jobs.watch", id.into(), Until::Done, poll);
        let progress = looks.map_ok(move |job| futures_util::stream::iter(news.of(job).into_iter().map(Ok)));
        progress.try_flatten().boxed()
    }

    /// Looks at the job until it has come so far.
    fn looks(
        &self,
        operation: &'static str,
        id: FineTuningJobId,
        until: Until,
        poll: Poll,
    ) -> impl Stream<Item = Result<FineTuningJob>> + Send + use<> {
        // The wait itself is patient, so a look need not be.
        let jobs = self.with_transport(|transport| transport.with_max_attempts(2));
        let waited = id.clone();
        let look = move || {
            let (jobs, id) = (jobs.clone(), id.clone());
            async move { jobs.get(id).await }
        };
        let looks = poll.stream(operation, look, move |job: &FineTuningJob| until.is_reached(&job.status));
        // What the wait itself has to say does not name the job.
        looks.map_err(move |error| match error.kind() {
            ErrorKind::JobGone | ErrorKind::Outage | ErrorKind::WaitDeadline => {
                error.about(format_args!("job {waited}"))
            }
            _ => error,
        })
    }
}
