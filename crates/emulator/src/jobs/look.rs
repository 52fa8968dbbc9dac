use std::time::Duration;

use crate::api::Api;

/// How many requests one look answers at the most, over all the jobs it is at, so that nobody waits long for an answer.
const REQUESTS: u64 = 100_000;

/// Checking a request costs about so much less than answering it.
const CHECKS: u64 = 10;

/// Somebody looks at jobs: when, and how much work may be done for it. A job that is behind catches up at the next look.
pub(super) struct Look {
    now: Duration,
    left: u64,
}

impl Look {
    pub(super) fn new(api: &Api) -> Self {
        Self { now: api.clock.now(), left: REQUESTS }
    }

    pub(super) fn now(&self) -> Duration {
        self.now
    }

    /// How many requests may still be answered.
    pub(super) fn left(&self) -> u64 {
        self.left
    }

    pub(super) fn answered(&mut self, requests: u64) {
        self.left = self.left.saturating_sub(requests);
    }

    pub(super) fn checked(&mut self, requests: u64) {
        self.answered(requests / CHECKS);
    }
}
