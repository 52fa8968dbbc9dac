//! Where a download comes from, and comes from again.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use http::header::{HeaderValue, IF_RANGE, RANGE};
use http::{Response, StatusCode};
use mistral_models::SignedUrl;

use crate::call::Call;
use crate::error::{Error, ErrorKind, Result};
use crate::retry::RetryBudget;
use crate::{Body, Transport};

/// A call that can be made again, for a part of its answer or with a new signature.
pub(crate) struct Source {
    transport: Transport,
    call: Call,
    signer: Option<Arc<Signer>>,
}

/// Gives signed URLs for the same file.
struct Signer {
    sign: Box<dyn Fn() -> Signing + Send + Sync>,
    /// New URLs that may still be asked for; a download and its restarts share them.
    left: AtomicU32,
}

type Signing = Pin<Box<dyn Future<Output = Result<SignedUrl>> + Send>>;

/// How often a URL that is no longer accepted is replaced.
const RENEWALS: u32 = 2;

impl Source {
    /// The answer to this call.
    pub(crate) fn new(transport: Transport, call: Call) -> Self {
        Self { transport, call, signer: None }
    }

    /// What a signed URL gives, and those after it.
    pub(crate) async fn signed<F, S>(transport: Transport, operation: &'static str, sign: F) -> Result<Self>
    where
        F: Fn() -> S + Send + Sync + 'static,
        S: Future<Output = Result<SignedUrl>> + Send + 'static,
    {
        let call = Call::signed(operation, &sign().await?)?;
        let signer = Signer { sign: Box::new(move || Box::pin(sign())), left: AtomicU32::new(RENEWALS) };
        Ok(Self { transport, call, signer: Some(signer.into()) })
    }

    /// The same once more.
    ///
    /// # Errors
    ///
    /// [`BadInput`](ErrorKind::BadInput) for a call that cannot be made twice.
    pub(crate) fn try_clone(&self) -> Result<Self> {
        let Some(call) = self.call.try_clone() else {
            let message = "a body that can be sent only once cannot be resumed";
            return Err(Error::bad_input(self.operation(), message));
        };
        Ok(Self { transport: self.transport.clone(), call, signer: self.signer.clone() })
    }

    /// What another attempt is paid from.
    pub(crate) fn budget(&self) -> Option<&RetryBudget> {
        self.transport.budget()
    }

    /// The name of what is being done.
    pub(crate) fn operation(&self) -> &'static str {
        self.call.operation().name()
    }

    /// The whole, as soon as its head is there; and where it came from in the end.
    pub(crate) async fn open(self) -> Result<(Self, Response<Body>)> {
        self.ask(None).await
    }

    /// What comes from byte `start` on, if the tag is still the same; otherwise the whole.
    pub(crate) async fn open_at(self, start: u64, etag: HeaderValue) -> Result<(Self, Response<Body>)> {
        let range = HeaderValue::try_from(format!("bytes={start}-"))
            .map_err(|error| Error::new(ErrorKind::Integrity, "no such range").caused_by(error))?;
        self.ask(Some((range, etag))).await
    }

    async fn ask(mut self, part: Option<(HeaderValue, HeaderValue)>) -> Result<(Self, Response<Body>)> {
        loop {
            let mut call = self.try_clone()?.call;
            if let Some((range, etag)) = part.clone() {
                call = call.header(RANGE, range).header(IF_RANGE, etag);
            }
            match self.transport.stream(call).await {
                Ok(answer) => return Ok((self, answer)),
                Err(error) => match &self.signer {
                    Some(signer) => self.call = signer.clone().renew(error, self.call.operation().name()).await?,
                    None => return Err(error),
                },
            }
        }
    }
}

impl Signer {
    /// The call with a new URL, if that may help; the error otherwise.
    async fn renew(self: Arc<Self>, error: Error, operation: &'static str) -> Result<Call> {
        let take_one = |left: u32| left.checked_sub(1);
        let expired = error.status() == Some(StatusCode::FORBIDDEN);
        if !expired || self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take_one).is_err() {
            return Err(error);
        }
        Call::signed(operation, &(self.sign)().await?)
    }
}
