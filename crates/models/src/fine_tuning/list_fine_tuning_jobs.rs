use serde::{Deserialize, Serialize};

use crate::{DateTime, FineTuningJobStatus, Invalid, ModelId};

/// Which fine-tuning jobs to list, and which page of them.
///
/// The default asks for what the official clients ask for: page 0, 100 jobs a page, everybody's. A field set to `None` is
/// not sent. The listing has no order of its own to choose.
///
/// ```
/// use mistral_models::{FineTuningJobStatus, ListFineTuningJobs};
///
/// let mine = ListFineTuningJobs::default().created_by_me(true).status(FineTuningJobStatus::Running).suffix("support");
/// mine.check()?;
/// # Ok::<(), mistral_models::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListFineTuningJobs {
    /// The page, counted from 0.
    pub page: Option<u64>,
    /// Jobs a page. The API states no maximum.
    pub page_size: Option<u64>,
    /// Only jobs that start from this model.
    pub model: Option<ModelId>,
    /// Only jobs created after this moment.
    pub created_after: Option<DateTime>,
    /// Only jobs created before this moment.
    pub created_before: Option<DateTime>,
    /// Only jobs of the key's own user.
    pub created_by_me: Option<bool>,
    /// Only jobs in this status: one, where the listing of batch jobs takes several.
    pub status: Option<FineTuningJobStatus>,
    /// Only jobs that report to this project of Weights & Biases.
    pub wandb_project: Option<String>,
    /// Only jobs that report to a run of this name.
    pub wandb_name: Option<String>,
    /// Only jobs with this in the name of their model.
    pub suffix: Option<String>,
}

impl Default for ListFineTuningJobs {
    fn default() -> Self {
        Self { page: Some(0), page_size: Some(100), created_by_me: Some(false), ..Self::empty() }
    }
}

impl ListFineTuningJobs {
    /// No parameter at all: the service decides.
    pub fn empty() -> Self {
        Self {
            page: None,
            page_size: None,
            model: None,
            created_after: None,
            created_before: None,
            created_by_me: None,
            status: None,
            wandb_project: None,
            wandb_name: None,
            suffix: None,
        }
    }

    /// The page, counted from 0.
    pub fn page(mut self, page: u64) -> Self {
        self.page = Some(page);
        self
    }

    /// Jobs a page.
    pub fn page_size(mut self, page_size: u64) -> Self {
        self.page_size = Some(page_size);
        self
    }

    /// Only jobs that start from this model.
    pub fn model(mut self, model: impl Into<ModelId>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// Only jobs created after this moment.
    pub fn created_after(mut self, moment: impl Into<DateTime>) -> Self {
        self.created_after = Some(moment.into());
        self
    }

    /// Only jobs created before this moment.
    pub fn created_before(mut self, moment: impl Into<DateTime>) -> Self {
        self.created_before = Some(moment.into());
        self
    }

    /// Only jobs of the key's own user.
    pub fn created_by_me(mut self, mine: bool) -> Self {
        self.created_by_me = Some(mine);
        self
    }

    /// Only jobs in this status.
    pub fn status(mut self, status: impl Into<FineTuningJobStatus>) -> Self {
        self.status = Some(status.into());
        self
    }

    /// Only jobs that report to this project of Weights & Biases.
    pub fn wandb_project(mut self, project: impl Into<String>) -> Self {
        self.wandb_project = Some(project.into());
        self
    }

    /// Only jobs that report to a run of this name.
    pub fn wandb_name(mut self, name: impl Into<String>) -> Self {
        self.wandb_name = Some(name.into());
        self
    }

    /// Only jobs with this in the name of their model.
    pub fn suffix(mut self, suffix: impl Into<String>) -> Self {
        self.suffix = Some(suffix.into());
        self
    }

    /// Tells before sending what the API would refuse or misread.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for a page size of 0.
    pub fn check(&self) -> Result<(), Invalid> {
        crate::list::check_page_size(self.page_size)
    }
}
