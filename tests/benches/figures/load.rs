//! How many requests a bad day costs, on a paused clock, through the whole stack: with the retry budget, and with four plain
//! attempts in its place.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::{StreamExt as _, stream};
use http::{Request, Response};
use mistral_sdk::transport::Body;
use mistral_sdk::transport::retry::RetryBudget;
use mistral_sdk::{Client, Transport};
use tests::rig::key;

use crate::replies::{ID, job};
use crate::report::Report;

/// How many calls are under way at a time.
const AT_ONCE: usize = 16;

/// Nothing but 503, for so long as the calls last.
pub(crate) fn outage(report: &mut Report) {
    report.title("An outage: every answer is a 503");
    for (calls, bound) in [(1_000, 1.10), (10_000, 1.02)] {
        let ours = play(calls, 1.0, RetryBudget::default());
        let plain = play(calls, 1.0, bottomless());
        report.at_most(&format!("requests a call, {calls} calls"), ours.requests_a_call, bound);
        report.show("  the same with four plain attempts", format!("{:.3}", plain.requests_a_call));
        if ours.good > 0.0 || plain.good > 0.0 {
            report.wrong("a call succeeded where none can".to_owned());
        }
    }
}

/// One answer in ten, by chance, is a 503.
pub(crate) fn noise(report: &mut Report) {
    const CALLS: u64 = 10_000;
    report.title("Noise: one answer in ten, by chance, is a 503");
    let (ours, plain) = (play(CALLS, 0.1, RetryBudget::default()), play(CALLS, 0.1, bottomless()));
    report.at_least(&format!("good calls of {CALLS}, per cent"), 100.0 * ours.good, 99.9);
    report.at_most("requests a call", ours.requests_a_call, 1.15);
    report.show("  good with four plain attempts, per cent", format!("{:.3}", 100.0 * plain.good));
    report.show("  requests a call with four plain attempts", format!("{:.3}", plain.requests_a_call));
}

/// A budget that is never used up, which leaves four attempts a call.
fn bottomless() -> RetryBudget {
    RetryBudget::new(usize::MAX)
}

struct Played {
    requests_a_call: f64,
    good: f64,
}

/// Makes calls of an API that refuses so many of the requests.
fn play(calls: u64, refused: f64, budget: RetryBudget) -> Played {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        // Both ways of retrying meet the same luck, and so does every run.
        let luck = Arc::new(std::sync::Mutex::new(fastrand::Rng::with_seed(7)));
        let requests = Arc::new(AtomicU64::new(0));
        let seen = requests.clone();
        let api = tower::service_fn(move |_: Request<Body>| {
            seen.fetch_add(1, Ordering::Relaxed);
            let refuse = luck.lock().unwrap().f64() < refused;
            let (status, body) = if refuse { (503, "{}".to_owned()) } else { (200, job("RUNNING")) };
            std::future::ready(Response::builder().status(status).body(Body::from(body)))
        });
        let transport = Transport::builder(key()).http(api).retry_budget(Arc::new(budget)).build().unwrap();
        let jobs = Client::from(transport).batch().jobs();
        let good = stream::iter(0..calls)
            .map(|_| jobs.get(ID))
            .buffer_unordered(AT_ONCE)
            .filter(|answer| std::future::ready(answer.is_ok()))
            .count()
            .await;
        Played {
            requests_a_call: requests.load(Ordering::Relaxed) as f64 / calls as f64,
            good: good as f64 / calls as f64,
        }
    })
}
