use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex};

/// All jobs of one kind, by the order of their creation. Each has a lock of its own, because work on one may take a
/// while.
pub(crate) struct Table<Id, Job> {
    jobs: Vec<Arc<Mutex<Job>>>,
    by_id: HashMap<Id, Arc<Mutex<Job>>>,
}

impl<Id, Job> Default for Table<Id, Job> {
    fn default() -> Self {
        Self { jobs: Vec::new(), by_id: HashMap::new() }
    }
}

impl<Id: Eq + Hash, Job> Table<Id, Job> {
    pub(crate) fn insert(&mut self, id: Id, job: Job) {
        let job = Arc::new(Mutex::new(job));
        self.jobs.push(Arc::clone(&job));
        self.by_id.insert(id, job);
    }

    pub(crate) fn get(&self, id: &Id) -> Option<Arc<Mutex<Job>>> {
        self.by_id.get(id).cloned()
    }

    pub(crate) fn remove(&mut self, id: &Id) -> bool {
        let Some(gone) = self.by_id.remove(id) else { return false };
        self.jobs.retain(|job| !Arc::ptr_eq(job, &gone));
        true
    }

    /// The jobs, oldest first.
    pub(crate) fn all(&self) -> Vec<Arc<Mutex<Job>>> {
        self.jobs.clone()
    }
}
