use std::collections::BTreeSet;
use std::fmt;
use std::future::Future as _;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep};
use tower::{Layer, Service};

/// Lets so many requests pass in an interval, whoever sends them.
///
/// All services that one layer makes, and all their clones, draw from one token bucket. tower's own `RateLimit` is not
/// `Clone`, and would need a task and a queue to be shared; this one has neither. Turns are given in the order in which
/// they are asked for, and the turn of a caller who gave up goes to the next one who asks.
///
/// The wait happens in `poll_ready`, as tower has it: a load shedder above sees it, and no attempt's timeout counts it against
/// the server. In our stack it belongs at the bottom, where it sees each attempt, since the API counts those. The call's own
/// limit covers it.
///
/// ```
/// use std::time::Duration;
/// use http::{Request, Response};
/// use mistral_transport::layers::RateLimitLayer;
/// use mistral_transport::{ApiKey, Body, Transport};
/// use tower::ServiceBuilder;
///
/// # let client = tower::service_fn(|_: Request<Body>| async { Ok::<_, std::io::Error>(Response::new(Body::empty())) });
/// // Five a second; after a pause, up to ten at once.
/// let limit = RateLimitLayer::new(5, Duration::from_secs(1)).burst(10);
/// // Two keys of one workspace share what the workspace may send.
/// let one = Transport::builder(ApiKey::new("k-1")?).http(ServiceBuilder::new().layer(limit.clone()).service(client)).build()?;
/// let two = Transport::builder(ApiKey::new("k-2")?).http(ServiceBuilder::new().layer(limit).service(client)).build()?;
/// # let _ = (one, two);
/// # Ok::<(), mistral_transport::Error>(())
/// ```
#[derive(Clone)]
pub struct RateLimitLayer {
    bucket: Arc<Mutex<Bucket>>,
}

impl RateLimitLayer {
    /// At most `requests` in any `interval`, evenly spaced.
    ///
    /// Zero requests count as one, because a limit that lets nothing pass could only hang; an interval of zero is no
    /// limit.
    pub fn new(requests: u32, interval: Duration) -> Self {
        let step = interval / requests.max(1);
        Self { bucket: Arc::new(Mutex::new(Bucket { step, burst: 1, full: None, returned: BTreeSet::new() })) }
    }

    /// How many may pass at once after a pause. Default 1; what has been saved up comes on top of the rate, so that an
    /// interval may see as many more as this is above 1.
    ///
    /// Holds for all clones of this layer.
    #[must_use]
    pub fn burst(self, requests: u32) -> Self {
        lock(&self.bucket).burst = requests.max(1);
        self
    }
}

impl fmt::Debug for RateLimitLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Bucket { step, burst, .. } = *lock(&self.bucket);
        f.debug_struct("RateLimitLayer").field("one_every", &step).field("burst", &burst).finish()
    }
}

impl<S> Layer<S> for RateLimitLayer {
    type Service = RateLimit<S>;

    fn layer(&self, inner: S) -> RateLimit<S> {
        RateLimit { inner, layer: self.clone(), turn: Turn::None }
    }
}

/// The service of [`RateLimitLayer`].
#[derive(Debug)]
pub struct RateLimit<S> {
    inner: S,
    layer: RateLimitLayer,
    turn: Turn,
}

impl<S: Clone> Clone for RateLimit<S> {
    /// Shares the bucket, not the turn.
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), layer: self.layer.clone(), turn: Turn::None }
    }
}

impl<S, R> Service<R> for RateLimit<S>
where
    S: Service<R>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        // The turn comes last: turns that wait for something below would all be used at once when it is ready.
        ready!(self.inner.poll_ready(cx))?;
        if let Turn::None = self.turn {
            let now = Instant::now();
            let at = lock(&self.layer.bucket).reserve(now);
            self.turn = if at <= now { Turn::Come } else { Turn::Ahead(Ahead::new(&self.layer.bucket, at)) };
        }
        if let Turn::Ahead(ahead) = &mut self.turn {
            ready!(ahead.sleep.as_mut().poll(cx));
            ahead.at = None;
            self.turn = Turn::Come;
        }
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: R) -> S::Future {
        if !matches!(std::mem::replace(&mut self.turn, Turn::None), Turn::Come) {
            // Whoever does not wait to be ready still pays.
            lock(&self.layer.bucket).reserve(Instant::now());
        }
        self.inner.call(request)
    }
}

#[derive(Debug)]
enum Turn {
    None,
    Ahead(Ahead),
    Come,
}

/// A turn that is yet to come; given back if nobody waits for it any more.
#[derive(Debug)]
struct Ahead {
    sleep: Pin<Box<Sleep>>,
    at: Option<Instant>,
    bucket: Arc<Mutex<Bucket>>,
}

impl Ahead {
    fn new(bucket: &Arc<Mutex<Bucket>>, at: Instant) -> Self {
        Self { sleep: Box::pin(tokio::time::sleep_until(at)), at: Some(at), bucket: bucket.clone() }
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        if let Some(at) = self.at {
            lock(&self.bucket).returned.insert(at);
        }
    }
}

/// A token bucket that knows when it will be full instead of counting tokens, and so needs nobody to fill it.
#[derive(Debug)]
struct Bucket {
    /// How long one token takes to come.
    step: Duration,
    burst: u32,
    /// When all tokens will be there, should nobody take one.
    full: Option<Instant>,
    /// Turns to come whose owners gave up.
    returned: BTreeSet<Instant>,
}

impl Bucket {
    /// The moment of the next turn, which is taken.
    fn reserve(&mut self, now: Instant) -> Instant {
        self.returned = self.returned.split_off(&now);
        if let Some(at) = self.returned.pop_first() {
            return at;
        }
        let full = self.full.map_or(now, |full| full.max(now));
        // A step beyond what the clock can count never ends anyway.
        self.full = full.checked_add(self.step).or(Some(full));
        let ahead = self.step.saturating_mul(self.burst - 1);
        full.checked_sub(ahead).map_or(now, |at| at.max(now))
    }
}

/// What is behind the lock is whole between any two statements, so a panic elsewhere does not spoil it.
fn lock(bucket: &Mutex<Bucket>) -> MutexGuard<'_, Bucket> {
    bucket.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::task::Waker;

    use futures_util::future::join_all;
    use tower::{ServiceExt as _, service_fn};

    use super::*;

    /// When each of `count` requests, all sent at once over clones, passed; in milliseconds.
    async fn passed(layer: &RateLimitLayer, count: usize) -> Vec<u128> {
        let started = Instant::now();
        let service = layer.layer(service_fn(move |()| async move { Ok::<_, Infallible>(started.elapsed()) }));
        let passed = join_all((0..count).map(|_| service.clone().oneshot(()))).await;
        passed.into_iter().map(|at| at.unwrap().as_millis()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn clones_share_one_rate_and_are_served_in_order() {
        let layer = RateLimitLayer::new(4, Duration::from_secs(1));
        assert_eq!(passed(&layer, 5).await, [0, 250, 500, 750, 1000]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_saves_up_for_a_burst_and_no_more() {
        let layer = RateLimitLayer::new(10, Duration::from_secs(1)).burst(3);
        tokio::time::sleep(Duration::from_secs(60)).await;
        let at = passed(&layer, 5).await;
        assert_eq!(&at[..3], [0, 0, 0]);
        assert!(at[3..] == [100, 200], "{at:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn services_of_one_layer_share_it() {
        let layer = RateLimitLayer::new(1, Duration::from_secs(10));
        assert_eq!(passed(&layer, 1).await, [0]);
        assert!(passed(&layer, 1).await[0] >= 10_000);
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_give_up_leave_no_gap() {
        let layer = RateLimitLayer::new(1, Duration::from_secs(1));
        passed(&layer, 1).await;
        let crowd = tokio::time::timeout(Duration::from_millis(10), passed(&layer, 1_000));
        assert!(crowd.await.is_err());
        let at = passed(&layer, 3).await;
        assert!(at == [990, 1_990, 2_990], "{at:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn one_who_waits_without_being_polled_holds_up_nobody() {
        let layer = RateLimitLayer::new(1, Duration::from_secs(1));
        let service = layer.layer(service_fn(|()| async { Ok::<_, Infallible>(()) }));
        service.clone().oneshot(()).await.unwrap();
        // Asks for its turn and is left alone with it, as a future in a `select!` that is busy elsewhere.
        let mut idle = service.clone();
        assert!(Service::<()>::poll_ready(&mut idle, &mut Context::from_waker(Waker::noop())).is_pending());
        let at = passed(&layer, 1).await;
        assert!(at[0] == 2_000, "{at:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn odd_settings_neither_panic_nor_hang() {
        assert_eq!(passed(&RateLimitLayer::new(7, Duration::ZERO), 100).await, [0; 100]);
        assert_eq!(passed(&RateLimitLayer::new(0, Duration::from_secs(1)).burst(0), 2).await, [0, 1000]);
        assert_eq!(passed(&RateLimitLayer::new(1, Duration::MAX).burst(u32::MAX), 2).await, [0, 0]);
    }
}
