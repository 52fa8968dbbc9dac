use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use mistral_models::BatchJobId;

use super::job::Job;

/// All jobs, by the order of their creation. Each has a lock of its own, because work on one may take a while.
#[derive(Default)]
pub(crate) struct JobTable {
    jobs: Vec<Arc<Mutex<Job>>>,
    by_id: HashMap<BatchJobId, Arc<Mutex<Job>>>,
}

impl JobTable {
    pub(super) fn insert(&mut self, job: Job) {
        let id = job.id.clone();
        let job = Arc::new(Mutex::new(job));
        self.jobs.push(Arc::clone(&job));
        self.by_id.insert(id, job);
    }

    pub(super) fn get(&self, id: &BatchJobId) -> Option<Arc<Mutex<Job>>> {
        self.by_id.get(id).cloned()
    }

    pub(super) fn remove(&mut self, id: &BatchJobId) -> bool {
        let Some(gone) = self.by_id.remove(id) else { return false };
        self.jobs.retain(|job| !Arc::ptr_eq(job, &gone));
        true
    }

    /// The jobs, oldest first.
    pub(super) fn all(&self) -> Vec<Arc<Mutex<Job>>> {
        self.jobs.clone()
    }
}
