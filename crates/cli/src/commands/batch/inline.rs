use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use mistral_sdk::datasets::Lines;
use mistral_sdk::datasets::batch::{Checker, Options, Report};
use mistral_sdk::models::{BatchRequest, CreateBatchJob};

use crate::failure::{Failure, Result};
use crate::runs;

/// The requests of a file that has no problem, and what is in it.
///
/// # Errors
///
/// The report of all problems, and more requests than go inline.
pub(super) async fn requests(path: &Path) -> Result<(Vec<BatchRequest>, Report)> {
    runs::open(&[path.to_owned()])?;
    let shown = path.display();
    let unreadable = |error: std::io::Error| Failure::input(format!("{shown} cannot be read")).because(error);
    let mut checker = Checker::new(Options::default());
    checker.begin(shown.to_string());
    let mut lines = Lines::new(BufReader::new(File::open(path).map_err(unreadable)?));
    let (mut requests, most) = (Vec::new(), CreateBatchJob::MAX_INLINE_REQUESTS);
    let mut rows = 0;
    while let Some(line) = lines.read().map_err(unreadable)? {
        if checker.line(&line).map_err(unreadable)?.is_some() {
            rows += 1;
            if rows <= most {
                requests.push(serde_json::from_slice(line.bytes).map_err(|error| unreadable(error.into()))?);
            }
        }
        // There are few, but each may be long.
        tokio::task::yield_now().await;
    }
    let report = checker.finish().map_err(unreadable)?;
    if !report.is_valid() {
        return Err(runs::invalid(&report));
    }
    if rows > most {
        return Err(Failure::input(format!("{shown}: {rows} inline requests are more than {most}"))
            .help("Let a run decide how they travel: mistral-jobs batch run INPUT --output OUT"));
    }
    Ok((requests, report))
}
