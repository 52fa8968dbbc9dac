//! The layers of the default stack, each usable alone in a stack of your own.
//!
//! Outermost first, as [`Builder`](crate::Builder) puts them together:
//!
//! | layer | sees | why here |
//! |---|---|---|
//! | [`CallTimeoutLayer`] | one call | bounds attempts, waits and body together |
//! | [`BaseUriLayer`] | one call | joins host and path once; layers below see real URIs |
//! | [`SetRequestHeaderLayer`](tower_http::set_header::SetRequestHeaderLayer) | one call | user agent, accept |
//! | [`RetryLayer`](tower::retry::RetryLayer) with [`RetryPolicy`](crate::retry::RetryPolicy) | decides attempts | above everything that must be fresh per attempt |
//! | [`AttemptTimeoutLayer`] | each attempt | a hung attempt can be retried |
//! | [`TraceLayer`](tower_http::trace::TraceLayer) | each attempt | one span an attempt; above auth, so no key in it |
//! | [`AuthLayer`] | each attempt | a refreshed key reaches the retry; only for the configured origin |
//! | [`CollectLayer`] | each attempt | reads JSON answers whole and bounded, so that a cut body is a failed attempt |
//!
//! Statuses pass through all of them untouched; what becomes an error is decided once, above the stack.

mod attempt_timeout;
mod auth;
mod base_uri;
mod call_timeout;
mod collect;
mod paced;
mod trace;

pub use attempt_timeout::{AttemptTimeout, AttemptTimeoutLayer, AttemptTimeouts};
pub use auth::{Auth, AuthLayer};
pub use base_uri::{BaseUri, BaseUriLayer, JoinBaseUri, Origin};
pub use call_timeout::{CallTimeout, CallTimeoutLayer, CallTimeouts};
pub use collect::{Collect, CollectLayer, CollectLimits};
pub use paced::{Pace, Paced};
pub use trace::AttemptSpan;

pub(crate) use auth::KeySource;
pub(crate) use call_timeout::Deadline;
