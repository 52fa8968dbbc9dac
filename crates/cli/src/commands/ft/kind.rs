use std::path::Path;

use mistral_sdk::datasets::training::{Family, Report};
use mistral_sdk::models::{CreateFineTuningJob, FineTuningJobType};

use crate::failure::{Failure, Result};

/// Refuses samples with labels for a completion job, and samples without them for a classifier: both would be sent in full
/// only to fail at the service.
///
/// # Errors
///
/// What the file holds, and the option that goes with it.
pub(super) fn check_kind(path: &Path, report: &Report, job: &CreateFineTuningJob) -> Result<()> {
    let Some(family) = report.format().map(|format| format.family()) else { return Ok(()) };
    let labelled = matches!(family, Family::ClassifierText | Family::ClassifierChat);
    let shown = path.display();
    match job.job_type.as_ref().unwrap_or(&FineTuningJobType::Completion) {
        FineTuningJobType::Completion if labelled => Err(Failure::input(format!(
            "{shown} has samples with labels, which train a classifier, not a completion model"
        ))
        .help("To train a classifier, add --job-type classifier.")),
        FineTuningJobType::Classifier if !labelled => Err(Failure::input(format!(
            "{shown} has samples without labels, and a classifier is trained on labels"
        ))
        .help(
            "Add `labels` to every sample, or train a completion model: without --job-type and --classifier-target.",
        )),
        _ => Ok(()),
    }
}
