//! Ten thousand waits at once, and one that lasts a day.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use http::{Request, Response};
use mistral_emulator::{Emulator, Pace};
use mistral_sdk::transport::{Body, Transport};
use mistral_sdk::{BatchJobStatus, Client, Poll};
use tests::rig::{builder, direct, key, one_request};
use tokio::task::JoinSet;
use tower::ServiceExt as _;
use tower::limit::GlobalConcurrencyLimitLayer;

use crate::process::{forget_peak, peak, resident};
use crate::replies::ID;
use crate::report::Report;
use crate::server::Server;

pub(crate) fn run(report: &mut Report) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(crowd(report));
    runtime.block_on(rush(report));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(day(report));
}

const WAITS: u64 = 10_000;
/// How many looks are under way at a time, so that they need few connections.
const PLACES: usize = 32;
/// Each waits so long between looks, so that there are 2,000 looks a second.
const GAP: Duration = Duration::from_secs(5);
/// How long is measured.
const MEASURED: Duration = Duration::from_secs(20);

/// How late things were, in steps of a tenth of a millisecond.
struct Lateness {
    steps: Vec<AtomicU32>,
}

impl Lateness {
    fn new() -> Self {
        // What is written to is in memory before memory is measured.
        Self { steps: (0..100_000).map(|_| AtomicU32::new(0)).collect() }
    }

    fn add(&self, late: Duration) {
        let step = usize::try_from(late.as_micros() / 100).unwrap_or(usize::MAX);
        self.steps[step.min(self.steps.len() - 1)].fetch_add(1, Ordering::Relaxed);
    }

    fn forget(&self) {
        self.steps.iter().for_each(|step| step.store(0, Ordering::Relaxed));
    }

    fn count(&self) -> u64 {
        self.steps.iter().map(|step| u64::from(step.load(Ordering::Relaxed))).sum()
    }

    /// The milliseconds that 99 of 100 were not later than.
    fn p99(&self) -> f64 {
        let (mut left, count) = (0, self.count());
        let step = self.steps.iter().position(|step| {
            left += u64::from(step.load(Ordering::Relaxed));
            left * 100 >= count * 99
        });
        step.map_or(f64::INFINITY, |step| (step + 1) as f64 / 10.0)
    }
}

/// The waits, and what they are measured by.
struct Crowd {
    server: Server,
    looks: Arc<Lateness>,
    client: Client,
    /// The memory of the client before the first wait.
    before: u64,
    waits: JoinSet<BatchJobStatus>,
}

impl Crowd {
    async fn new(is_timed: bool) -> Self {
        let server = Server::start(false);
        let looks = Arc::new(Lateness::new());
        // From the moment a look is due to its answer, the wait for one of the places included.
        let timed = {
            let looks = looks.clone();
            tower::layer::layer_fn(move |inner: Transport| {
                let looks = looks.clone();
                tower::service_fn(move |request: Request<Body>| {
                    let (looks, inner) = (looks.clone(), inner.clone());
                    async move {
                        let started = Instant::now();
                        let answer: Result<Response<Body>, _> = inner.oneshot(request).await;
                        looks.add(started.elapsed());
                        answer
                    }
                })
            })
        };
        let transport = builder(&server.base).client(direct()).build().unwrap();
        let transport = transport.layer(GlobalConcurrencyLimitLayer::new(PLACES));
        let client = Client::from(if is_timed { transport.layer(timed) } else { transport });
        for _ in 0..1_000 {
            client.batch().jobs().get(ID).await.unwrap();
        }
        forget_peak();
        Self { server, looks, client, before: resident(), waits: JoinSet::new() }
    }

    fn begin(&mut self) {
        let jobs = self.client.batch().jobs();
        let poll = Poll::default().initial(GAP).max(GAP);
        self.waits.spawn(async move { jobs.wait(ID, poll).await.unwrap().status });
    }

    fn grown(&self, now: u64) -> f64 {
        now.saturating_sub(self.before) as f64
    }

    async fn end(mut self, report: &mut Report) {
        self.server.ask("/finish");
        let mut good = 0;
        while let Some(status) = self.waits.join_next().await {
            good += u64::from(status.unwrap() == BatchJobStatus::Success);
        }
        report.at_least("waits that ended well", good as f64, WAITS as f64);
        report.at_most("connections at the most", self.server.ask("/connections").parse().unwrap(), 64.0);
    }
}

/// Ten thousand waits that began within five seconds.
async fn crowd(report: &mut Report) {
    report.title("10,000 waits at once, 2,000 looks a second");
    let mut crowd = Crowd::new(true).await;
    let wakes = Arc::new(Lateness::new());
    for _ in 0..50 {
        for _ in 0..WAITS / 50 {
            crowd.begin();
        }
        tokio::time::sleep(GAP / 50).await;
    }
    // Jitter has spread the looks after a few rounds.
    tokio::time::sleep(3 * GAP).await;
    crowd.looks.forget();
    let started = Instant::now();
    let probes = probe(wakes.clone(), started + MEASURED);
    tokio::time::sleep(MEASURED).await;
    let rate = crowd.looks.count() as f64 / started.elapsed().as_secs_f64();
    let (look, wake) = (crowd.looks.p99(), wakes.p99());
    drop(probes);
    report.at_most("memory a wait, in KiB", crowd.grown(resident()) / WAITS as f64 / 1024.0, 4.0);
    report.at_least("looks a second", rate.round(), 1_900.0);
    report.show("99 in 100 timers fire within, ms", wake);
    report.show("99 in 100 looks are answered within, ms", look);
    report.at_most("99 in 100 answers are not later than, ms", look + wake, 50.0);
    crowd.end(report).await;
}

/// Ten thousand waits that begin in the same moment, so that ten thousand first looks are under way.
async fn rush(report: &mut Report) {
    report.title("10,000 waits that begin in the same moment");
    let mut crowd = Crowd::new(false).await;
    for _ in 0..WAITS {
        crowd.begin();
    }
    tokio::time::sleep(3 * GAP).await;
    report.at_most("memory of all, in MiB", crowd.grown(peak()) / f64::from(1 << 20), 48.0);
    crowd.end(report).await;
}

/// Sleeps that tell by how much the timers of a busy runtime are late.
fn probe(wakes: Arc<Lateness>, until: Instant) -> JoinSet<()> {
    let mut probes = JoinSet::new();
    for number in 0..100 {
        let wakes = wakes.clone();
        probes.spawn(async move {
            while Instant::now() < until {
                let due = tokio::time::Instant::now() + Duration::from_millis(100 + number);
                tokio::time::sleep_until(due).await;
                wakes.add(due.elapsed());
            }
        });
    }
    probes
}

async fn day(report: &mut Report) {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    report.title("One wait of 24 hours, on a paused clock");
    let emulator = Emulator::builder().pace(Pace::default().shortest_run(DAY)).build().unwrap();
    let client = Client::from(Transport::builder(key()).http(emulator.clone()).build().unwrap());
    let jobs = client.batch().jobs();
    let job = jobs.create(&one_request()).await.unwrap();
    let (clock, real) = (tokio::time::Instant::now(), Instant::now());
    let job = jobs.wait(&job.id, Poll::default()).await.unwrap();
    let took = real.elapsed().as_secs_f64();
    let there = job.completed_at.unwrap().since(job.created_at).as_secs_f64();
    let late = clock.elapsed().as_secs_f64() - there;
    assert!(clock.elapsed() >= DAY);
    report.at_most("requests", emulator.ledger().count("batch.jobs.get") as f64, 1_500.0);
    report.at_most("real time, in s", took, 1.0);
    report.at_most("the result is seen so many s after it is there", late, 66.0);
}
