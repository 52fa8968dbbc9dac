//! A job as one page that needs nothing else: no script, style, font or picture from elsewhere.
//!
//! Whatever the service or a file wrote goes through [`escape`](escape::escape); the policy in the page's head lets nothing
//! else run even if it did not.

mod chart;
mod data;
mod escape;
mod page;
mod parts;

pub(crate) use data::DataFile;

use mistral_sdk::models::FineTuningJob;

use crate::curve::Curves;

/// What a page is made of.
pub(crate) struct Report<'a> {
    pub(crate) job: &'a FineTuningJob,
    pub(crate) curves: Curves,
    /// What is in the training data, as far as it was at hand.
    pub(crate) data: &'a [DataFile],
}

impl<'a> Report<'a> {
    pub(crate) fn new(job: &'a FineTuningJob, data: &'a [DataFile]) -> Self {
        Self { job, curves: Curves::new(&job.checkpoints), data }
    }

    /// The page.
    pub(crate) fn html(&self) -> String {
        page::html(self)
    }
}
