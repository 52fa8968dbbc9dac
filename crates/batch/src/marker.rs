use std::fmt;

use mistral_models::{BatchJob, CreateBatchJob};

/// What a job is recognised by when the answer to its creation was lost.
///
/// The API knows no idempotency key, so the marker travels in the job's metadata, under a key of its own. Keep it wherever
/// the intent to create the job is kept: whoever has the marker can find the job later, on another machine too.
///
/// ```
/// use mistral_batch::Marker;
///
/// let marker = Marker::new("night-run/2026-11-22/part-3");
/// assert_eq!(marker.value(), "night-run/2026-11-22/part-3");
/// assert_ne!(Marker::random(), Marker::random());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Marker(Box<str>);

impl Marker {
    /// The key in the job's metadata.
    pub const KEY: &'static str = "mistral_sdk_once";

    /// A marker of your own: 1 to 512 characters that no other job of the workspace carries.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into().into())
    }

    /// A marker that nothing else will carry by chance: 128 random bits. It is not a secret.
    pub fn random() -> Self {
        Self(format!("{:032x}", fastrand::u128(..)).into())
    }

    /// The value in the job's metadata.
    pub fn value(&self) -> &str {
        &self.0
    }

    /// The job, marked.
    pub(crate) fn on(&self, job: &CreateBatchJob) -> CreateBatchJob {
        job.clone().metadata(Self::KEY, self.value())
    }

    /// The marker that the job carries.
    pub(crate) fn of(job: &BatchJob) -> Option<Self> {
        job.metadata.as_ref()?.get(Self::KEY)?.as_str().map(Self::new)
    }

    /// Whether the job carries this marker.
    pub fn is_on(&self, job: &BatchJob) -> bool {
        Self::of(job).as_ref() == Some(self)
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", Self::KEY, self.value())
    }
}
