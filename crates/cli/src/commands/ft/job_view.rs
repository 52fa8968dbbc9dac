//! Fine-tuning jobs as people see them.

use mistral_sdk::models::{
    ClassifierTarget, FineTuningEvent, FineTuningJob, FineTuningJobMetadata, Hyperparameters, JobIntegration,
    JobRepository,
};
use serde_json::Value;

use crate::curve::{in_order, number};
use crate::terminal::{Column, Rough, Table};

const COLUMNS: &[Column] = &[
    Column::fixed("ID"),
    Column::fixed("STATUS"),
    Column::fixed("KIND").optional(3),
    Column::shrinking("MODEL").optional(2),
    Column::shrinking("MADE"),
    Column::fixed("CREATED").optional(1),
];

/// Jobs as rows.
pub(super) fn table(jobs: &[FineTuningJob]) -> Table {
    let mut table = Table::new(COLUMNS);
    for job in jobs {
        table.row([
            job.id.as_str(),
            job.status.as_str(),
            job.job_type.as_ref().map_or("-", |kind| kind.as_str()),
            job.model.as_str(),
            job.fine_tuned_model.as_ref().map_or("-", |model| model.as_str()),
            &job.created_at.to_string(),
        ]);
    }
    table
}

/// Wide enough for every state, so that rows printed one after the other line up.
const CHANGE_COLUMNS: &[Column] = &[
    Column::fixed("STATUS").at_least(22),
    Column::number("STEP").at_least(8),
    Column::number("TRAIN LOSS").at_least(10),
    Column::number("VALID LOSS").at_least(10),
    Column::number("ACCURACY").at_least(10),
];

/// Where a job stands as a row: its status, and the newest values.
pub(super) fn change(job: &FineTuningJob) -> Table {
    let mut table = Table::new(CHANGE_COLUMNS);
    let last = in_order(&job.checkpoints).last().copied();
    let value = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), number);
    table.row([
        job.status.as_str(),
        &last.map_or_else(|| "-".to_owned(), |checkpoint| checkpoint.step_number.to_string()),
        &value(last.and_then(|checkpoint| checkpoint.metrics.train_loss)),
        &value(last.and_then(|checkpoint| checkpoint.metrics.valid_loss)),
        &value(last.and_then(|checkpoint| checkpoint.metrics.valid_mean_token_accuracy)),
    ]);
    table
}

/// One job, field by field; fields without a value are left out.
pub(crate) fn fields(job: &FineTuningJob) -> Vec<(&'static str, String)> {
    let mut fields = vec![("id", job.id.to_string()), ("status", job.status.to_string())];
    fields.extend(job.job_type.as_ref().map(|kind| ("kind", kind.to_string())));
    fields.push(("model", job.model.to_string()));
    fields.extend(job.fine_tuned_model.as_ref().map(|model| ("fine-tuned model", model.to_string())));
    fields.extend(job.suffix.clone().map(|suffix| ("suffix", suffix)));
    fields.push(("starts by itself", if job.auto_start { "yes" } else { "no" }.to_owned()));
    fields.push(("created", job.created_at.to_string()));
    fields.push(("changed", job.modified_at.to_string()));
    fields.extend(job.training_files.iter().map(|file| ("training file", file.to_string())));
    fields.extend(job.validation_files.iter().map(|file| ("validation file", file.to_string())));
    fields.extend(job.trained_tokens.map(|tokens| ("trained tokens", tokens.to_string())));
    fields.extend(job.metadata.iter().flat_map(estimate));
    fields.extend(job.integrations.iter().map(integration));
    fields.extend(job.repositories.iter().map(repository));
    fields.extend(job.classifier_targets.iter().map(target));
    fields
}

/// What the service expects a job to take. Marked as its estimate, because it is not the bill.
pub(super) fn estimate(estimate: &FineTuningJobMetadata) -> Vec<(&'static str, String)> {
    let cost = estimate.cost.map(|cost| {
        let currency = estimate.cost_currency.as_deref().unwrap_or("(no currency named)");
        // A number of so many digits is no money, and nobody reads them.
        if cost.abs() < 1e15 { format!("{cost} {currency}") } else { format!("{cost:e} {currency}") }
    });
    let duration =
        estimate.expected_duration_seconds.map(|seconds| Rough(std::time::Duration::from_secs(seconds)).to_string());
    let number = |number: Option<u64>| number.map(|number| number.to_string());
    let all = [
        ("estimated cost", cost),
        ("estimated duration", duration),
        ("estimated start", estimate.estimated_start_time.map(|time| time.to_string())),
        ("tokens of the data", number(estimate.data_tokens)),
        ("tokens to train", number(estimate.train_tokens)),
        ("tokens a step", number(estimate.train_tokens_per_step)),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// How a job trains, without what it left to the service.
pub(crate) fn hyperparameters(given: &Hyperparameters) -> Vec<(&'static str, String)> {
    let mut fields = Vec::new();
    fields.extend(given.training_steps.map(|steps| ("training steps", steps.to_string())));
    fields.extend(given.epochs.map(|epochs| ("epochs", epochs.to_string())));
    fields.push(("learning rate", given.learning_rate.to_string()));
    fields.extend(given.weight_decay.map(|decay| ("weight decay", decay.to_string())));
    fields.extend(given.warmup_fraction.map(|part| ("warm-up", part.to_string())));
    fields.extend(given.seq_len.map(|tokens| ("sequence length", tokens.to_string())));
    fields.extend(given.fim_ratio.map(|ratio| ("FIM ratio", ratio.to_string())));
    fields
}

fn integration(integration: &JobIntegration) -> (&'static str, String) {
    let text = match integration {
        JobIntegration::Wandb(run) => {
            let rest = [&run.name, &run.run_name, &run.url].into_iter().flatten();
            rest.fold(format!("wandb {}", run.project), |text, part| format!("{text}, {part}"))
        }
        JobIntegration::Unknown(value) => unknown(value),
        _ => unknown(&Value::Null),
    };
    ("reports to", text)
}

fn repository(repository: &JobRepository) -> (&'static str, String) {
    let text = match repository {
        JobRepository::Github(found) => format!("{}/{} at {}", found.owner, found.name, found.commit_id),
        JobRepository::Unknown(value) => unknown(value),
        _ => unknown(&Value::Null),
    };
    ("repository", text)
}

/// An entry that cannot be read, by its type: it may repeat the key or the token of the request.
fn unknown(entry: &Value) -> String {
    match entry.get("type").and_then(Value::as_str) {
        Some(kind) => format!("{kind}, in a form this version does not know"),
        None => "of a kind this version does not know".to_owned(),
    }
}

fn target(target: &ClassifierTarget) -> (&'static str, String) {
    ("classifier target", format!("{}: {}", target.name, target.labels.join(", ")))
}

/// An event in one line: its name, and what it carries.
pub(crate) fn event(event: &FineTuningEvent) -> String {
    match &event.data {
        None | Some(Value::Null) => event.name.clone(),
        Some(Value::Object(data)) => {
            let parts: Vec<_> = data.iter().map(|(key, value)| format!("{key}: {}", plain(value))).collect();
            format!("{} · {}", event.name, parts.join(", "))
        }
        Some(data) => format!("{} · {}", event.name, plain(data)),
    }
}

/// A text without its quotes, anything else as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_key_or_token_that_an_answer_repeats_is_shown() {
        let job = json!({
            "id": "j", "model": "m", "status": "QUEUED", "created_at": 1, "modified_at": 1,
            "integrations": [{"type": "tracker", "api_key": "canary"}, ["canary"]],
            "repositories": [{"type": "github", "name": "n", "owner": "o", "token": "canary"}],
        });
        let fields = fields(&serde_json::from_value(job).unwrap());
        let shown: Vec<_> = fields.iter().map(|(_, value)| value.as_str()).collect();
        let unknown = ["tracker, in a form this version does not know", "of a kind this version does not know"];
        assert!(
            shown.ends_with(&[unknown[0], unknown[1], "github, in a form this version does not know"]),
            "{shown:?}"
        );
    }
}
