use std::pin::pin;

use futures_util::{Stream, StreamExt as _};
use mistral_sdk::models::BatchResult;
use mistral_sdk::{MissingResults, Outcome, Result as SdkResult};

use super::causes::Causes;
use super::spool::Spool;
use super::text;
use crate::failure::{Failure, Result};
use crate::input::Index;

/// Every result of a job: spooled, matched to its request, and counted.
#[derive(Debug)]
pub(crate) struct Collected {
    pub(super) spool: Spool,
    pub(super) places: Places,
    pub(crate) tally: Tally,
}

/// What came of the requests. `succeeded + failed + missing` is the number of requests.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) succeeded: u64,
    pub(crate) failed: u64,
    /// Requests without any result.
    pub(crate) missing: u64,
    /// The ids of the first of them.
    pub(crate) first_missing: Vec<String>,
    /// Results whose id no request has, or that have none.
    pub(crate) strays: u64,
    /// The id of the first of them that has one.
    pub(crate) first_stray: Option<String>,
    /// Further results for one request; the first counts.
    pub(crate) repeated: u64,
    /// The id of the first of them.
    pub(crate) first_repeated: Option<String>,
    /// Lines that are no result at all.
    pub(crate) unreadable: u64,
    /// What is wrong with the first of them.
    pub(crate) first_unreadable: Option<String>,
    /// What the service owes: fewer results came than the job counts.
    pub(crate) shortage: Option<String>,
    pub(crate) causes: Causes,
}

/// How many missing ids are named.
const NAMED: usize = 10;

impl Tally {
    /// Counts the result of the request in `row`.
    pub(crate) fn count(&mut self, result: &BatchResult, row: usize) {
        if result.is_success() {
            self.succeeded += 1;
        } else {
            self.failed += 1;
            self.causes.add(&result.failure().unwrap_or_default(), result.custom_id.as_deref(), row);
        }
    }

    /// Counts a line that is no result.
    pub(crate) fn count_unreadable(&mut self, line: &mistral_sdk::UnreadableLine) {
        self.unreadable += 1;
        self.first_unreadable.get_or_insert_with(|| {
            let file = line.file.as_ref().map(|id| format!(" of file {id}")).unwrap_or_default();
            format!("line {}{file}: {}", line.line, line.reason)
        });
    }

    /// Takes note of an error that ends the results, if all that are there came before it.
    ///
    /// # Errors
    ///
    /// Any other.
    pub(crate) fn end(&mut self, error: mistral_sdk::Error) -> Result<()> {
        let missing = std::error::Error::source(&error).and_then(|cause| cause.downcast_ref::<MissingResults>());
        match missing {
            Some(missing) => self.shortage = Some(format!("{missing}, in two readings; the rest may be there later")),
            None => return Err(error.into()),
        }
        Ok(())
    }

    /// The results are there, and all of them are another input's.
    pub(crate) fn belongs_elsewhere(&self) -> bool {
        self.strays > 0 && self.succeeded + self.failed == 0
    }

    fn count_missing(&mut self, places: &Places, index: &Index) {
        for row in places.missing() {
            self.missing += 1;
            if self.first_missing.len() < NAMED {
                self.first_missing.push(index.id(row).to_owned());
            }
        }
    }
}

/// Where the result of each request lies in the spool: eight bytes a request.
#[derive(Debug)]
pub(super) struct Places(Vec<u64>);

impl Places {
    const NONE: u64 = u64::MAX;

    fn new(requests: usize) -> Self {
        Self(vec![Self::NONE; requests])
    }

    pub(super) fn get(&self, row: usize) -> Option<u64> {
        self.0.get(row).copied().filter(|place| *place != Self::NONE)
    }

    fn set(&mut self, row: usize, place: u64) {
        if let Some(slot) = self.0.get_mut(row) {
            *slot = place;
        }
    }

    fn missing(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().filter(|(_, place)| **place == Self::NONE).map(|(row, _)| row)
    }
}

/// Takes in all results of a job, in whatever order they come.
///
/// # Errors
///
/// What ends the stream early, and a spool that cannot be written. A bad line is counted and ends nothing.
pub(crate) async fn collect(
    outcomes: impl Stream<Item = SdkResult<Outcome>>,
    index: &Index,
    mut spool: Spool,
) -> Result<Collected> {
    let mut outcomes = pin!(outcomes);
    let (mut tally, mut places, mut line) = (Tally::default(), Places::new(index.len()), Vec::new());
    while let Some(outcome) = outcomes.next().await {
        let result = match outcome {
            Err(error) => {
                tally.end(error)?;
                break;
            }
            Ok(Outcome::Result(result)) => result,
            Ok(Outcome::Unreadable(line)) => {
                tally.count_unreadable(&line);
                continue;
            }
        };
        let Some(row) = result.custom_id.as_deref().and_then(|id| index.find(id)) else {
            tally.strays += 1;
            tally.first_stray = tally.first_stray.or(result.custom_id);
            continue;
        };
        if places.get(row).is_some() {
            tally.repeated += 1;
            tally.first_repeated = tally.first_repeated.or(result.custom_id);
            continue;
        }
        text::write(&result, &mut line)?;
        let place = spool.add(&line);
        places.set(row, place.map_err(|error| Failure::unexpected("the results cannot be kept").because(error))?);
        tally.count(&result, row);
    }
    tally.count_missing(&places, index);
    Ok(Collected { spool, places, tally })
}
