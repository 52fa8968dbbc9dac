//! An emulator whose results are changed on their way, where a script of faults cannot say how: by what is in them.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use mistral_emulator::Emulator;
use mistral_sdk::transport::Body;
use tower::Service;

/// Changes the content of a download, which is the so-manieth, counted from 1.
type Change = dyn Fn(u64, Vec<u8>) -> Vec<u8> + Send + Sync;

/// The emulator, and what happens to the files it gives.
#[derive(Clone)]
pub struct Mangled {
    emulator: Emulator,
    change: Arc<Change>,
    downloads: Arc<AtomicU64>,
}

impl Mangled {
    /// Has `change` applied to every file that is downloaded whole.
    pub fn new(emulator: Emulator, change: impl Fn(u64, Vec<u8>) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self { emulator, change: Arc::new(change), downloads: Arc::default() }
    }
}

impl fmt::Debug for Mangled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { emulator, change: _, downloads } = self;
        f.debug_struct("Mangled").field("emulator", emulator).field("downloads", downloads).finish_non_exhaustive()
    }
}

impl Service<Request<Body>> for Mangled {
    type Response = Response<UnsyncBoxBody<Bytes, std::io::Error>>;
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = std::io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let is_download = request.uri().path().ends_with("/content");
        let (mut emulator, this) = (self.emulator.clone(), self.clone());
        Box::pin(async move {
            let answer = emulator.call(request).await?;
            if !is_download || !answer.status().is_success() {
                return Ok(answer.map(|body| body.boxed_unsync()));
            }
            let (mut head, body) = answer.into_parts();
            let content = body.collect().await?.to_bytes().to_vec();
            let number = this.downloads.fetch_add(1, Ordering::SeqCst) + 1;
            let content = (this.change)(number, content);
            // What was changed is as long as it is, and is no longer what its tag says.
            head.headers.remove(header::CONTENT_LENGTH);
            head.headers.remove(header::ETAG);
            let body = Full::new(Bytes::from(content)).map_err(|never: Infallible| match never {});
            Ok(Response::from_parts(head, body.boxed_unsync()))
        })
    }
}
