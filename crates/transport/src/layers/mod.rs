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
//! | [`RedirectLayer`] | each attempt | follows reads within their origin; each hop is an attempt of its own |
//! | [`AttemptTimeoutLayer`] | each attempt | a hung attempt can be retried |
//! | [`TraceLayer`](tower_http::trace::TraceLayer) | each attempt | one span an attempt; above auth, so no key in it |
//! | [`AuthLayer`] | each attempt | a refreshed key reaches the retry; only for the configured origin |
//! | [`CollectLayer`] | each attempt | reads JSON answers whole and bounded, so that a cut body is a failed attempt |
//!
//! Statuses pass through all of them untouched; what becomes an error is decided once, above the stack.
//!
//! # In a stack of your own
//!
//! Each layer works over any `Service<Request<B>>`. What the pieces ask for, from the bottom up:
//!
//! * [`AuthLayer`] wants a client that is `Clone`, and absolute URIs: a request whose origin it cannot see gets no key. It
//!   turns whatever error the client has into a [`BoxError`](crate::BoxError).
//! * The retry policy wants that error type, which every layer of ours but [`BaseUriLayer`] and [`RateLimitLayer`] gives
//!   (`ServiceBuilder::map_err(Into::into)` does it too), and a request body that can be sent again
//!   ([`TryClone`](crate::TryClone)).
//! * An error that nobody classified counts as "may have been processed". A client that knows better says so with a
//!   [`Failure`](crate::Failure).
//! * [`Operation`](crate::Operation) in the request's extensions tells the layers what a call is; without it, HTTP's methods
//!   do: `GET` is sent again, `POST` is not.
//! * [`RedirectLayer`] and [`PublicUrlLayer`] ask for a [`TryClone`](crate::TryClone) body too, since a redirect sends the
//!   request again.
//! * [`AttemptTimeoutLayer`] wraps request bodies to watch them, so the client below has to take any body.
//!
//! ```
//! use http::{Request, Response};
//! use http_body_util::Full;
//! use mistral_transport::ApiKey;
//! use mistral_transport::layers::{AuthLayer, BaseUri};
//! use mistral_transport::retry::{RetryPolicy, RetrySettings};
//! use tower::retry::RetryLayer;
//! use tower::{Service, ServiceBuilder, ServiceExt as _};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), tower::BoxError> {
//! # type Bytes = bytes::Bytes;
//! # let client = tower::service_fn(|request: Request<Full<Bytes>>| async move {
//! #     assert_eq!(request.headers()["authorization"], "Bearer k");
//! #     Ok::<_, std::io::Error>(Response::new(Full::<Bytes>::default()))
//! # });
//! let origin = BaseUri::parse("https://api.mistral.ai")?.origin();
//! let mut stack = ServiceBuilder::new()
//!     .layer(RetryLayer::new(RetryPolicy::new(RetrySettings::default())))
//!     .layer(AuthLayer::new(ApiKey::new("k")?, origin))
//!     .service(client);
//! let request = Request::get("https://api.mistral.ai/v1/models").body(Full::<Bytes>::default())?;
//! let answer = stack.ready().await?.call(request).await?;
//! # assert!(answer.status().is_success());
//! # Ok(()) }
//! ```
//!
//! # Beside the default stack
//!
//! These are not in the default stack; [`Builder::http`](crate::Builder::http) takes them around a client, and
//! [`Transport::layer`](crate::Transport::layer) above the whole.
//!
//! | layer | where | for |
//! |---|---|---|
//! | [`RateLimitLayer`] | around the client | so many attempts an interval, shared by all clones |
//! | tower's [`GlobalConcurrencyLimitLayer`] | around the client, or above | so many at a time, shared by all clones; a place is free again when the head of the answer is there |
//! | `DecompressLayer` (feature `gzip`) | around the client | answers in gzip, unfolded up to a size |
//! | [`PublicUrlLayer`] | in place of [`RedirectLayer`] | URLs that somebody else chose; the stack for signed URLs has it |
//! | [`RecordLayer`] | around the client, above `DecompressLayer` | traffic on file; [`Replay`] answers from it |
//!
//! [`GlobalConcurrencyLimitLayer`]: https://docs.rs/tower/0.5/tower/limit/struct.GlobalConcurrencyLimitLayer.html

mod attempt_timeout;
mod auth;
mod base_uri;
mod call_timeout;
mod cassette;
mod collect;
#[cfg(feature = "gzip")]
mod decompress;
mod paced;
mod public_url;
mod rate_limit;
mod redirect;
mod trace;

pub use attempt_timeout::{AttemptTimeout, AttemptTimeoutLayer, AttemptTimeouts};
pub use auth::{Auth, AuthLayer};
pub use base_uri::{BaseUri, BaseUriLayer, JoinBaseUri, Origin};
pub use call_timeout::{CallTimeout, CallTimeoutLayer, CallTimeouts};
pub use cassette::{Cassette, Record, RecordLayer, Replay};
pub use collect::{Collect, CollectLayer, CollectLimits};
#[cfg(feature = "gzip")]
pub use decompress::{Decompress, DecompressLayer};
pub use paced::{Pace, Paced};
pub use public_url::{PublicUrl, PublicUrlLayer};
pub use rate_limit::{RateLimit, RateLimitLayer};
pub use redirect::{Redirect, RedirectLayer};
pub use trace::{AttemptError, AttemptOutcome, AttemptSpan, AttemptTraceLayer};

pub(crate) use auth::{KeySource, SentKey};
pub(crate) use call_timeout::Deadline;
pub(crate) use collect::RawBody;
