//! The task that sees a job through whose lines are answered by a server, whether or not anybody looks.
//!
//! ```text
//! a place for the job ──► check ──► a place for a line ──► read it ──► ask ──► write the result
//!                                   └───────────────── as often as there are lines ────────────┘
//! ```
//!
//! The state of the job is what counts: a task that finds it ended, or gone, stops, and the requests under way are
//! dropped. The emulator is held only for moments, so that the task never keeps it alive.

use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use mistral_models::BatchJobId;
use tokio::task::JoinSet;

use super::input::{Lines, Position};
use super::job::Job;
use super::look::Look;
use super::outgoing::Outbound;
use crate::api::Api;
use crate::blocking::blocking;
use crate::lock::lock;

/// How often a task looks whether its job was cancelled or deleted, or is out of time.
const TICK: Duration = Duration::from_millis(250);

/// Starts the task of a job, if there is an upstream.
pub(super) fn start(api: &Arc<Api>, id: &BatchJobId) {
    let (Some(hub), Some(job)) = (&api.hub, lock(&api.jobs).get(id)) else { return };
    let (turn, queue) = (hub.job(), api.pace.queue);
    let api = Arc::downgrade(api);
    hub.spawn(async move {
        tokio::time::sleep(queue).await;
        let _turn = turn.await;
        tokio::select! {
            () = stopped(&api, &job) => {}
            _ = work(&api, &job) => {}
        }
    });
}

/// Waits until nothing more can be done for the job.
async fn stopped(api: &Weak<Api>, job: &Arc<Mutex<Job>>) {
    let stopped = |api: &Api, job: &mut Job| {
        job.advance(api, &mut Look::new(api));
        job.status.is_final() || lock(&api.jobs).get(&job.id).is_none()
    };
    while with(api, job, stopped).await == Some(false) {
        tokio::time::sleep(TICK).await;
    }
}

/// Has every line answered, and ends the job; `None` if it ended before, or the emulator did.
async fn work(api: &Weak<Api>, job: &Arc<Mutex<Job>>) -> Option<()> {
    let (input, outgoing) = with(api, job, |api, job| job.begin_forwarding(api)).await??;
    let outgoing = Arc::new(outgoing);
    let mut lines = Lines::new(input, Position::default());
    let mut under_way = JoinSet::new();
    for place in 1.. {
        let turn = api.upgrade()?.hub.as_ref()?.line();
        let turn = turn.await;
        while under_way.try_join_next().is_some() {}
        let common = Arc::clone(&outgoing);
        let (read, rest) = blocking(move || {
            let outbound = |line| common.outbound(place, &line);
            (lines.next().and_then(|line| line.map(outbound).transpose()), lines)
        })
        .await
        .ok()?;
        lines = rest;
        match read {
            Ok(Some(outbound)) => {
                let (api, job) = (Weak::clone(api), Arc::clone(job));
                under_way.spawn(async move {
                    let _turn = turn;
                    forward(&api, &job, outbound).await
                });
            }
            Ok(None) => break,
            Err(error) => return with(api, job, move |api, job| job.fail(api, &error, api.clock.now())).await,
        }
    }
    while under_way.join_next().await.is_some() {}
    with(api, job, |api, job| job.end_forwarding(api)).await
}

/// Has one line answered, and writes the result.
async fn forward(api: &Weak<Api>, job: &Arc<Mutex<Job>>, outbound: Outbound) -> Option<()> {
    let Outbound { name, custom_id, request } = outbound;
    let answer = match request {
        Ok(request) => {
            let answer = api.upgrade()?.hub.as_ref()?.answer(request);
            answer.await
        }
        Err(refused) => refused,
    };
    with(api, job, move |api, job| job.record(api, &name, custom_id.as_deref(), &answer)).await
}

/// Does something with the job under its lock; `None` if the emulator is gone.
async fn with<T: Send + 'static>(
    api: &Weak<Api>,
    job: &Arc<Mutex<Job>>,
    act: impl FnOnce(&Api, &mut Job) -> T + Send + 'static,
) -> Option<T> {
    let (api, job) = (api.upgrade()?, Arc::clone(job));
    blocking(move || act(&api, &mut lock(&job))).await.ok()
}
