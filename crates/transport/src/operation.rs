use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU32, Ordering};
use std::time::Duration;

use http::StatusCode;

/// What every layer may need to know of a call.
///
/// It travels in the request's extensions; a layer of your own asks for it with
/// `request.extensions().get::<Operation>()`. Only the endpoint knows whether it can be called twice, so the endpoint
/// says it here and the retry layer obeys.
///
/// ```
/// use mistral_transport::{Call, Operation};
///
/// let request = Call::get("files.get", &["v1", "files", "0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d"]).into_request()?;
/// let operation = request.extensions().get::<Operation>();
/// assert_eq!(operation.map(Operation::name), Some("files.get"));
/// assert!(operation.is_some_and(Operation::is_idempotent));
/// # Ok::<(), mistral_transport::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Operation {
    name: &'static str,
    idempotent: bool,
    deletes: bool,
    kind: OperationKind,
    reply: Reply,
    timeout: Option<Duration>,
    max_attempts: Option<u32>,
    reply_limit: Option<usize>,
    history: Arc<History>,
}

/// What a call does, as far as its limits depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OperationKind {
    /// Reads or changes something small.
    Control,
    /// Makes something that costs money; if its outcome is unknown, it may have been made.
    Create,
    /// Moves a file; how long it takes depends on the size.
    Transfer,
}

/// What a successful answer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reply {
    /// A JSON value, read whole within bounds before the attempt counts as good.
    Json,
    /// Bytes of any number, passed on as they come.
    Bytes,
}

/// What happened to a call so far; shared by its attempts.
#[derive(Debug, Default)]
struct History {
    attempts: AtomicU32,
    unknown: AtomicBool,
    /// The status whose body is being read, or could not be; 0 for none.
    head: AtomicU16,
}

impl Operation {
    /// A control operation with a JSON reply that must not be sent twice.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            idempotent: false,
            deletes: false,
            kind: OperationKind::Control,
            reply: Reply::Json,
            timeout: None,
            max_attempts: None,
            reply_limit: None,
            history: Arc::default(),
        }
    }

    /// Sending it twice does no harm.
    #[must_use]
    pub fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// What it does.
    #[must_use]
    pub fn with_kind(mut self, kind: OperationKind) -> Self {
        self.kind = kind;
        self
    }

    /// What a successful answer holds.
    #[must_use]
    pub fn with_reply(mut self, reply: Reply) -> Self {
        self.reply = reply;
        self
    }

    /// Bounds this call instead of what the stack has set.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Tries this call so many times at the most, instead of what the stack has set.
    #[must_use]
    pub fn with_max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = Some(attempts);
        self
    }

    /// The options of a transport, where it has any.
    pub(crate) fn with_options(mut self, timeout: Option<Duration>, max_attempts: Option<u32>) -> Self {
        self.timeout = timeout.or(self.timeout);
        self.max_attempts = max_attempts.or(self.max_attempts);
        self
    }

    /// Takes a JSON reply of so many bytes, instead of what the stack has set.
    #[must_use]
    pub fn with_reply_limit(mut self, bytes: usize) -> Self {
        self.reply_limit = Some(bytes);
        self
    }

    /// It deletes something: finding nothing may mean that it is done.
    pub(crate) fn deletes(mut self) -> Self {
        self.deletes = true;
        self
    }

    pub(crate) fn is_deletion(&self) -> bool {
        self.deletes
    }

    /// The path of the method a user calls, dotted: `batch.jobs.get`. The same in errors, spans and snapshots.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether sending it twice does no harm.
    pub fn is_idempotent(&self) -> bool {
        self.idempotent
    }

    /// What it does.
    pub fn kind(&self) -> OperationKind {
        self.kind
    }

    /// What a successful answer holds.
    pub fn reply(&self) -> Reply {
        self.reply
    }

    /// The bound of this very call, if it has one.
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// The most attempts of this very call, if it says.
    pub fn max_attempts(&self) -> Option<u32> {
        self.max_attempts
    }

    /// The largest JSON reply of this very call, in bytes, if it says.
    pub fn reply_limit(&self) -> Option<usize> {
        self.reply_limit
    }

    /// How many attempts were started so far, as far as an [`AttemptTimeout`](crate::layers::AttemptTimeout) counted them.
    pub fn attempts(&self) -> u32 {
        self.history.attempts.load(Ordering::Relaxed)
    }

    /// Counts one more attempt; the layer that sees each attempt first does it.
    pub(crate) fn attempt_started(&self) {
        self.history.attempts.fetch_add(1, Ordering::Relaxed);
    }

    /// Remembers that an attempt may have been processed although no answer came.
    pub(crate) fn attempt_unknown(&self) {
        self.history.unknown.store(true, Ordering::Relaxed);
    }

    /// Remembers the status of an answer whose body is not here yet; `None` before there is one.
    pub(crate) fn head_came(&self, status: Option<StatusCode>) {
        self.history.head.store(status.map_or(0, |status| status.as_u16()), Ordering::Relaxed);
    }

    /// The status of the last attempt's answer, whether or not its body came whole.
    pub(crate) fn head(&self) -> Option<StatusCode> {
        StatusCode::from_u16(self.history.head.load(Ordering::Relaxed)).ok()
    }

    /// Whether an attempt may have been processed although no answer came.
    pub(crate) fn had_unknown_attempt(&self) -> bool {
        self.history.unknown.load(Ordering::Relaxed)
    }
}
