use mistral_sdk::datasets::batch::Statistics;
use mistral_sdk::models::{BatchEndpoint, ModelId};
use mistral_sdk::runs::{Estimate, Plan};
use serde::Serialize;

use super::workload::Prepared;
use crate::args::PlanArgs;
use crate::connect::offline;
use crate::context::Context;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::runs;
use crate::stage::Stage;
use crate::terminal::{Activity, Bytes};

/// Says what a run would do and cost.
pub(super) async fn plan(context: &Context, args: &PlanArgs) -> Result<ExitCode> {
    context.stage.set(Stage::Harmless);
    let prepared = Prepared::new(&args.workload, context.screen)?;
    let client = match args.workload.parts.no_model_check {
        true => offline()?,
        false => {
            let session = context.connect();
            session.map_err(|failure| failure.help("To plan without either: add --no-model-check."))?.client
        }
    };
    let reading = Activity::start(context.screen, "reading the input");
    let (runs, Prepared { spec, input, .. }) = (prepared.runs(&client), prepared);
    let planned = runs.plan(input, &spec).await;
    drop(reading);
    let plan = planned?;

    context.data().item(&Document::of(&plan, &spec.job.endpoint), &fields(&plan, &spec.job.endpoint))?;
    let within = match (spec.max_cost, plan.estimate.at_most) {
        (Some(most), Some(cost)) => cost <= most,
        (most, _) => most.is_none(),
    };
    match within {
        true => Ok(ExitCode::Success),
        false => {
            Err(Failure::new(ExitCode::OverBudget, format!("a run would be refused: {}", at_most(&plan.estimate)))
                .help("Allow more with --max-cost, or send less."))
        }
    }
}

fn fields(plan: &Plan, endpoint: &BatchEndpoint) -> Vec<(&'static str, String)> {
    let (usage, statistics) = (&plan.estimate.usage, &plan.statistics);
    let mut fields = vec![("requests", plan.rows.to_string())];
    if plan.sent < plan.rows {
        fields.push(("sent", plan.sent.to_string()));
    }
    fields.extend([
        ("bytes", Bytes(plan.bytes).to_string()),
        ("jobs", jobs(plan)),
        ("endpoint", endpoint.to_string()),
        ("model", plan.model.as_ref().map_or_else(|| "named by each request".to_owned(), ToString::to_string)),
        ("expected", format!("{} (an estimate)", runs::used(usage))),
        ("cost", plan.estimate.to_string()),
    ]);
    if plan.estimate.at_most != plan.estimate.cost {
        fields.push(("at most", at_most(&plan.estimate)));
    }
    if let Some(longest) = &statistics.longest {
        fields.push(("longest request", format!("{} at {}", Bytes(longest.bytes), longest.place)));
    }
    fields.extend(plan.remarks.iter().map(|remark| ("remark", remark.clone())));
    fields
}

/// What a budget is compared with.
fn at_most(estimate: &Estimate) -> String {
    match estimate.at_most {
        Some(cost) => format!("{cost} if every answer is as long as its max_tokens allow ({})", estimate.note),
        None => estimate.note.clone(),
    }
}

/// How many jobs, and how large the largest is.
fn jobs(plan: &Plan) -> String {
    let most = |of: fn(&mistral_sdk::runs::PlannedPart) -> u64| plan.parts.iter().map(of).max().unwrap_or_default();
    match plan.parts.as_slice() {
        [one] if one.inline => "1, its requests sent inline".to_owned(),
        [_] => "1".to_owned(),
        parts => format!(
            "{} of at most {} requests and {}",
            parts.len(),
            most(|part| part.rows),
            Bytes(most(|part| part.bytes))
        ),
    }
}

/// A plan, for programs. Keys are only ever added.
#[derive(Debug, Serialize)]
struct Document<'a> {
    schema_version: u32,
    requests: u64,
    sent: u64,
    bytes: u64,
    endpoint: &'a BatchEndpoint,
    model: Option<&'a ModelId>,
    parts: Vec<Part>,
    estimate: &'a Estimate,
    statistics: &'a Statistics,
    remarks: &'a [String],
}

#[derive(Debug, Serialize)]
struct Part {
    requests: u64,
    bytes: u64,
    inline: bool,
}

impl<'a> Document<'a> {
    fn of(plan: &'a Plan, endpoint: &'a BatchEndpoint) -> Self {
        let part = |part: &mistral_sdk::runs::PlannedPart| Part {
            requests: part.rows,
            bytes: part.bytes,
            inline: part.inline,
        };
        Self {
            schema_version: 1,
            requests: plan.rows,
            sent: plan.sent,
            bytes: plan.bytes,
            endpoint,
            model: plan.model.as_ref(),
            parts: plan.parts.iter().map(part).collect(),
            estimate: &plan.estimate,
            statistics: &plan.statistics,
            remarks: &plan.remarks,
        }
    }
}
