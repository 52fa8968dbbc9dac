use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use mistral_models::{BatchJobId, ModelId};
use mistral_transport::{Error, ErrorKind, Poll, Result, Transport};

use crate::blocking::{blocking, unwritable};
use crate::clock::local;
use crate::inputs::find_inputs;
use crate::journal::{Begun, Journal, Lock, NAME, Record};
use crate::plan::{self, Plan, Planned};
use crate::rows::Source;
use crate::whole::{self, UNFINISHED};
use crate::{Cleanup, Input, PriceTable, Run, Spec, Status, folder, output};

/// Batch workloads of any size: planned, submitted once, waited for, collected, and resumed after whatever happened.
///
/// ```no_run
/// use mistral_models::{BatchEndpoint, CreateBatchJob};
/// use mistral_runs::{Input, Runs, Spec};
/// use mistral_transport::{ApiKey, Transport};
///
/// # async fn demo() -> mistral_transport::Result<()> {
/// let runs = Runs::new(Transport::builder(ApiKey::from_env()?).build()?);
/// let job = CreateBatchJob::new(BatchEndpoint::ChatCompletions).model("mistral-small-latest");
/// let spec = Spec::new(job).output("answers.jsonl");
/// let report = runs.start("night.run", Input::file("questions.jsonl"), spec).await?.finish().await?;
/// println!("{} answered, {} failed", report.tally.succeeded, report.tally.failed);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Runs {
    transport: Transport,
    poll: Poll,
    prices: PriceTable,
    check_model: bool,
    give_up_missing: bool,
}

impl Runs {
    /// Runs on the jobs and files that this transport's key can see.
    pub fn new(transport: Transport) -> Self {
        // A run waits for as long as its jobs take.
        let poll = Poll::default().limit(Duration::MAX);
        Self { transport, poll, prices: PriceTable::builtin(), check_model: true, give_up_missing: false }
    }

    /// How often to look at the jobs, and how long to wait at the most. [`Poll::default`] without a limit unless set: each job
    /// has one of its own, an hour after its timeout.
    #[must_use]
    pub fn poll(mut self, poll: Poll) -> Self {
        self.poll = poll;
        self
    }

    /// What estimates go by. [`PriceTable::builtin`] unless set.
    #[must_use]
    pub fn prices(mut self, prices: PriceTable) -> Self {
        self.prices = prices;
        self
    }

    /// Whether the model is compared with the service's list of models before anything is sent. It is unless set.
    #[must_use]
    pub fn check_model(mut self, check: bool) -> Self {
        self.check_model = check;
        self
    }

    /// Whether a job that is not to be found, and was not seen since the run was taken up, is given up: its rows are missing then,
    /// and may be sent again. Not unless set: the job may be there for another key, and is paid for.
    #[must_use]
    pub fn give_up_missing_jobs(mut self, give_up: bool) -> Self {
        self.give_up_missing = give_up;
        self
    }

    /// Tells what a run would do, and does nothing: checks every row, cuts parts, estimates the cost.
    ///
    /// Only the list of models is asked for; the spec's budget is not compared with the estimate.
    ///
    /// # Errors
    ///
    /// [`BadInput`] for a spec that cannot be carried out, for rows with problems
    /// ([`InvalidInput`](crate::InvalidInput) is the cause then), for a model that is not there or cannot do what the endpoint
    /// asks for; [`LocalIo`] for an input that cannot be read.
    ///
    /// [`BadInput`]: mistral_transport::ErrorKind::BadInput
    /// [`LocalIo`]: mistral_transport::ErrorKind::LocalIo
    pub async fn plan(&self, input: Input, spec: &Spec) -> Result<Plan> {
        let folder = blocking(|| tempfile::tempdir().map_err(|error| unwritable(&std::env::temp_dir(), error))).await?;
        let (_, planned) = self.read(input, spec, folder.path()).await?;
        let remark = self.check(spec, planned.model.as_ref()).await?;
        Ok(Plan::of(planned, &self.prices, remark))
    }

    /// Begins a run in a folder of its own, which is made if it is not there. Nothing is submitted before the run is driven.
    ///
    /// # Errors
    ///
    /// As [`plan`](Self::plan); [`OverBudget`] if it may cost more than the spec allows, or nobody can
    /// tell; [`Journal`] if there is a run in the folder already.
    ///
    /// [`OverBudget`]: mistral_transport::ErrorKind::OverBudget
    /// [`Journal`]: mistral_transport::ErrorKind::Journal
    pub async fn start(&self, folder: impl AsRef<Path>, input: Input, spec: Spec) -> Result<Run> {
        let (run, _) = self.start_with_plan(folder, input, spec).await?;
        Ok(run)
    }

    /// The same, with the plan along.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub async fn start_with_plan(&self, folder: impl AsRef<Path>, input: Input, spec: Spec) -> Result<(Run, Plan)> {
        let folder = folder.as_ref().to_owned();
        let (folder, lock) = blocking(move || folder::begin(&folder)).await?;
        match self.begin(&folder, input, spec).await {
            Ok((source, records, plan)) => {
                let journal = blocking(move || Journal::create(&folder, lock, records)).await?;
                Ok((self.run(source, journal), plan))
            }
            Err(error) => {
                // What is wrong with the run says more than what is wrong with its remains.
                let _ = blocking(move || folder::abandon(&folder, lock)).await;
                Err(error)
            }
        }
    }

    /// What a run begins with, once nothing is found wrong.
    async fn begin(&self, folder: &Arc<Path>, input: Input, mut spec: Spec) -> Result<(Source, Vec<Record>, Plan)> {
        spec.output = spec.output.take().map(|output| std::path::absolute(&output).unwrap_or(output));
        let (source, planned) = self.read(input, &spec, folder).await?;
        if let Some(output) = spec.output.clone() {
            let (source, replace) = (source.clone(), spec.replace);
            blocking(move || output::check(&output, replace, &source.files, &source.folder)).await?;
        }
        let remark = self.check(&spec, planned.model.as_ref()).await?;
        spec.job.model.clone_from(&planned.model);
        let (mut inputs, rows, parts) = (planned.inputs.clone(), planned.rows, planned.parts.clone());
        let plan = Plan::of(planned, &self.prices, remark);
        spec.check_cost(&plan.estimate)?;
        for input in &mut inputs {
            if let Ok(name) = input.path.strip_prefix(folder) {
                input.path = name.to_owned();
            }
        }
        let id = format!("{:016x}", fastrand::u64(..));
        let base_uri = self.transport.base_uri().map(str::to_owned);
        let begun = Begun { version: Begun::VERSION, id, base_uri, at: local(), spec, inputs, rows };
        let planned = Record::Planned { round: 0, parts, at_most: plan.estimate.at_most, asked_for: false };
        Ok((source, vec![Record::Begun(Box::new(begun)), planned], plan))
    }

    /// Takes up a run where it stopped, on another machine if need be: then its input is looked for beside its folder too.
    ///
    /// # Errors
    ///
    /// [`Journal`] if there is no run in the folder, its journal is damaged or newer than this code, or
    /// another process is at it; [`InputChanged`] if the input is not what it was.
    ///
    /// [`Journal`]: mistral_transport::ErrorKind::Journal
    /// [`InputChanged`]: mistral_transport::ErrorKind::InputChanged
    pub async fn resume(&self, folder: impl AsRef<Path>) -> Result<Run> {
        let (folder, here) = (folder.as_ref().to_owned(), self.transport.base_uri().map(str::to_owned));
        let (source, journal) = blocking(move || {
            // Said first, so that nothing is made in a folder that has no run.
            Journal::peek(&folder)?;
            let folder = std::path::absolute(&folder).map_err(|error| unwritable(&folder, error))?;
            let lock = Lock::take(&folder)?;
            folder::remove_unfinished(&folder, UNFINISHED);
            let journal = Journal::open(&folder, lock)?;
            journal.state(|state| same_address(&state.begun, here.as_deref()))?;
            let folder: Arc<Path> = folder.into();
            let source = journal.state(|state| {
                if let Some(output) = &state.begun.spec.output {
                    let ours = format!("{UNFINISHED}{}-", state.begun.id);
                    folder::remove_unfinished(&whole::folder(output), &ours);
                }
                find_inputs(&folder, &state.begun)
            })?;
            Ok((source, journal))
        })
        .await?;
        Ok(self.run(source, journal))
    }

    /// What is known of the run in a folder. It may be at work meanwhile.
    ///
    /// # Errors
    ///
    /// [`Journal`] if there is none, or its journal is damaged.
    ///
    /// [`Journal`]: mistral_transport::ErrorKind::Journal
    pub async fn status(folder: impl AsRef<Path>) -> Result<Status> {
        let folder = folder.as_ref().to_owned();
        blocking(move || Journal::peek(&folder).map(|state| Status::of(&folder, &state))).await
    }

    /// The runs whose folders are in this folder, the latest first. One that cannot be read is passed over.
    ///
    /// # Errors
    ///
    /// [`LocalIo`] if the folder cannot be read.
    ///
    /// [`LocalIo`]: mistral_transport::ErrorKind::LocalIo
    pub async fn list(folder: impl AsRef<Path>) -> Result<Vec<Status>> {
        let folder = folder.as_ref().to_owned();
        blocking(move || {
            let failed = |error| crate::blocking::unreadable(&folder, error);
            let mut runs = Vec::new();
            for entry in std::fs::read_dir(&folder).map_err(failed)? {
                let path = entry.map_err(failed)?.path();
                if path.join(NAME).is_file() {
                    runs.extend(Journal::peek(&path).map(|state| Status::of(&path, &state)));
                }
            }
            runs.sort_by_key(|run| std::cmp::Reverse(run.began_at));
            Ok(runs)
        })
        .await
    }

    /// Cancels the jobs of a run and has nothing more submitted, whether its input is still there or not. What the jobs had
    /// answered by then is collected when the run is resumed and driven. The jobs that were asked to stop.
    ///
    /// A creation that nobody saw the end of may have made one more job: resuming looks for it, and cancels it.
    ///
    /// # Errors
    ///
    /// [`Journal`] if there is no run in the folder, or another process is at it; whatever the cancellations meet.
    ///
    /// [`Journal`]: mistral_transport::ErrorKind::Journal
    pub async fn cancel(&self, folder: impl AsRef<Path>) -> Result<Vec<BatchJobId>> {
        self.without_input(folder.as_ref()).await?.cancel().await
    }

    async fn without_input(&self, folder: &Path) -> Result<Run> {
        let (folder, here) = (folder.to_owned(), self.transport.base_uri().map(str::to_owned));
        let (source, journal) = blocking(move || {
            // Said first, so that nothing is made in a folder that has no run.
            Journal::peek(&folder)?;
            let journal = Journal::open(&folder, Lock::take(&folder)?)?;
            journal.state(|state| same_address(&state.begun, here.as_deref()))?;
            let source = Source { files: Arc::new([]), folder: folder.into(), generate_ids: false };
            Ok((source, journal))
        })
        .await?;
        Ok(self.run(source, journal))
    }

    /// Deletes the files of a run from the service, whether its input is still there or not. How many are deleted, and what
    /// could not be deleted and why.
    ///
    /// # Errors
    ///
    /// [`Journal`] if there is no run in the folder, or another process is at it.
    ///
    /// [`Journal`]: mistral_transport::ErrorKind::Journal
    pub async fn clean(&self, folder: impl AsRef<Path>, what: Cleanup) -> Result<(u64, Vec<String>)> {
        self.without_input(folder.as_ref()).await?.clean(what).await
    }

    /// Removes what a run keeps on this machine: its files, and its folder unless something else is in there. The output and
    /// what is on the service stay.
    ///
    /// # Errors
    ///
    /// [`Journal`] if there is no run in the folder, or a process is at it; [`LocalIo`]
    /// if a file cannot be removed.
    ///
    /// [`Journal`]: mistral_transport::ErrorKind::Journal
    /// [`LocalIo`]: mistral_transport::ErrorKind::LocalIo
    pub async fn remove(folder: impl AsRef<Path>) -> Result<()> {
        let folder = folder.as_ref().to_owned();
        blocking(move || folder::remove(&folder)).await
    }

    async fn read(&self, input: Input, spec: &Spec, folder: &Path) -> Result<(Source, Planned)> {
        spec.check()?;
        let (files, names): (Vec<_>, Vec<_>) =
            input.into_files(folder).await?.into_iter().map(|file| (file.path, file.name)).unzip();
        let source = Source { files: files.into(), folder: folder.into(), generate_ids: spec.generate_ids };
        let (spec, of) = (spec.clone(), source.clone());
        let planned = blocking(move || plan::read(&of, &names, &spec)).await?;
        Ok((source, planned))
    }

    async fn check(&self, spec: &Spec, model: Option<&ModelId>) -> Result<Option<String>> {
        match model {
            Some(model) if self.check_model => plan::check_model(&self.transport, &spec.job.endpoint, model).await,
            _ => Ok(None),
        }
    }

    fn run(&self, source: Source, journal: Journal) -> Run {
        Run::new(source, journal, self.transport.clone(), self.poll, self.prices.clone(), self.give_up_missing)
    }
}

/// At another address the jobs of a run would look as if they were gone, and be paid for twice.
fn same_address(begun: &Begun, here: Option<&str>) -> Result<()> {
    match (begun.base_uri.as_deref(), here) {
        (Some(there), Some(here)) if there != here => {
            let message = format!("the run was begun at {there}, and this is {here}; name the address it was begun at");
            Err(Error::new(ErrorKind::Journal, message).during("runs.resume"))
        }
        _ => Ok(()),
    }
}
