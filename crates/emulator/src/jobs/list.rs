use std::sync::Arc;
use std::time::Duration;

use http::Response;
use mistral_models::{BatchJobStatus, OrderBy};
use serde_json::{Value, json};

use super::job::Job;
use super::look::Look;
use crate::Body;
use crate::api::Api;
use crate::auth::Owner;
use crate::blocking::blocking;
use crate::error::{ApiError, Complaints, ok};
use crate::lock::lock;
use crate::query::{Page, Query};

/// What is not a note to filter by.
const PARAMETERS: [&str; 8] =
    ["page", "page_size", "model", "agent_id", "created_after", "created_by_me", "status", "order_by"];

/// `GET /v1/batch/jobs`. A parameter the API does not have is a filter by metadata: that is how the clients send one.
///
/// Every job is brought up to date first, so that the filter by status tells the truth.
pub(crate) async fn list(api: &Arc<Api>, owner: Owner, query: &Query) -> Result<Response<Body>, ApiError> {
    let mut complaints = Complaints::default();
    let page = Page::from_query(query, &mut complaints);
    let filter = Filter::from_query(query, owner, &mut complaints);
    let newest_first = newest_first(query, &mut complaints);
    complaints.check()?;

    let mut jobs = lock(&api.jobs).all();
    if newest_first {
        jobs.reverse();
    }
    let api = Arc::clone(api);
    Ok(blocking(move || {
        let mut look = Look::new(&api);
        let mut total: u64 = 0;
        let mut data = Vec::new();
        for job in &jobs {
            // Shown under the lock it was matched under: a job that changed in between would contradict the filter.
            let mut job = lock(job);
            job.advance(&api, &mut look);
            if filter.matches(&job) {
                if page.holds(total) {
                    data.push(job.view());
                }
                total += 1;
            }
        }
        ok(&json!({"object": "list", "data": data, "total": total}))
    })
    .await?)
}

struct Filter {
    model: Option<String>,
    agent_id: Option<String>,
    metadata: Vec<(String, String)>,
    created_after: Option<Duration>,
    owner: Option<Owner>,
    statuses: Vec<BatchJobStatus>,
}

impl Filter {
    fn from_query(query: &Query, owner: Owner, complaints: &mut Complaints) -> Self {
        let statuses: Vec<_> = query.all("status").map(BatchJobStatus::from).collect();
        for (at, status) in statuses.iter().enumerate().filter(|(_, status)| !status.is_known()) {
            let message = format!("{:?} is not a status", status.as_str());
            complaints.add(json!(["query", "status", at]), message, "enum");
        }
        let created_after = query.moment("created_after", complaints);
        Self {
            model: query.text("model").map(str::to_owned),
            agent_id: query.text("agent_id").map(str::to_owned),
            metadata: query.others(&PARAMETERS).map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
            created_after,
            owner: query.flag("created_by_me", complaints).unwrap_or(false).then_some(owner),
            statuses,
        }
    }

    fn matches(&self, job: &Job) -> bool {
        self.model.as_ref().is_none_or(|model| job.model.as_ref().is_some_and(|own| own.as_str() == model))
            && self.agent_id.as_ref().is_none_or(|id| job.agent_id.as_ref().is_some_and(|own| own.as_str() == id))
            && self.created_after.is_none_or(|moment| job.created > moment)
            && self.owner.is_none_or(|owner| job.owner == owner)
            && (self.statuses.is_empty() || self.statuses.contains(&job.status))
            && self.metadata.iter().all(|(key, value)| {
                job.metadata.as_ref().and_then(|notes| notes.get(key)).and_then(Value::as_str) == Some(value)
            })
    }
}

fn newest_first(query: &Query, complaints: &mut Complaints) -> bool {
    match query.text("order_by").map_or(OrderBy::CreatedDesc, OrderBy::from) {
        OrderBy::Created => false,
        OrderBy::CreatedDesc => true,
        _ => {
            complaints.add(json!(["query", "order_by"]), "Input should be 'created' or '-created'", "enum");
            true
        }
    }
}
