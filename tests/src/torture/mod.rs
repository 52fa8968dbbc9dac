//! Whole runs with everything going wrong: one seed is one run, in process and on a paused clock.
//!
//! ```text
//!  seed ──► case: rows, spec, faults, drops ──► run, dropped and taken up until it is done ──► judge: ledger and output
//! ```
//!
//! The case follows from the seed alone. Disk work is done on threads beside, so that two plays of one seed may differ in the
//! order in which things that happen at one instant are seen.

mod case;
mod endpoint;
mod faults;
mod judge;
mod play;

pub use case::Case;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// What came of a run.
#[derive(Debug, Default)]
pub struct Played {
    /// Faults that were really met: answers, results, drops, torn journals, jobs that others cancelled.
    pub faults: u64,
    /// How often the run was taken up.
    pub resumes: u64,
    /// How often rows were sent again because somebody asked for it.
    pub retries: u64,
    /// Rows of the input.
    pub rows: u64,
    /// Rows without their answer in the output.
    pub lost: u64,
    /// Lines of the output beyond one a row.
    pub doubled: u64,
    /// Jobs beyond one a part.
    pub duplicate_jobs: u64,
    /// Whether it did not end.
    pub hangs: u64,
    /// What else is wrong, in words.
    pub problems: Vec<String>,
    /// Errors that ended a drive, by their kind.
    pub errors: BTreeMap<String, u64>,
}

impl Played {
    /// Whether all is as it must be.
    pub fn is_good(&self) -> bool {
        self.lost + self.doubled + self.duplicate_jobs + self.hangs == 0 && self.problems.is_empty()
    }
}

/// However long a service is away, this is longer.
const LONGEST: Duration = Duration::from_secs(60 * 24 * 3_600);

/// Plays the run of a seed, in a new folder below `folder`.
pub fn play(seed: u64, folder: &Path) -> Played {
    // The client's own jitter is drawn on this thread.
    fastrand::seed(seed);
    let case = Case::new(seed);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let folder = tempfile::tempdir_in(folder).unwrap();
    runtime.block_on(async {
        // Where nobody waits for anything, the clock jumps to this.
        let played = tokio::time::timeout(LONGEST, play::play(&case, folder.path())).await;
        played.unwrap_or_else(|_| Played { hangs: 1, ..Played::default() })
    })
}
