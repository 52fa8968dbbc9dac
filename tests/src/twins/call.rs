//! A case made through the facade.

use mistral_sdk::{
    BatchJob, Client, CreateBatchJob, CreateFineTuningJob, DateTime, FilePurpose, FileVisibility, GetBatchJob,
    GetSignedUrl, ListBatchJobs, ListFiles, ListFineTuningJobs, ListModels, UpdateModel, Upload,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::case::Case;
use super::generation::Generation;
use super::outcome::Outcome;
use crate::recorder::Recorder;

type Parameters = Map<String, Value>;
type Made = Result<Value, Box<dyn std::error::Error>>;

/// Makes the call as a caller of `generation` would have it made, against `answer`.
///
/// What that generation cannot say is left out of what the facade says by itself: it is what the calls have in common
/// that is compared.
pub async fn make(case: &Case, generation: &Generation, answer: Value) -> Outcome {
    let recorder = Recorder::answering(answer);
    let made = call(&recorder.client(), case, generation).await;
    let sent = recorder.first();
    match made {
        Ok(read) => Outcome { sent, read: Some(read), refused: None },
        Err(error) => Outcome { sent, read: None, refused: Some(error.to_string()) },
    }
}

async fn call(client: &Client, case: &Case, generation: &Generation) -> Made {
    let given = &case.parameters;
    let (files, jobs, models) = (client.files(), client.batch().jobs(), client.models());
    let tuning = client.fine_tuning().jobs();
    let said = |name: &str| {
        let parameter = case.operation.parameters.iter().find(|parameter| parameter.name == name);
        parameter.is_some_and(|parameter| parameter.spoken.by(generation))
    };
    match case.operation.name {
        "batch.jobs.list" => {
            let mut params: ListBatchJobs = over(&ListBatchJobs::default(), &list_filters(given)?)?;
            if !said("order_by") {
                params.order_by = None;
            }
            read(jobs.list(&params).await?)
        }
        "batch.jobs.create" => {
            let job: CreateBatchJob = over(&CreateBatchJob::new(text(given, "endpoint")?), given)?;
            read(jobs.create(&job).await?)
        }
        "batch.jobs.get" => {
            let params: GetBatchJob = over(&GetBatchJob::default(), given)?;
            read::<BatchJob>(jobs.get_with(text(given, "job_id")?, &params).await?)
        }
        "batch.jobs.cancel" => read(jobs.cancel(text(given, "job_id")?).await?),
        "batch.jobs.delete" => read(jobs.delete(text(given, "job_id")?).await?),
        "files.upload" => {
            let mut upload = upload(given)?;
            if !said("visibility") {
                upload = upload.visibility(None);
            }
            let purpose = given.get("purpose").and_then(Value::as_str).map(FilePurpose::from);
            read(files.upload(upload, purpose).await?)
        }
        "files.list" => {
            let mut params: ListFiles = over(&ListFiles::default(), given)?;
            if !said("include_total") {
                params.include_total = None;
            }
            read(files.list(&params).await?)
        }
        "files.get" => read(files.get(text(given, "file_id")?).await?),
        "files.delete" => read(files.delete(text(given, "file_id")?).await?),
        "files.download" => {
            let bytes = files.download(text(given, "file_id")?).await?.bytes().await?;
            Ok(String::from_utf8(bytes.to_vec())?.into())
        }
        "files.signed_url" => {
            let params: GetSignedUrl = over(&GetSignedUrl::default(), given)?;
            read(files.signed_url(text(given, "file_id")?, &params).await?)
        }
        "fine_tuning.jobs.list" => {
            let params: ListFineTuningJobs = over(&ListFineTuningJobs::default(), &moments(given)?)?;
            read(tuning.list(&params).await?)
        }
        "fine_tuning.jobs.create" => {
            let mut job: CreateFineTuningJob = over(&CreateFineTuningJob::new(text(given, "model")?), given)?;
            if !said("invalid_sample_skip_percentage") {
                job.invalid_sample_skip_percentage = None;
            }
            read(tuning.create(&job).await?)
        }
        "fine_tuning.jobs.get" => read(tuning.get(text(given, "job_id")?).await?),
        "fine_tuning.jobs.cancel" => read(tuning.cancel(text(given, "job_id")?).await?),
        "fine_tuning.jobs.start" => read(tuning.start(text(given, "job_id")?).await?),
        "models.list" => read(models.list(&over(&ListModels::default(), given)?).await?),
        "models.get" => read(models.get(text(given, "model_id")?).await?),
        "models.delete" => read(models.delete(text(given, "model_id")?).await?),
        "models.update" => {
            let change: UpdateModel = over(&UpdateModel::default(), given)?;
            read(models.update(text(given, "model_id")?, &change).await?)
        }
        "models.archive" => read(models.archive(text(given, "model_id")?).await?),
        "models.unarchive" => read(models.unarchive(text(given, "model_id")?).await?),
        other => Err(format!("the facade has no {other}").into()),
    }
}

fn read<T: Serialize>(answer: T) -> Made {
    Ok(serde_json::to_value(answer)?)
}

fn text<'a>(given: &'a Parameters, name: &str) -> Result<&'a str, Box<dyn std::error::Error>> {
    given.get(name).and_then(Value::as_str).ok_or_else(|| format!("no text for {name}").into())
}

/// The defaults with what is given laid over them. A null takes a default away; in a list's place it says nothing.
fn over<T: Serialize + DeserializeOwned>(defaults: &T, given: &Parameters) -> Result<T, serde_json::Error> {
    let mut all = serde_json::to_value(defaults)?;
    if let Value::Object(all) = &mut all {
        for (name, value) in given {
            let nothing =
                value.is_null() && all.get(name).is_some_and(|default| default.is_array() || default.is_object());
            if !nothing {
                all.insert(name.clone(), value.clone());
            }
        }
    }
    serde_json::from_value(all)
}

/// Lists take notes as text, and a status in the plural.
fn list_filters(given: &Parameters) -> Result<Parameters, Box<dyn std::error::Error>> {
    let mut filters = moments(given)?;
    if let Some(Value::Object(notes)) = filters.get_mut("metadata") {
        notes.retain(|_, value| !value.is_null());
        for value in notes.values_mut().filter(|value| !value.is_string()) {
            *value = value.to_string().into();
        }
    }
    if let Some(Value::String(status)) = filters.get("status") {
        let one = vec![Value::from(status.as_str())];
        filters.insert("status".to_owned(), one.into());
    }
    Ok(filters)
}

/// The same parameters, once their dates have been read as a caller has them read.
fn moments(given: &Parameters) -> Result<Parameters, Box<dyn std::error::Error>> {
    for name in ["created_after", "created_before"] {
        if let Some(Value::String(moment)) = given.get(name) {
            DateTime::parse(moment)?;
        }
    }
    Ok(given.clone())
}

fn upload(given: &Parameters) -> Result<Upload, Box<dyn std::error::Error>> {
    let file = given.get("file").and_then(Value::as_object).ok_or("no file")?;
    let mut upload = Upload::bytes(text(file, "file_name")?, text(file, "content")?.to_owned());
    if let Some(Value::String(kind)) = file.get("content_type") {
        upload = upload.content_type(kind);
    }
    if let Some(hours) = given.get("expiry").and_then(Value::as_u64) {
        upload = upload.expiry(u32::try_from(hours)?);
    }
    if let Some(Value::String(visibility)) = given.get("visibility") {
        upload = upload.visibility(FileVisibility::from(visibility.as_str()));
    }
    Ok(upload)
}
