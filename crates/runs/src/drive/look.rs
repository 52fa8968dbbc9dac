//! One listing for any number of jobs.

use std::collections::{BTreeMap, BTreeSet};

use mistral_models::{BatchJob, BatchJobId, ListBatchJobs, UnixTime};
use mistral_transport::{Result, SeenPages};

use super::sights::Sights;
use crate::context::Context;
use crate::journal::State;

/// The key in the metadata of a job that names its run.
pub(crate) const RUN: &str = "mistral_sdk_run";

/// The jobs to be looked for.
pub(super) struct Waited {
    run: String,
    jobs: BTreeMap<BatchJobId, usize>,
    /// No job is older.
    since: UnixTime,
}

/// What a look saw.
pub(super) struct Looked {
    /// Jobs by their parts.
    pub(super) seen: Vec<(usize, BatchJob)>,
    /// Parts whose job does not exist.
    pub(super) absent: Vec<usize>,
    /// Jobs exist that the listing does not show when it is asked for those of the run alone.
    pub(super) filter_hides: bool,
}

/// Jobs that the listing did not show and that are asked for one by one, at most.
const SINGLE: usize = 5;
/// Pages of a listing, at most; a hundred jobs each.
const PAGES: u64 = 200;
/// How much older than its creation by this machine's clock a job may be, in seconds.
const SLACK: i64 = 24 * 3_600;

/// The jobs whose end is not known.
pub(super) fn waited(state: &State, sights: &Sights, collecting: &BTreeSet<usize>) -> Waited {
    let open = |part: &&crate::journal::PartState| {
        let number = part.part.number;
        part.collected.is_none() && !sights.is_ended(number) && !collecting.contains(&number)
    };
    let parts = || state.parts.iter().filter(open);
    let jobs = parts().filter_map(|part| Some((part.job.clone()?, part.part.number))).collect();
    let oldest = parts().filter_map(|part| part.creation.as_ref()).map(|creation| creation.at.as_secs()).min();
    let since = UnixTime::from_secs(oldest.unwrap_or(state.begun.at.as_secs()).saturating_sub(SLACK));
    Waited { run: state.begun.id.clone(), jobs, since }
}

/// Looks at the jobs: page by page of one listing, and the few that it does not show one by one.
pub(super) async fn look(context: &Context, waited: Waited, unfiltered: bool) -> Result<Looked> {
    let Waited { run, mut jobs, since } = waited;
    let mut looked = Looked { seen: Vec::new(), absent: Vec::new(), filter_hides: false };
    if jobs.is_empty() {
        return Ok(looked);
    }
    // The wait itself is patient, so a look need not be.
    let api = context.jobs.with_transport(|transport| transport.with_max_attempts(2));
    let mut pages = SeenPages::default();
    for page in 0..PAGES {
        let mut params = ListBatchJobs::default().page(page);
        if !unfiltered {
            params = params.metadata(RUN, &run);
        }
        let listed = api.list(&params).await?.data;
        if listed.is_empty() || pages.repeats(&listed) {
            break;
        }
        let old = listed.iter().all(|job| job.created_at < since);
        for job in listed {
            if let Some(part) = jobs.remove(&job.id) {
                looked.seen.push((part, job));
            }
        }
        if jobs.is_empty() || old {
            break;
        }
    }
    let mut hidden: Vec<_> = jobs.into_iter().collect();
    fastrand::shuffle(&mut hidden);
    for (id, part) in hidden.into_iter().take(SINGLE) {
        match api.get(&id).await {
            Ok(job) => {
                looked.filter_hides = !unfiltered;
                looked.seen.push((part, job));
            }
            Err(error) if error.is_not_found() => looked.absent.push(part),
            // What was seen before was seen.
            Err(error) if error.is_transient() && !looked.seen.is_empty() => break,
            Err(error) => return Err(error),
        }
    }
    Ok(looked)
}
