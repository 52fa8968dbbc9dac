use futures_core::Stream;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use mistral_models::{
    BatchJob, BatchJobId, BatchJobStatus, CreateBatchJob, DeletedBatchJob, GetBatchJob, List, ListBatchJobs, UnixTime,
};
use mistral_transport::{Call, Error, ErrorKind, Poll, Result, Transport, pages};
use tokio::time::{Duration, Instant};

use crate::results::{Outcome, ResultLine, results};
use crate::{Marker, once};

/// The largest answer with results in it, in bytes.
const INLINE_LIMIT: usize = 256 << 20;

/// The batch jobs of a workspace.
#[derive(Debug, Clone)]
pub struct Jobs {
    transport: Transport,
}

impl Jobs {
    /// The jobs that this transport's key can see.
    pub fn new(transport: Transport) -> Self {
        Self { transport }
    }

    /// One page of the jobs.
    ///
    /// # Errors
    ///
    /// [`BadInput`](ErrorKind::BadInput) for a filter the query cannot express, and whatever the call meets.
    pub async fn list(&self, params: &ListBatchJobs) -> Result<List<BatchJob>> {
        let call = Call::get("batch.jobs.list", &["v1", "batch", "jobs"]).checked(params.check()).query(params);
        self.transport.json(call).await
    }

    /// All jobs, from the given page on, fetched page by page as they are asked for.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list); the stream ends after an error.
    ///
    /// ```no_run
    /// # use futures_util::TryStreamExt as _;
    /// # use mistral_batch::Jobs;
    /// # use mistral_models::{BatchJobStatus, ListBatchJobs};
    /// # async fn demo(jobs: Jobs) -> mistral_transport::Result<()> {
    /// let mut running = jobs.list_all(ListBatchJobs::default().status(BatchJobStatus::Running));
    /// while let Some(job) = running.try_next().await? {
    ///     println!("{}: {} of {}", job.id, job.completed_requests, job.total_requests);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn list_all(&self, params: ListBatchJobs) -> BoxStream<'static, Result<BatchJob>> {
        let jobs = self.clone();
        let first = params.page.unwrap_or(0);
        let all = pages(first, params.page_size, move |page| {
            let (jobs, params) = (jobs.clone(), params.clone().page(page));
            async move { jobs.list(&params).await }
        });
        all.boxed()
    }

    /// Creates a job, which costs money.
    ///
    /// It is sent again only if it cannot have been processed: no connection, or a 429. In any other doubt the error says
    /// so ([`is_maybe_created`](Error::is_maybe_created)); look at the list before creating it again.
    ///
    /// # Errors
    ///
    /// [`BadInput`](ErrorKind::BadInput) for what [`CreateBatchJob::check`] finds, and whatever the call meets.
    pub async fn create(&self, job: &CreateBatchJob) -> Result<BatchJob> {
        let call = Call::post("batch.jobs.create", &["v1", "batch", "jobs"]).checked(job.check()).json(job).creates();
        self.transport.json(call).await
    }

    /// Creates a job and leaves exactly one of it, whatever the network does; or says that nobody can tell.
    ///
    /// The marker travels in the job's metadata. If the answer to the creation is lost, the newest jobs are looked through
    /// for it after 1, 5, 15 and 30 s, and only if it is certainly absent is the job posted again, three times at the most.
    /// Of two jobs with the marker the younger is cancelled, and a warning says so. Each call is bounded as any other; all
    /// together end within 45 minutes.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create). [`is_maybe_created`](Error::is_maybe_created) is left for when the list cannot be read
    /// or shows no metadata; [`find`](Self::find) tells later, with the marker that the error names.
    ///
    /// ```no_run
    /// # use mistral_batch::{Jobs, Marker};
    /// # use mistral_models::CreateBatchJob;
    /// # async fn demo(jobs: Jobs, job: CreateBatchJob) -> mistral_transport::Result<()> {
    /// let job = jobs.create_once(&job, &Marker::random()).await?;
    /// # Ok(()) }
    /// ```
    pub async fn create_once(&self, job: &CreateBatchJob, marker: &Marker) -> Result<BatchJob> {
        once::create(self, job, marker).await
    }

    /// The job that [`create_once`](Self::create_once) gave this marker, among those created since then. The oldest, if
    /// there are several.
    ///
    /// # Errors
    ///
    /// Whatever the listing meets, and [`is_maybe_created`](Error::is_maybe_created) if nothing can be concluded from it: it
    /// shows no metadata, or is not in the order that was asked for.
    pub async fn find(&self, marker: &Marker, since: UnixTime) -> Result<Option<BatchJob>> {
        once::find(self, None, marker, since).await
    }

    /// Looks for the job of a creation that another process began and nobody saw the end of, at once and after 1, 5, 15 and
    /// 30 s: its request may still be on its way. `job` is what was to be created. `None` if it is certainly not there.
    ///
    /// Whoever creates it then lets [`settle`](Self::settle) follow.
    ///
    /// # Errors
    ///
    /// As [`find`](Self::find), but that jobs without metadata that are not like `job` leave no doubt.
    pub async fn search(&self, job: &CreateBatchJob, marker: &Marker, since: UnixTime) -> Result<Option<BatchJob>> {
        once::search(self, job, marker, since).await
    }

    /// Sees that one job with this marker is left, after it was created anew where an earlier creation was in doubt: of two the
    /// younger is cancelled, and a warning says so. The one that is left; `created` where the list cannot be read.
    pub async fn settle(&self, marker: &Marker, since: UnixTime, created: BatchJob) -> BatchJob {
        once::settle_since(self, marker, since, created).await
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.transport
    }

    /// The same jobs over a changed copy of the transport, with other limits say.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # fn demo(jobs: mistral_batch::Jobs) {
    /// let hasty = jobs.with_transport(|transport| transport.with_timeout(Duration::from_secs(5)));
    /// # }
    /// ```
    #[must_use]
    pub fn with_transport(&self, change: impl FnOnce(&Transport) -> Transport) -> Self {
        Self { transport: change(&self.transport) }
    }

    /// One job.
    ///
    /// # Errors
    ///
    /// [`NotFound`](ErrorKind::NotFound) if there is none of this id, and whatever the call meets.
    pub async fn get(&self, id: impl Into<BatchJobId>) -> Result<BatchJob> {
        self.get_with(id, &GetBatchJob::default()).await
    }

    /// One job, with its results along if asked for: 256 MiB of them at the most, all in memory.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub async fn get_with(&self, id: impl Into<BatchJobId>, params: &GetBatchJob) -> Result<BatchJob> {
        let id = id.into();
        let path = ["v1", "batch", "jobs", id.as_str()];
        let mut call = Call::get("batch.jobs.get", &path).checked(id.check()).query(params);
        if params.inline == Some(true) {
            call = call.reply_limit(INLINE_LIMIT);
        }
        self.transport.json(call).await
    }

    /// Stops a job that has not finished.
    ///
    /// The job ends up [`Cancelled`](BatchJobStatus::Cancelled) a little later; [`wait`](Self::wait) sees it through.
    ///
    /// # Errors
    ///
    /// [`NotFound`](ErrorKind::NotFound) if there is none of this id, and whatever the call meets.
    pub async fn cancel(&self, id: impl Into<BatchJobId>) -> Result<BatchJob> {
        let id = id.into();
        let path = ["v1", "batch", "jobs", id.as_str(), "cancel"];
        self.transport.json(Call::post("batch.jobs.cancel", &path).checked(id.check()).idempotent()).await
    }

    /// Deletes a job.
    ///
    /// Found gone after an attempt whose answer was lost, it counts as deleted.
    ///
    /// # Errors
    ///
    /// [`NotFound`](ErrorKind::NotFound) if there is none of this id, and whatever the call meets.
    pub async fn delete(&self, id: impl Into<BatchJobId>) -> Result<DeletedBatchJob> {
        let id = id.into();
        let path = ["v1", "batch", "jobs", id.as_str()];
        match self.transport.json(Call::delete("batch.jobs.delete", &path).checked(id.check())).await {
            Err(error) if error.is_deleted() => Ok(DeletedBatchJob::new(id)),
            answer => answer,
        }
    }

    /// Waits until the job has reached its end, and returns it in whatever state that is.
    ///
    /// A failed or cancelled job is not an error: look at its [`status`](BatchJob::status). Passing faults do not end the
    /// wait. A success that names no file although it should is looked at again for 30 s.
    ///
    /// # Errors
    ///
    /// What [`Poll::stream`] says.
    pub async fn wait(&self, id: impl Into<BatchJobId>, poll: Poll) -> Result<BatchJob> {
        let mut looks = std::pin::pin!(self.looks(id.into(), poll));
        let mut last = None;
        while let Some(job) = looks.try_next().await? {
            last = Some(job);
        }
        last.ok_or_else(|| Error::new(ErrorKind::UnexpectedResponse, "the wait saw nothing").during("batch.jobs.wait"))
    }

    /// Watches a job: the job as it is, then each change, then its end.
    ///
    /// # Errors
    ///
    /// What [`Poll::stream`] says; the stream ends after it.
    ///
    /// ```no_run
    /// # use futures_util::TryStreamExt as _;
    /// # use mistral_batch::Jobs;
    /// # async fn demo(jobs: Jobs, id: mistral_models::BatchJobId) -> mistral_transport::Result<()> {
    /// let mut changes = jobs.watch(&id, Default::default());
    /// while let Some(job) = changes.try_next().await? {
    ///     println!("{}: {} of {} done", job.status, job.done_requests(), job.total_requests);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn watch(&self, id: impl Into<BatchJobId>, poll: Poll) -> BoxStream<'static, Result<BatchJob>> {
        let mut last = None;
        let changes = self.looks(id.into(), poll).filter(move |look| {
            let changed = match look {
                Ok(job) if last.as_ref() == Some(job) => false,
                Ok(job) => {
                    last = Some(job.clone());
                    true
                }
                Err(_) => true,
            };
            std::future::ready(changed)
        });
        changes.boxed()
    }

    /// Looks at the job until it has settled.
    fn looks(&self, id: BatchJobId, poll: Poll) -> impl Stream<Item = Result<BatchJob>> + Send + use<> {
        const PATIENCE: Duration = Duration::from_secs(30);
        // The wait itself is patient, so a look need not be.
        let jobs = Self::new(self.transport.with_max_attempts(2));
        let mut incomplete_since = None;
        let waited = id.clone();
        let look = move || {
            let (jobs, id) = (jobs.clone(), id.clone());
            // Room for a look is taken while it lasts: thousands of waits spend their time between looks.
            Box::pin(async move { jobs.get(id).await })
        };
        let looks = poll.stream("batch.jobs.wait", look, move |job: &BatchJob| {
            if !job.status.is_final() {
                return false;
            }
            // A job from inline requests need not have files at all.
            let nothing = !job.input_files.is_empty() && job.output_file.is_none() && job.error_file.is_none();
            let incomplete = job.status == BatchJobStatus::Success && nothing && job.total_requests > 0;
            !incomplete || incomplete_since.get_or_insert_with(Instant::now).elapsed() >= PATIENCE
        });
        let mut marker = None;
        looks.map(move |look| match look {
            Ok(job) => {
                marker = Marker::of(&job);
                Ok(job)
            }
            // What the wait itself has to say does not name the job.
            Err(error) => Err(match (error.kind(), &marker) {
                (ErrorKind::JobGone, Some(marker)) => error.about(format_args!("job {waited}, which carried {marker}")),
                (ErrorKind::JobGone | ErrorKind::Outage | ErrorKind::WaitDeadline, _) => {
                    error.about(format_args!("job {waited}"))
                }
                _ => error,
            }),
        })
    }

    /// What became of the requests of a finished job: its inline results if it carries any, otherwise those of its output
    /// file and then of its error file. A job that has neither, although it has requests, is asked for its results inline.
    ///
    /// Results come in any order; match them to requests by `custom_id`. A line that cannot be read is an
    /// [`Outcome::Unreadable`] and does not affect the others. Nothing more than what is asked for is downloaded.
    ///
    /// At the end the results are counted: where there are fewer than the job says, or a download broke off, what may be
    /// short is read once more, as long as the retry budget pays for it, and what was given already is passed over. Only a
    /// digest of it is kept.
    ///
    /// # Errors
    ///
    /// Whatever the downloads meet; [`Integrity`](ErrorKind::Integrity) for fewer results than the job counts
    /// ([`MissingResults`](crate::MissingResults) is the cause then, and all that are there were given before), and for
    /// results that are others when they are read again. The stream ends after an error.
    pub fn results(&self, job: &BatchJob) -> BoxStream<'static, Result<Outcome>> {
        self.result_lines(job).map_ok(|line| line.outcome).boxed()
    }

    /// The same with each line as it came, for those who keep what they were given.
    ///
    /// # Errors
    ///
    /// As [`results`](Self::results).
    pub fn result_lines(&self, job: &BatchJob) -> BoxStream<'static, Result<ResultLine>> {
        results(self.clone(), job).boxed()
    }
}
