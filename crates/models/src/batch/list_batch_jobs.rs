use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{AgentId, BatchJobStatus, DateTime, Invalid, ModelId, OrderBy};

/// Which batch jobs to list, and which page of them.
///
/// The default asks for what the official clients ask for: page 0, 100 jobs a page, everybody's, newest first. A field
/// set to `None` is not sent.
///
/// ```
/// use mistral_models::{BatchJobStatus, ListBatchJobs};
///
/// let mine = ListBatchJobs::default()
///     .created_by_me(true)
///     .status(BatchJobStatus::Queued)
///     .status(BatchJobStatus::Running)
///     .metadata("team", "blue");
/// mine.check()?;
/// # Ok::<(), mistral_models::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListBatchJobs {
    /// The page, counted from 0.
    pub page: Option<u64>,
    /// Jobs a page. The API states no maximum.
    pub page_size: Option<u64>,
    /// Only jobs of this model.
    pub model: Option<ModelId>,
    /// Only jobs of this agent.
    pub agent_id: Option<AgentId>,
    /// Only jobs that carry all these notes. Each becomes a parameter of its own in the query.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// Only jobs created after this moment.
    pub created_after: Option<DateTime>,
    /// Only jobs of the key's own user.
    pub created_by_me: Option<bool>,
    /// Only jobs in one of these statuses; empty for all.
    #[serde(default)]
    pub status: Vec<BatchJobStatus>,
    /// The order of the jobs.
    pub order_by: Option<OrderBy>,
}

impl Default for ListBatchJobs {
    fn default() -> Self {
        Self {
            page: Some(0),
            page_size: Some(100),
            created_by_me: Some(false),
            order_by: Some(OrderBy::CreatedDesc),
            ..Self::empty()
        }
    }
}

impl ListBatchJobs {
    /// The names a note cannot have in a filter, because the query would mistake it for a parameter.
    const PARAMETERS: [&'static str; 9] =
        ["page", "page_size", "model", "agent_id", "metadata", "created_after", "created_by_me", "status", "order_by"];

    /// No parameter at all: the service decides.
    pub fn empty() -> Self {
        Self {
            page: None,
            page_size: None,
            model: None,
            agent_id: None,
            metadata: BTreeMap::new(),
            created_after: None,
            created_by_me: None,
            status: Vec::new(),
            order_by: None,
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

    /// Only jobs of this model.
    pub fn model(mut self, model: impl Into<ModelId>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// Only jobs of this agent.
    pub fn agent_id(mut self, agent: impl Into<AgentId>) -> Self {
        self.agent_id = Some(agent.into());
        self
    }

    /// Only jobs that carry this note; call it again for more. Numbers and booleans are given as text: `"7"`, `"true"`.
    pub fn metadata(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(key.into(), value.into());
        self
    }

    /// Only jobs created after this moment.
    pub fn created_after(mut self, moment: impl Into<DateTime>) -> Self {
        self.created_after = Some(moment.into());
        self
    }

    /// Only jobs of the key's own user.
    pub fn created_by_me(mut self, mine: bool) -> Self {
        self.created_by_me = Some(mine);
        self
    }

    /// Jobs in this status too; call it again for more.
    pub fn status(mut self, status: impl Into<BatchJobStatus>) -> Self {
        self.status.push(status.into());
        self
    }

    /// The order of the jobs.
    pub fn order_by(mut self, order: impl Into<OrderBy>) -> Self {
        self.order_by = Some(order.into());
        self
    }

    /// Tells before sending what the API would refuse or misread.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for a page size of 0, and for a note named like a parameter: the query has no way to tell them apart,
    /// and the official clients silently send the wrong page.
    pub fn check(&self) -> Result<(), Invalid> {
        crate::list::check_page_size(self.page_size)?;
        match self.metadata.keys().find(|key| Self::PARAMETERS.contains(&key.as_str())) {
            Some(key) => Err(Invalid::new(
                "metadata",
                format!("a filter by {key:?} is impossible: the query has a parameter of that name"),
            )),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_name_is_refused_as_a_note() {
        let fields = serde_json::to_value(ListBatchJobs::default()).unwrap();
        for name in fields.as_object().unwrap().keys() {
            assert!(ListBatchJobs::default().metadata(name, "x").check().is_err(), "{name}");
        }
        assert_eq!(ListBatchJobs::default().metadata("job_type", "x").check(), Ok(()));
    }
}
