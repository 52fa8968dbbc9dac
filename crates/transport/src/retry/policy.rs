use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response, StatusCode};
use mistral_models::ErrorBody;
use tokio::time::{Instant, Sleep};
use tower::BoxError;
use tower::retry::Policy;
use tower::retry::budget::Budget as _;

use super::{Backoff, Jitter, RetryBudget, retry_after};
use crate::body::TryClone;
use crate::failure::{Failure, Reach};
use crate::layers::Deadline;
use crate::operation::Operation;

/// How often and for how long to try.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct RetrySettings {
    /// The most attempts of a call, the first included. Default 4. A call can set its own.
    pub max_attempts: u32,
    /// The delays between attempts.
    pub backoff: Backoff,
    /// The longest `Retry-After` that is obeyed; past it the answer is returned at once, and the caller decides. Default
    /// 120 s.
    pub max_retry_after: Duration,
    /// No new attempt starts later than this after the first. Not limited by default: what bounds the call as a whole is
    /// [`CallTimeout`](crate::layers::CallTimeout), and no wait begins that would outlast it.
    pub max_elapsed: Option<Duration>,
    /// Whether an attempt that ended without an answer is followed by another: no connection, a broken one, or silence.
    /// Default true.
    pub connection_errors: bool,
}

impl Default for RetrySettings {
    fn default() -> Self {
        Self {
            max_attempts: 4,
            backoff: Backoff::default(),
            max_retry_after: Duration::from_secs(120),
            max_elapsed: None,
            connection_errors: true,
        }
    }
}

impl RetrySettings {
    /// The schedule of the vendor's own Python client where its retries are switched on: 500 ms × 1.5ⁿ and up to 1 s more,
    /// 60 s at the most, for an hour, however many attempts that makes.
    ///
    /// Its settings are these:
    ///
    /// | there | here | default there |
    /// |---|---|---|
    /// | `initial_interval` | [`Backoff::initial`] | 500 ms |
    /// | `exponent` | [`Backoff::factor`] | 1.5 |
    /// | `max_interval` | [`Backoff::cap`] | 60 s |
    /// | `max_elapsed_time` | [`max_elapsed`](Self::max_elapsed) | 1 h |
    /// | `retry_connection_errors` | [`connection_errors`](Self::connection_errors) | chosen by the caller; here true |
    /// | no retries, as without these settings | [`max_attempts(1)`](Self::max_attempts) | |
    ///
    /// The TypeScript client has the same settings and lets the interval grow by the number of the attempt to the power of
    /// the exponent. What is sent again stays as it is here: neither client asks whether a second job would be paid for.
    /// The [`RetryBudget`] stays too, and bounds an outage to a hundred retries; and the hour is had only if the call may
    /// last as long:
    ///
    /// ```
    /// use std::time::Duration;
    /// use mistral_transport::retry::RetrySettings;
    /// use mistral_transport::{ApiKey, Transport};
    ///
    /// # #[cfg(any(feature = "rustls-ring", feature = "rustls-aws-lc"))]
    /// # fn demo() -> mistral_transport::Result<()> {
    /// let transport = Transport::builder(ApiKey::new("key")?)
    ///     .retry(RetrySettings::as_official_client().connection_errors(false))
    ///     .call_timeout(Duration::from_secs(2 * 3_600))
    ///     .build()?;
    /// # Ok(()) }
    /// ```
    pub fn as_official_client() -> Self {
        const HOUR: Duration = Duration::from_secs(3_600);
        let backoff = Backoff {
            floor: Duration::ZERO,
            initial: Duration::from_millis(500),
            factor: 1.5,
            cap: Duration::from_secs(60),
            jitter: Jitter::Added(Duration::from_secs(1)),
        };
        Self::default().max_attempts(u32::MAX).backoff(backoff).max_retry_after(HOUR).max_elapsed(HOUR)
    }

    /// The most attempts of a call, the first included.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// The delays between attempts.
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// The longest `Retry-After` that is obeyed.
    #[must_use]
    pub fn max_retry_after(mut self, limit: Duration) -> Self {
        self.max_retry_after = limit;
        self
    }

    /// No new attempt starts later than this after the first.
    #[must_use]
    pub fn max_elapsed(mut self, limit: Duration) -> Self {
        self.max_elapsed = Some(limit);
        self
    }

    /// Whether an attempt that ended without an answer is followed by another.
    #[must_use]
    pub fn connection_errors(mut self, retried: bool) -> Self {
        self.connection_errors = retried;
        self
    }
}

/// Decides for [`tower::retry::Retry`] whether an attempt is followed by another, and when.
///
/// Works over any request whose body can say whether it can be sent again ([`TryClone`]) and any answer. What it needs to
/// know of the call is the [`Operation`] in the request's extensions; without one, only what cannot have been processed
/// is sent again, unless the method is safe or idempotent by HTTP's own rules.
///
/// Clones share one [`RetryBudget`].
#[derive(Debug, Clone)]
pub struct RetryPolicy {
    settings: RetrySettings,
    budget: Arc<RetryBudget>,
    retries: u32,
    started: Option<Instant>,
}

impl RetryPolicy {
    /// A policy with a full budget of its own.
    pub fn new(settings: RetrySettings) -> Self {
        Self::with_budget(settings, Arc::default())
    }

    /// A policy that shares a budget with others.
    pub fn with_budget(settings: RetrySettings, budget: Arc<RetryBudget>) -> Self {
        Self { settings, budget, retries: 0, started: None }
    }

    /// The delay before the next attempt, if there shall be one.
    fn next<B, R>(&self, request: &Request<B>, result: &Result<Response<R>, BoxError>) -> Option<Duration> {
        let operation = request.extensions().get::<Operation>();
        let harmless = match operation {
            Some(operation) => operation.is_idempotent(),
            None => request.method().is_idempotent(),
        };
        let max_attempts = operation.and_then(Operation::max_attempts).unwrap_or(self.settings.max_attempts);
        let (wanted, hint) = match result {
            Ok(response) => {
                let refused = response.status() == StatusCode::TOO_MANY_REQUESTS
                    && !response.extensions().get::<ErrorBody>().is_some_and(names_a_quota);
                let unknown =
                    response.status() != StatusCode::TOO_MANY_REQUESTS && is_retryable_status(response.status());
                (refused || (unknown && harmless), retry_after(response.headers()))
            }
            Err(_) if !self.settings.connection_errors => return None,
            Err(error) => match Failure::find(&**error) {
                Some(failure) => (failure.is_transient() && (harmless || failure.reach() == Reach::NotSent), None),
                None => (harmless, None),
            },
        };
        if !wanted || self.retries + 1 >= max_attempts {
            return None;
        }
        let (delay, reserve) = match hint {
            Some(hint) if hint > self.settings.max_retry_after => return None,
            // A wait that leaves no time to be answered in is worse than an answer that says how long to wait.
            Some(hint) => {
                let delay = hint + hint.mul_f64(fastrand::f64() * 0.1);
                // A hint of a few milliseconds makes no hot loop either.
                (delay.max(self.settings.backoff.floor), hint.min(Duration::from_secs(10)))
            }
            None => (self.settings.backoff.delay(self.retries), Duration::ZERO),
        };
        let now = Instant::now();
        let next = now.checked_add(delay)?;
        let latest = self.settings.max_elapsed.and_then(|limit| self.started.unwrap_or(now).checked_add(limit));
        let deadline = request.extensions().get::<Deadline>().map(|deadline| deadline.0);
        let in_time = latest.is_none_or(|latest| next < latest)
            && deadline.is_none_or(|deadline| next.checked_add(reserve).is_some_and(|ready| ready < deadline));
        in_time.then_some(delay)
    }
}

impl<B, R> Policy<Request<B>, Response<R>, BoxError> for RetryPolicy
where
    B: TryClone,
{
    type Future = Sleep;

    fn retry(&mut self, request: &mut Request<B>, result: &mut Result<Response<R>, BoxError>) -> Option<Sleep> {
        if result.as_ref().is_ok_and(|response| !is_retryable_status(response.status())) {
            if self.retries > 0 {
                self.budget.refund();
            }
            self.budget.deposit();
            return None;
        }
        let delay = self.next(request, result)?;
        if !self.budget.withdraw() {
            return None;
        }
        if let Some(operation) = request.extensions().get::<Operation>() {
            if is_unknown(result) {
                operation.attempt_unknown();
            }
        }
        self.retries += 1;
        Some(tokio::time::sleep(delay))
    }

    fn clone_request(&mut self, request: &Request<B>) -> Option<Request<B>> {
        self.started.get_or_insert_with(Instant::now);
        request.try_clone()
    }
}

/// Statuses after which the same request may succeed.
pub(crate) fn is_retryable_status(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 425 | 429 | 500 | 502 | 503 | 504)
}

/// Whether the attempt may have been processed although no good answer came.
fn is_unknown<R>(result: &Result<Response<R>, BoxError>) -> bool {
    match result {
        Ok(response) => response.status() != StatusCode::TOO_MANY_REQUESTS,
        Err(error) => Failure::find(&**error).is_none_or(|failure| failure.reach() == Reach::Unknown),
    }
}

/// Whether a 429 means that something is used up, which waiting a little does not change.
pub(crate) fn names_a_quota(body: &ErrorBody) -> bool {
    let named = |text: &str| {
        let text = text.to_ascii_lowercase().replace(['_', '-'], " ");
        // "Insufficient" alone may be said of capacity, which comes back.
        ["quota", "billing", "usage limit", "insufficient funds", "insufficient balance", "credit"]
            .iter()
            .any(|words| text.contains(words))
    };
    body.kind().is_some_and(named)
        || body.code().as_deref().is_some_and(named)
        || body.message().as_deref().is_some_and(named)
}
