//! Fine-tuning, for an API that still offers it.

use futures_util::TryStreamExt as _;
use mistral_sdk::{
    BatchEndpoint, Change, ClassifierTarget, Client, CreateBatchJob, CreateFineTuningJob, FilePurpose, FineTuningJob,
    FineTuningJobStatus, FineTuningJobType, Hyperparameters, ListFineTuningJobs, Model, Progress, TunedModel, Until,
    UpdateModel, Upload,
};
use serde_json::{Value, json};

use super::poll;

async fn upload(client: &Client, samples: impl Iterator<Item = Value>) -> mistral_sdk::File {
    let content: String = samples.map(|sample| format!("{sample}\n")).collect();
    client.files().upload(Upload::bytes("train.jsonl", content), FilePurpose::FineTune).await.unwrap()
}

fn question(number: usize) -> Value {
    json!({"messages": [
        {"role": "user", "content": format!("What is {number} and one?")},
        {"role": "assistant", "content": format!("It is {}.", number + 1)},
    ]})
}

/// The way from data to a model that answers to a new name: estimate, validation, start, progress, and the model's own life.
pub async fn a_model_is_tuned_renamed_archived_and_deleted(client: &Client) {
    let (jobs, models) = (client.fine_tuning().jobs(), client.models());
    let file = upload(client, (0..40).map(question)).await;
    let job = CreateFineTuningJob::new("open-mistral-7b")
        .training_file(&file.id)
        .hyperparameters(Hyperparameters::default().training_steps(20))
        .suffix("sums")
        .auto_start(false);
    let dry_run = jobs.dry_run(&job).await.unwrap();
    assert!(!dry_run.details.is_empty() && dry_run.estimate.cost.is_some());

    let created = jobs.create(&job).await.unwrap();
    assert_eq!((created.training_files.as_slice(), created.suffix.as_deref()), (&[file.id.clone()][..], Some("sums")));
    assert!(jobs.create(&job).await.unwrap_err().is_conflict());
    let validated = jobs.wait(&created.id, Until::Validated, poll()).await.unwrap();
    assert_eq!(validated.status, FineTuningJobStatus::Validated);
    assert_eq!(validated.metadata.unwrap().cost, dry_run.estimate.cost);
    jobs.start(&created.id).await.unwrap();

    let progress: Vec<Progress> = jobs.watch(&created.id, poll()).try_collect().await.unwrap();
    let losses: Vec<f64> = progress.iter().filter_map(loss).collect();
    assert!(losses.len() > 1 && losses[losses.len() - 1] < losses[0], "{losses:?}");
    let Some(Progress::Status(done)) = progress.last() else { panic!("{progress:?}") };
    assert_eq!(done.status, FineTuningJobStatus::Success);

    let id = done.fine_tuned_model.clone().unwrap();
    let Model::FineTuned(tuned) = models.get(&id).await.unwrap() else { panic!("{id} is tuned") };
    assert_eq!((tuned.job.as_ref(), tuned.root.as_str()), (Some(&created.id), "open-mistral-7b"));
    let named = models.update(&id, &UpdateModel::default().name("Sums").description("Adds one.")).await.unwrap();
    assert!(matches!(named, TunedModel::Completion(_)));
    let card = models.update(&id, &UpdateModel::default().description(Change::Clear)).await.unwrap();
    let card = card.card().unwrap();
    assert_eq!((card.name.as_deref(), card.description.as_deref()), (Some("Sums"), None));
    assert!(models.archive(&id).await.unwrap().archived && models.archive(&id).await.unwrap().archived);
    assert!(!models.unarchive(&id).await.unwrap().archived && !models.unarchive(&id).await.unwrap().archived);
    assert!(models.delete(&id).await.unwrap().deleted);
    assert!(models.get(&id).await.unwrap_err().is_not_found());
    client.files().delete(&file.id).await.unwrap();
}

fn loss(progress: &Progress) -> Option<f64> {
    match progress {
        Progress::Checkpoint(checkpoint) => checkpoint.metrics.train_loss,
        _ => None,
    }
}

/// A classifier is tuned, and its model tells what it decides.
pub async fn a_classifier_is_tuned(client: &Client) {
    let jobs = client.fine_tuning().jobs();
    let mood = |number: usize| if number % 2 == 0 { "positive" } else { "negative" };
    let sample = |number| json!({"text": format!("Review number {number}"), "labels": {"mood": mood(number)}});
    let file = upload(client, (0..40).map(sample)).await;
    let job = CreateFineTuningJob::new("ministral-3b-latest")
        .job_type(FineTuningJobType::Classifier)
        .training_file(&file.id)
        .hyperparameters(Hyperparameters::default().training_steps(10))
        .classifier_target(ClassifierTarget::new("mood", ["positive", "negative"]))
        .auto_start(true);
    let job = jobs.create(&job).await.unwrap();
    let job = jobs.wait(&job.id, Until::Done, poll()).await.unwrap();
    assert_eq!((job.status, job.job_type), (FineTuningJobStatus::Success, Some(FineTuningJobType::Classifier)));
    assert_eq!(job.classifier_targets[0].name, "mood");
    let id = job.fine_tuned_model.unwrap();
    let TunedModel::Classifier(model) = client.models().update(&id, &UpdateModel::default()).await.unwrap() else {
        panic!("{id} is a classifier")
    };
    assert_eq!(model.classifier_targets, job.classifier_targets);
    client.models().delete(&id).await.unwrap();
    client.files().delete(&file.id).await.unwrap();
}

/// Data that cannot be trained on fails the validation, and a line is named.
pub async fn bad_training_data_fails_the_validation(client: &Client) {
    let jobs = client.fine_tuning().jobs();
    let file = upload(client, (0..3).map(question).chain([json!("nonsense")])).await;
    let job = CreateFineTuningJob::new("open-mistral-7b").training_file(&file.id).suffix("bad");
    let job = jobs.create(&job).await.unwrap();
    let job = jobs.wait(&job.id, Until::Validated, poll()).await.unwrap();
    assert_eq!(job.status, FineTuningJobStatus::FailedValidation);
    let told = job.events.first().and_then(|event| event.data.as_ref()).map(Value::to_string);
    assert!(told.as_ref().is_some_and(|told| told.contains("\"line\":4")), "{told:?}");
    client.files().delete(&file.id).await.unwrap();
}

/// A tuned model answers a batch.
pub async fn a_tuned_model_answers_a_batch(client: &Client) {
    let jobs = client.fine_tuning().jobs();
    let file = upload(client, (0..40).map(question)).await;
    let tuning = CreateFineTuningJob::new("open-mistral-7b").training_file(&file.id).suffix("asked").auto_start(true);
    let tuning = jobs.create(&tuning.hyperparameters(Hyperparameters::default().training_steps(10))).await.unwrap();
    let model = jobs.wait(&tuning.id, Until::Done, poll()).await.unwrap().fine_tuned_model.unwrap();
    let job = CreateBatchJob::new(BatchEndpoint::ChatCompletions).model(&model).request(super::question("a", "Hi"));
    let job = client.batch().jobs().create(&job).await.unwrap();
    let job = client.batch().jobs().wait(&job.id, poll()).await.unwrap();
    assert_eq!((job.succeeded_requests, job.failed_requests), (1, 0));
    super::discard(client, &job).await;
    client.models().delete(&model).await.unwrap();
    client.files().delete(&file.id).await.unwrap();
}

/// A job that does not exist is not found.
pub async fn a_fine_tuning_job_that_does_not_exist_is_not_found(client: &Client) {
    let jobs = client.fine_tuning().jobs();
    let id = "00000000-0000-4000-8000-000000000000";
    assert!(jobs.get(id).await.unwrap_err().is_not_found());
    assert!(jobs.cancel(id).await.unwrap_err().is_not_found());
}

/// Jobs are listed by status and suffix; one can be cancelled.
pub async fn fine_tuning_jobs_are_listed_and_cancelled(client: &Client) {
    let jobs = client.fine_tuning().jobs();
    let file = upload(client, (0..40).map(question)).await;
    let mut made = Vec::new();
    for suffix in ["first", "second", "third"] {
        let job = CreateFineTuningJob::new("open-mistral-7b").training_file(&file.id).suffix(suffix);
        made.push(jobs.create(&job).await.unwrap().id);
    }
    let stopping = jobs.cancel(&made[2]).await.unwrap().status;
    assert!(matches!(stopping, FineTuningJobStatus::CancellationRequested | FineTuningJobStatus::Cancelled));
    assert_eq!(jobs.wait(&made[2], Until::Done, poll()).await.unwrap().status, FineTuningJobStatus::Cancelled);

    let filter = || ListFineTuningJobs::default().page_size(1);
    let list = |params| jobs.list_all(params).try_collect::<Vec<FineTuningJob>>();
    assert!(list(filter()).await.unwrap().len() >= 3);
    let found = list(filter().suffix("second")).await.unwrap();
    assert_eq!(found.into_iter().map(|job| job.id).collect::<Vec<_>>(), [made[1].clone()]);
    let cancelled = list(filter().status(FineTuningJobStatus::Cancelled)).await.unwrap();
    assert!(cancelled.iter().any(|job| job.id == made[2]) && cancelled.iter().all(|job| job.id != made[1]));
    for id in &made[..2] {
        jobs.cancel(id).await.unwrap();
    }
    client.files().delete(&file.id).await.unwrap();
}
