//! Trying again: what, when, and how often.
//!
//! The frame is [`tower::retry`]; the policy is ours. Each failed attempt is one of three things, and only the endpoint
//! knows what a second one would cost:
//!
//! | outcome | known by | sent again |
//! |---|---|---|
//! | not sent | [`Failure`] with [`Reach::NotSent`] | always |
//! | refused | 429 | always, unless it names a quota |
//! | unknown | 408, 425, 500, 502, 503, 504; [`Failure`] with [`Reach::Unknown`]; any other error | if the [`Operation`] is idempotent |
//!
//! Delays are full jitter ([`Backoff`]), the server's `Retry-After` wins over them, and one [`RetryBudget`] shared by all
//! clones of a client keeps an outage from being made worse: it pays for a hundred retries that bring nothing, and for one
//! more with every five successes.
//!
//! That a 429 names a quota is known by what [`CollectLayer`](crate::layers::CollectLayer) has read of the answer; in a stack
//! without it, every 429 is sent again.
//!
//! ```
//! use mistral_transport::retry::{RetryPolicy, RetrySettings};
//! use tower::ServiceBuilder;
//! use tower::retry::RetryLayer;
//!
//! let policy = RetryPolicy::new(RetrySettings::default());
//! let stack = ServiceBuilder::new().layer(RetryLayer::new(policy));
//! # let _ = stack;
//! ```
//!
//! The service below must be `Clone` and fail with a [`BoxError`](crate::BoxError); `map_err(Into::into)` makes one of any
//! error, and then every failure counts as unknown. A client that can tell what it never sent says so, once, where its
//! errors are mapped, and then that is sent again whatever it was:
//!
//! ```
//! use std::io;
//! use mistral_transport::{BoxError, ErrorKind, Failure, Reach};
//!
//! fn classify(error: io::Error) -> BoxError {
//!     match error.kind() {
//!         io::ErrorKind::ConnectionRefused => {
//!             Failure::transient(ErrorKind::Connect, Reach::NotSent, "nobody listens").caused_by(error).into()
//!         }
//!         _ => error.into(),
//!     }
//! }
//! # let classified = classify(io::ErrorKind::ConnectionRefused.into());
//! # assert!(Failure::find(&*classified).is_some_and(|failure| failure.reach() == Reach::NotSent));
//! ```
//!
//! Of the errors of hyper-util's client only those whose `is_connect()` is true mean that nothing was sent. An incomplete
//! message or a reset does not: both occur after the peer has read a whole request.
//!
//! [`Failure`]: crate::Failure
//! [`Reach::NotSent`]: crate::Reach::NotSent
//! [`Reach::Unknown`]: crate::Reach::Unknown
//! [`Operation`]: crate::Operation

mod backoff;
mod budget;
mod hint;
mod policy;

pub use backoff::{Backoff, Jitter};
pub use budget::RetryBudget;
pub use policy::{RetryPolicy, RetrySettings};

pub(crate) use hint::retry_after;
pub(crate) use policy::{is_retryable_status, names_a_quota};
