use std::path::PathBuf;

use mistral_models::{CreateBatchJob, ModelId};
use mistral_transport::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

use crate::{Estimate, Limits, Money};

/// What is to be done with the rows of a run. Plain data: it is kept in the run's journal.
///
/// ```
/// use mistral_models::{BatchEndpoint, CreateBatchJob};
/// use mistral_runs::{Limits, Spec};
///
/// let job = CreateBatchJob::new(BatchEndpoint::ChatCompletions).model("mistral-small-latest");
/// let spec = Spec::new(job).retries(1).limits(Limits::default().part_rows(50_000)).output("answers.jsonl");
/// # let _ = spec;
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Spec {
    /// What every job of the run has in common: endpoint, model, notes, timeout. Its requests are those of the run.
    pub job: CreateBatchJob,
    /// The model for rows that name none, if the job names none. None unless set: such a row is refused then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_model: Option<ModelId>,
    /// How large parts are, and how many requests wait at once.
    #[serde(default)]
    pub limits: Limits,
    /// How often rows that failed, and may succeed, are sent again. 2 unless set.
    pub retries: u32,
    /// The most that may be spent, as far as it can be estimated: with answers as long as their `max_tokens` allow, or of 500
    /// tokens where they have none. It is looked at before anything is sent, before each part, and before rows are sent again.
    /// No limit unless set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_cost: Option<Money>,
    /// Whether rows with the same body are sent once, and the answer given to each. Not unless set.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dedupe: bool,
    /// Whether rows without a `custom_id` are given one, `row-17` for the seventeenth. Refused unless set.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub generate_ids: bool,
    /// Whether a row that names another model than the job is refused. It is counted unless set.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub strict: bool,
    /// Which files are deleted from the service when the output is written.
    #[serde(default)]
    pub cleanup: Cleanup,
    /// Where the answers are written, in the order of the rows. Nowhere unless set; they can be read from the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<PathBuf>,
    /// Whether an output that is there already is replaced.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replace: bool,
}

/// Which files a run deletes from the service when its output is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cleanup {
    /// None.
    Nothing,
    /// Those the run has uploaded; the results stay.
    #[default]
    Inputs,
    /// Those the run has uploaded, and those with its results.
    Everything,
}

impl Spec {
    /// A run whose jobs are made like `job`, which has no requests of its own.
    pub fn new(job: CreateBatchJob) -> Self {
        Self {
            job,
            default_model: None,
            limits: Limits::default(),
            retries: 2,
            max_cost: None,
            dedupe: false,
            generate_ids: false,
            strict: false,
            cleanup: Cleanup::default(),
            output: None,
            replace: false,
        }
    }

    /// The model for rows that name none, if the job names none.
    #[must_use]
    pub fn default_model(mut self, model: impl Into<ModelId>) -> Self {
        self.default_model = Some(model.into());
        self
    }

    /// How large parts are, and how many requests wait at once.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How often rows that failed, and may succeed, are sent again.
    #[must_use]
    pub fn retries(mut self, rounds: u32) -> Self {
        self.retries = rounds;
        self
    }

    /// The most that may be spent, as far as it can be estimated.
    #[must_use]
    pub fn max_cost(mut self, most: Money) -> Self {
        self.max_cost = Some(most);
        self
    }

    /// Sends rows with the same body once, and gives the answer to each.
    #[must_use]
    pub fn dedupe(mut self, dedupe: bool) -> Self {
        self.dedupe = dedupe;
        self
    }

    /// Gives rows without a `custom_id` one.
    #[must_use]
    pub fn generate_ids(mut self, generate: bool) -> Self {
        self.generate_ids = generate;
        self
    }

    /// Refuses rows that name another model than the job.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Which files are deleted from the service when the output is written.
    #[must_use]
    pub fn cleanup(mut self, cleanup: Cleanup) -> Self {
        self.cleanup = cleanup;
        self
    }

    /// Where the answers are written, in the order of the rows.
    #[must_use]
    pub fn output(mut self, path: impl Into<PathBuf>) -> Self {
        self.output = Some(path.into());
        self
    }

    /// Replaces an output that is there already.
    #[must_use]
    pub fn replace(mut self, replace: bool) -> Self {
        self.replace = replace;
        self
    }

    /// What the service, or nobody, could carry out.
    pub(crate) fn check(&self) -> Result<()> {
        let bad = |message: String| Err(Error::new(ErrorKind::BadInput, message).during("runs.plan"));
        if self.job.requests.is_some() || self.job.input_files.is_some() {
            return bad("job: the requests of a run are its input, and not the job's own".to_owned());
        }
        if let Err(invalid) = self.job.check() {
            return bad(invalid.to_string());
        }
        self.limits.check().or_else(bad)
    }

    /// Compares what a run will cost with what is allowed.
    pub(crate) fn check_cost(&self, estimate: &Estimate) -> Result<()> {
        let Some(most) = self.max_cost else { return Ok(()) };
        let message = match estimate.at_most {
            Some(cost) if cost <= most => return Ok(()),
            Some(cost) => {
                format!("the run may cost {cost} ({}), and {most} are allowed; nothing was sent", estimate.note)
            }
            None => format!("{most} are allowed, and nobody can tell the cost: {estimate}; nothing was sent"),
        };
        Err(Error::new(ErrorKind::OverBudget, message).during("runs.start"))
    }
}
