//! Sends described calls to the Mistral AI API through a tower stack.
//!
//! ```text
//!  parameters ──► Call ──► http::Request<Body> ──► layers ──► socket
//!  (models)                     (Transport)                      │
//!  result  ◄── decode ◄── status check ◄── http::Response<Body> ◄┘
//! ```
//!
//! A [`Call`] says what to send and whether it may be sent twice; a [`Transport`] sends it through its stack and decodes
//! the answer; an [`Error`] says what went wrong. The stack is ordinary tower, and its [`layers`] and the
//! [`retry`] policy are public, so it can be changed in three ways.
//!
//! **Above**: a layer that sees each call once.
//!
//! ```
//! use std::time::Duration;
//! use mistral_transport::{ApiKey, Transport};
//! use tower::limit::ConcurrencyLimitLayer;
//!
//! # fn demo() -> mistral_transport::Result<()> {
//! # #[cfg(feature = "client")] {
//! let transport = Transport::builder(ApiKey::new("key")?).build()?.layer(ConcurrencyLimitLayer::new(8));
//! # }
//! # Ok(()) }
//! ```
//!
//! **Below**: another HTTP client; it sees each attempt, ready to go out.
//!
//! ```
//! use http::{Request, Response};
//! use mistral_transport::{ApiKey, Body, Transport};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> mistral_transport::Result<()> {
//! let http = tower::service_fn(|request: Request<Body>| async move {
//!     assert!(request.headers().contains_key("authorization"));
//!     Ok::<_, std::io::Error>(Response::new(Body::from(r#"{"object": "list", "data": []}"#)))
//! });
//! let transport = Transport::builder(ApiKey::new("key")?).http(http).build()?;
//! # use mistral_transport::Call;
//! # let models: mistral_models::List<mistral_models::Model> =
//! #     transport.json(Call::get("models.list", &["v1", "models"])).await?;
//! # assert!(models.data.is_empty());
//! # Ok(()) }
//! ```
//!
//! **Instead**: any stack at all, with nothing of ours added ([`Transport::from_service`]).
//!
//! What each layer asks of a stack of yours, and which others there are (a shared rate limit, a recorder for tests), is
//! told in [`layers`]. The crate's `examples` folder has a program for each of the three ways, for our retry and auth layers
//! around a foreign client, and for limits and replay.
//!
//! # What holds in every case
//!
//! * A call that may have been processed is sent again only if its endpoint says that this is harmless.
//! * The key goes to the configured origin alone, and into no log. Signed URLs are fetched by a client that has none
//!   ([`Transport::download_signed`]), from public addresses only.
//! * Every call ends: attempts, waits and bodies are bounded ([`layers::CallTimeouts`], [`layers::AttemptTimeouts`],
//!   [`layers::Pace`]).
//! * Memory is bounded: JSON answers and refusals have a limit, everything else is streamed ([`layers::CollectLimits`]).
//!
//! # Features
//!
//! * `rustls-ring` (default) or `rustls-aws-lc`: a socket client on hyper with TLS by rustls, and which crypto provider it
//!   uses. With `rustls-no-provider` in their place none is compiled in, and `TlsSettings::crypto_provider` is given one.
//!   Without any of the three, neither a client nor TLS is compiled, and [`Builder::http`] must be given a client.
//! * `webpki-roots`: the authorities that Mozilla trusts, compiled in; used on machines without a trust store, or if the
//!   settings say so.
//! * `http2`: lets the settings offer HTTP/2 for small calls.
//! * `gzip`: a layer that asks for answers in gzip and unfolds them up to a size; nothing changes until it is put into a
//!   stack.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(all(
    feature = "client",
    not(any(feature = "rustls-ring", feature = "rustls-aws-lc", feature = "rustls-no-provider"))
))]
compile_error!("switch on `rustls-ring`, `rustls-aws-lc` or `rustls-no-provider` instead of `client`");

mod addresses;
mod body;
mod builder;
mod call;
#[cfg(feature = "client")]
mod client;
pub mod credentials;
mod download;
mod error;
mod failure;
pub mod layers;
mod operation;
mod paging;
mod path;
mod poll;
mod query;
mod recent;
mod redact;
mod region;
pub mod retry;
mod signed;
mod source;
mod terminal;
mod transport;
mod watched;

pub use addresses::AddressPolicy;
pub use body::{Body, TryClone};
pub use builder::Builder;
pub use call::Call;
#[cfg(feature = "client")]
pub use client::{HttpClient, HttpClientSettings, ProxySettings, TlsSettings};
pub use credentials::{ApiKey, Credentials, KeyFile};
pub use download::Download;
pub use error::{Error, ErrorKind, Result};
pub use failure::{Failure, Reach};
pub use operation::{Operation, OperationKind, Reply};
pub use paging::{SeenPages, pages};
pub use poll::{Poll, Rhythm};
pub use recent::Recent;
pub use region::Region;
pub use terminal::acts_on_a_terminal;
/// Any error a layer may return; tower's.
pub use tower::BoxError;
pub use transport::Transport;
pub use watched::Watched;
