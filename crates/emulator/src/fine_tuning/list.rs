use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::Response;
use mistral_models::FineTuningJobStatus;
use serde_json::json;

use super::job::Job;
use crate::Body;
use crate::api::Api;
use crate::auth::Owner;
use crate::blocking::blocking;
use crate::error::{ApiError, Complaints, ok};
use crate::lock::lock;
use crate::query::{Page, Query};

/// `GET /v1/fine_tuning/jobs`, newest first.
///
/// Every job is brought up to date first, so that the filter by status tells the truth.
pub(crate) async fn list(api: &Arc<Api>, owner: Owner, query: &Query) -> Result<Response<Body>, ApiError> {
    let mut complaints = Complaints::default();
    let page = Page::from_query(query, &mut complaints);
    let filter = Filter::from_query(query, owner, &mut complaints);
    complaints.check()?;

    let jobs = lock(&api.fine_tuning_jobs).all();
    let api = Arc::clone(api);
    Ok(blocking(move || {
        let now = api.clock.now();
        // Shown under the lock it was matched under: a job that changed in between would contradict the filter.
        let shown = |job: &Arc<Mutex<Job>>| {
            let mut job = lock(job);
            job.advance(&api, now);
            filter.matches(&job).then(|| job.view())
        };
        let found: Vec<_> = jobs.iter().rev().filter_map(shown).collect();
        let total = found.len();
        ok(&json!({"object": "list", "data": page.of(found.into_iter()), "total": total}))
    })
    .await?)
}

struct Filter {
    model: Option<String>,
    created_after: Option<Duration>,
    created_before: Option<Duration>,
    owner: Option<Owner>,
    status: Option<FineTuningJobStatus>,
    wandb_project: Option<String>,
    wandb_name: Option<String>,
    suffix: Option<String>,
}

impl Filter {
    fn from_query(query: &Query, owner: Owner, complaints: &mut Complaints) -> Self {
        let status = query.text("status").map(FineTuningJobStatus::from);
        if let Some(status) = status.as_ref().filter(|status| !status.is_known()) {
            complaints.add(json!(["query", "status"]), format!("{:?} is not a status", status.as_str()), "enum");
        }
        let text = |name| query.text(name).map(str::to_owned);
        Self {
            model: text("model"),
            created_after: query.moment("created_after", complaints),
            created_before: query.moment("created_before", complaints),
            owner: query.flag("created_by_me", complaints).unwrap_or(false).then_some(owner),
            status,
            wandb_project: text("wandb_project"),
            wandb_name: text("wandb_name"),
            suffix: text("suffix"),
        }
    }

    fn matches(&self, job: &Job) -> bool {
        let training = &job.asked.training;
        let runs = &job.asked.integrations;
        let named = |name: &String| {
            runs.iter().any(|run| run.name.as_ref() == Some(name) || run.run_name.as_ref() == Some(name))
        };
        self.model.as_ref().is_none_or(|model| training.model.as_str() == model)
            && self.created_after.is_none_or(|moment| job.created > moment)
            && self.created_before.is_none_or(|moment| job.created < moment)
            && self.owner.is_none_or(|owner| job.owner == owner)
            && self.status.as_ref().is_none_or(|status| job.status == *status)
            && self.wandb_project.as_ref().is_none_or(|project| runs.iter().any(|run| run.project == *project))
            && self.wandb_name.as_ref().is_none_or(named)
            && self.suffix.as_ref().is_none_or(|suffix| training.suffix.as_ref() == Some(suffix))
    }
}
