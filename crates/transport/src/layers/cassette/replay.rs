use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::{BoxError, Service};

use super::exchange::{Exchange, clean_request};
use crate::failure::{Failure, Reach};
use crate::{Body, ErrorKind};

/// Answers from a [`Cassette`](super::Cassette) in place of an HTTP client.
///
/// A request gets the first answer that is not used yet and was recorded for the same request: the same method, path and
/// query, and the same body, where JSON is compared by what it says and anything else byte by byte. Headers and the host
/// do not count, and neither does what `REDACTED` stands for. So polls see their answers in the order of the recording,
/// and requests that run side by side each find their own.
///
/// Each answer is given once. A request that was not recorded, or not so often, fails with
/// [`Config`](ErrorKind::Config), which is never retried, and says what came closest. At the end of a test, look whether
/// [`unused`](Self::unused) is empty.
///
/// Clones share what is used.
#[derive(Clone)]
pub struct Replay {
    exchanges: Arc<[Exchange]>,
    used: Arc<Mutex<Vec<bool>>>,
    bodies_count: bool,
}

impl Replay {
    pub(super) fn new(exchanges: Vec<Exchange>) -> Self {
        let used = Arc::new(Mutex::new(vec![false; exchanges.len()]));
        Self { exchanges: exchanges.into(), used, bodies_count: true }
    }

    /// Takes requests for the same whatever their bodies: for those that hold the time or something random.
    #[must_use]
    pub fn ignore_bodies(mut self) -> Self {
        self.bodies_count = false;
        self
    }

    /// The requests whose answers nobody asked for, each as `METHOD /path`.
    pub fn unused(&self) -> Vec<String> {
        let used = self.lock();
        self.exchanges
            .iter()
            .zip(&*used)
            .filter(|(_, used)| !**used)
            .map(|(exchange, _)| line(&exchange.request))
            .collect()
    }

    fn answer(&self, asked: &Request<Bytes>) -> Result<Response<Body>, Failure> {
        let mut used = self.lock();
        let mut closest = None;
        for (at, exchange) in self.exchanges.iter().enumerate() {
            if used[at] || line(&exchange.request) != line(asked) {
                continue;
            }
            if !self.bodies_count || same_body(exchange.request.body(), asked.body()) {
                used[at] = true;
                return Ok(exchange.response.clone().map(Body::from));
            }
            closest.get_or_insert(at + 1);
        }
        let recorded = self.exchanges.iter().filter(|exchange| line(&exchange.request) == line(asked)).count();
        let why = match (closest, recorded) {
            (Some(n), _) => format!("that of exchange {n} was for another body"),
            (None, 0) => "it was never asked that".to_owned(),
            (None, n) => format!("all {n} recorded are used"),
        };
        let message = format!("the cassette has no answer to {}: {why}", line(asked));
        Err(Failure::permanent(ErrorKind::Config, Reach::NotSent, message))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<bool>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<B> Service<Request<B>> for Replay
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let replay = self.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let body = body.collect().await.map_err(Into::into)?.to_bytes();
            Ok(replay.answer(&clean_request(&parts, &body))?)
        })
    }
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let used = self.lock().iter().filter(|used| **used).count();
        f.debug_struct("Replay").field("exchanges", &self.exchanges.len()).field("used", &used).finish()
    }
}

/// What a request asks for, wherever it goes.
fn line(request: &Request<Bytes>) -> String {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    format!("{} {target}", request.method())
}

fn same_body(one: &[u8], other: &[u8]) -> bool {
    let value = |body| serde_json::from_slice::<Value>(body).ok();
    one == other || value(one).is_some_and(|one| Some(one) == value(other))
}
