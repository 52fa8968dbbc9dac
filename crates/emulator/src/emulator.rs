use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response};
use tower::{BoxError, Service};

use crate::api::{Api, answer};
use crate::body::RequestBody;
use crate::{Body, Builder, FaultScript, Ledger};

/// The API on this machine, as a service that answers HTTP requests.
///
/// Clones are handles of the same emulator. It needs no runtime of its own and starts no task, but for an
/// [`Upstream`](crate::Upstream); with a tokio runtime around, disk work is done beside it.
///
/// It fails only when a [`FaultScript`] says so, in place of a connection that ends without an answer.
#[derive(Clone)]
pub struct Emulator {
    api: Arc<Api>,
}

impl Emulator {
    /// An emulator with the defaults of [`Builder`].
    ///
    /// # Errors
    ///
    /// What the system says if the folder for file contents cannot be made.
    pub fn new() -> io::Result<Self> {
        Builder::default().build()
    }

    /// Sets what differs from the default.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// What the emulator has seen.
    pub fn ledger(&self) -> Ledger {
        self.api.ledger.clone()
    }

    /// Plays another fault script, from its start, to the requests that come from here on.
    pub fn set_faults(&self, script: FaultScript) {
        self.api.faults.set(script);
    }

    pub(crate) fn from_api(api: Arc<Api>) -> Self {
        Self { api }
    }

    #[cfg(feature = "server")]
    pub(crate) fn allows_remote(&self) -> bool {
        self.api.allow_remote
    }
}

impl std::fmt::Debug for Emulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Emulator").field("requests", &self.api.ledger.requests()).finish_non_exhaustive()
    }
}

impl<B> Service<Request<B>> for Emulator
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Response<Body>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let api = Arc::clone(&self.api);
        Box::pin(async move {
            let mut response = answer(api, request.map(RequestBody::new)).await?;
            response.headers_mut().insert(
                HeaderName::from_static("x-emulator"),
                HeaderValue::from_static(concat!("mistral-emulator/", env!("CARGO_PKG_VERSION"))),
            );
            Ok(response)
        })
    }
}
