use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use mistral_models::Model;

use crate::Emulator;
use crate::api::Api;
use crate::catalogue::Catalogue;
use crate::clock::{Clock, SteadyClock, TokioClock};
use crate::engine::{EchoEngine, Engine};
use crate::faults::{FaultScript, Faults};
use crate::ids::{Ids, Secret};
use crate::ledger::Ledger;
use crate::limits::Limits;
use crate::pace::Pace;
use crate::store::Folder;
use crate::upstream::{Hub, Upstream};

/// Makes an [`Emulator`] that differs from the default one.
///
/// ```
/// use mistral_emulator::{Emulator, ManualClock, Pace};
///
/// let clock = ManualClock::default();
/// let emulator = Emulator::builder().clock(clock.clone()).pace(Pace::instant()).build()?;
/// # drop(emulator);
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use]
pub struct Builder {
    clock: Box<dyn Clock>,
    pace: Pace,
    engine: Box<dyn Engine>,
    upstream: Option<(Arc<dyn Upstream>, usize)>,
    models: Option<Vec<Model>>,
    limits: Limits,
    folder: Option<PathBuf>,
    seed: Option<u64>,
    ledger_capacity: usize,
    faults: FaultScript,
    fine_tuning_retired: bool,
    #[cfg(feature = "server")]
    allow_remote: bool,
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            clock: _,
            pace,
            engine: _,
            upstream,
            models,
            limits,
            folder,
            seed,
            ledger_capacity,
            faults,
            fine_tuning_retired,
            #[cfg(feature = "server")]
                allow_remote: _,
        } = self;
        f.debug_struct("Builder")
            .field("pace", pace)
            .field("upstream", &upstream.as_ref().map(|(_, concurrency)| concurrency))
            .field("models", models)
            .field("limits", limits)
            .field("folder", folder)
            .field("seed", seed)
            .field("ledger_capacity", ledger_capacity)
            .field("faults", faults)
            .field("fine_tuning_retired", fine_tuning_retired)
            .finish_non_exhaustive()
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            clock: Box::new(TokioClock::new()),
            pace: Pace::default(),
            engine: Box::new(EchoEngine),
            upstream: None,
            models: None,
            limits: Limits::default(),
            folder: None,
            seed: Some(0),
            ledger_capacity: 100_000,
            faults: FaultScript::default(),
            fine_tuning_retired: false,
            #[cfg(feature = "server")]
            allow_remote: false,
        }
    }
}

impl Builder {
    /// What tells the time. [`TokioClock`] unless set.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// How fast jobs pass through their life.
    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// What answers the requests of a batch. [`EchoEngine`] unless set.
    pub fn engine(mut self, engine: impl Engine) -> Self {
        self.engine = Box::new(engine);
        self
    }

    /// A server that answers the requests of a batch, in place of the engine; at most `concurrency` requests (1 at least)
    /// are on their way to it at once, over all jobs. None unless set.
    ///
    /// Jobs then go on by themselves and as fast as the server: of the [`Pace`] only the time in the queue and that of
    /// cancelling count. A job is `QUEUED` while `concurrency` others are at work. Results are in the order they came.
    /// Jobs can only be created on a tokio runtime with time.
    pub fn upstream(mut self, upstream: impl Upstream, concurrency: usize) -> Self {
        self.upstream = Some((Arc::new(upstream), concurrency));
        self
    }

    /// The models there are, in place of the ones built in. A request for any other model fails.
    pub fn models(mut self, models: impl IntoIterator<Item = Model>) -> Self {
        self.models = Some(models.into_iter().collect());
        self
    }

    /// The largest file taken, in bytes. 512 MiB (536,870,912) unless set: the documents say 512 MB, and this is the
    /// larger reading.
    pub fn max_file_bytes(mut self, bytes: u64) -> Self {
        self.limits.file_bytes = bytes;
        self
    }

    /// The most requests that may be waiting or at work, over all jobs. 1,000,000 unless set, as for a workspace of the
    /// service.
    pub fn max_pending_requests(mut self, requests: u64) -> Self {
        self.limits.pending_requests = requests;
        self
    }

    /// Whether a creation past [`max_pending_requests`](Self::max_pending_requests) is refused. It is unless set. When it
    /// is not, [`Ledger::peak_pending_requests`] tells whether a client kept to the limit by itself.
    pub fn enforce_pending_limit(mut self, enforce: bool) -> Self {
        self.limits.enforce_pending = enforce;
        self
    }

    /// Keeps file contents in a new folder below `folder`, in place of the system's folder for temporary files. Like
    /// that one it is for this user alone, and is removed with the last handle.
    pub fn data_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Makes ids a function of `seed` and the order of creation. 0 unless set, so that a test sees the same ids in every
    /// run. Signatures of signed URLs never follow from it.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Makes ids that differ from run to run, for a server that is restarted.
    pub fn random_ids(mut self) -> Self {
        self.seed = None;
        self
    }

    /// How many requests the [`Ledger`] keeps. 100,000 unless set.
    pub fn ledger_capacity(mut self, entries: usize) -> Self {
        self.ledger_capacity = entries;
        self
    }

    /// Lets the server listen where other machines can reach it. Refused unless set: whoever reaches the emulator can
    /// read and delete everything in it, because it takes any key.
    #[cfg(feature = "server")]
    pub fn allow_remote(mut self, allow: bool) -> Self {
        self.allow_remote = allow;
        self
    }

    /// What goes wrong. Nothing unless set; [`Emulator::set_faults`] sets it later.
    pub fn faults(mut self, script: FaultScript) -> Self {
        self.faults = script;
        self
    }

    /// Whether fine-tuning jobs are retired, as the service's are since August 2026: each of their operations answers
    /// 410 Gone. Fine-tuned models can still be listed, used, changed and deleted, as they can there. Not retired
    /// unless set.
    pub fn fine_tuning_retired(mut self, retired: bool) -> Self {
        self.fine_tuning_retired = retired;
        self
    }

    /// Makes the emulator, and its folder on disk.
    ///
    /// # Errors
    ///
    /// What the system says if the folder cannot be made, or if it has no random numbers.
    pub fn build(self) -> io::Result<Emulator> {
        let secret = Secret::random()?;
        let faults = Faults::default();
        faults.set(self.faults);
        Ok(Emulator::from_api(Arc::new(Api {
            clock: SteadyClock::new(self.clock),
            pace: self.pace,
            limits: self.limits,
            engine: self.engine,
            hub: self.upstream.map(|(upstream, concurrency)| Hub::new(upstream, concurrency)),
            ids: Ids::new(self.seed.unwrap_or_else(|| secret.seed())),
            secret,
            ledger: Ledger::new(self.ledger_capacity, faults.clone()),
            faults,
            models: self.models.map_or_else(Catalogue::default, Catalogue::new).into(),
            files: Default::default(),
            jobs: Default::default(),
            fine_tuning_jobs: Default::default(),
            fine_tuning_retired: self.fine_tuning_retired,
            admission: Default::default(),
            folder: Folder::new(self.folder.as_deref())?,
            #[cfg(feature = "server")]
            allow_remote: self.allow_remote,
        })))
    }
}
