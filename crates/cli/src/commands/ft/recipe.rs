//! A job from the command line.

use std::path::{Path, PathBuf};

use mistral_sdk::Upload;
use mistral_sdk::datasets::training::{self, Code, Options};
use mistral_sdk::models::{
    ClassifierTarget, CreateFineTuningJob, FileId, FilePurpose, FineTuningJobType, Hyperparameters, TrainingFile,
};

use super::kind::check_kind;
use super::outside::{repositories, wandb};
use super::training_data::{check, check_validation_size, size};
use crate::args::RecipeArgs;
use crate::connect::Session;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::stage::Stage;
use crate::terminal::{Activity, Bytes};

/// Where the data of a job is.
#[derive(Debug, PartialEq)]
enum Source {
    /// On the service.
    Uploaded(FileId),
    /// On this machine.
    Local(PathBuf),
}

impl Source {
    /// What reads as an id is one; a file of such a name is `./` and the name.
    fn of(text: &Path) -> Self {
        let id = text.to_str().map(FileId::from).filter(|id| id.check().is_ok());
        id.map_or_else(|| Self::Local(text.to_owned()), Self::Uploaded)
    }
}

/// Checks the options and the local files, uploads those, and gives the job.
///
/// # Errors
///
/// What the API would refuse, and data with problems, before anything is sent.
pub(super) async fn prepare(context: &Context, args: &RecipeArgs) -> Result<(Session, CreateFineTuningJob)> {
    context.stage.set(Stage::NoJobYet);
    let training: Vec<_> = args.files.iter().map(|file| Source::of(file)).collect();
    let validation: Vec<_> = args.validation.iter().map(|file| Source::of(file)).collect();
    let mut job = options(args)?;
    // An id of nobody in place of the files: all but them is checked before they are read.
    with_weights(job.clone(), vec![FileId::from(PLACEHOLDER); training.len()], &args.weight)?
        .check()
        .map_err(|invalid| Failure::usage(format!("--{}", flag(&invalid.to_string()))).help(HELP))?;
    check_local(context, &training, &validation, &job, args.skip_check).await?;
    let session = context.connect()?;
    let mut sent = Vec::new();
    let mut ids = Vec::new();
    for source in &training {
        ids.push(upload(context, &session, source, &mut sent).await?);
    }
    job = with_weights(job, ids, &args.weight)?;
    for source in &validation {
        job = job.validation_file(upload(context, &session, source, &mut sent).await?);
    }
    Ok((session, job))
}

const PLACEHOLDER: &str = "00000000-0000-4000-8000-000000000000";
const HELP: &str = "Correct the option; mistral-jobs ft create --help describes it.";

/// The fields of the job in the words of the command line.
fn flag(invalid: &str) -> String {
    let name = invalid.strip_prefix("hyperparameters.").unwrap_or(invalid);
    let weights =
        [("training_files", "weight"), ("repositories", "repository-weight"), ("classifier_targets", "target-weight")];
    let weight = weights.iter().find_map(|(field, flag)| Some(format!("{flag}{}", name.strip_prefix(field)?)));
    if let Some(weight) = weight {
        return weight;
    }
    let end = name.find(|char: char| !char.is_ascii_lowercase() && char != '_').unwrap_or(name.len());
    format!("{}{}", name[..end].replace('_', "-"), &name[end..])
}

fn options(args: &RecipeArgs) -> Result<CreateFineTuningJob> {
    let mut hyperparameters = Hyperparameters::default().learning_rate(args.learning_rate);
    hyperparameters.training_steps = args.training_steps;
    hyperparameters.epochs = args.epochs;
    hyperparameters.weight_decay = args.weight_decay;
    hyperparameters.warmup_fraction = args.warmup_fraction;
    hyperparameters.seq_len = args.seq_len;
    hyperparameters.fim_ratio = args.fim_ratio;
    let mut job = CreateFineTuningJob::new(&args.model).hyperparameters(hyperparameters);
    job.suffix = args.suffix.clone();
    job.auto_start = args.starts_itself();
    if args.invalid_sample_skip_percentage.is_some() {
        job.invalid_sample_skip_percentage = args.invalid_sample_skip_percentage;
    }
    job.job_type = args.job_type.clone();
    for target in targets(args)? {
        job = job.classifier_target(target);
    }
    match &args.job_type {
        Some(kind) if *kind != FineTuningJobType::Classifier && !args.classifier_target.is_empty() => {
            return Err(Failure::usage(format!("--classifier-target: a job of the type {kind} has none"))
                .help("Leave out --job-type, or the targets."));
        }
        None if !args.classifier_target.is_empty() => job = job.job_type(FineTuningJobType::Classifier),
        _ => {}
    }
    if let Some(wandb) = wandb(&args.wandb)? {
        job = job.integration(wandb);
    }
    for repository in repositories(&args.repositories)? {
        job = job.repository(repository);
    }
    Ok(job)
}

/// The targets with what was said of them apart.
fn targets(args: &RecipeArgs) -> Result<Vec<ClassifierTarget>> {
    let mut targets = args.classifier_target.clone();
    let mut set = |flag: &str, name: &str, change: &dyn Fn(&mut ClassifierTarget)| {
        let target = targets.iter_mut().find(|target| target.name == name).ok_or_else(|| {
            Failure::usage(format!("{flag}: there is no target {name}"))
                .help(format!("Name it first: --classifier-target {name}=LABEL,LABEL"))
        })?;
        change(target);
        Ok::<_, Failure>(())
    };
    for (name, weight) in &args.target_weight {
        set("--target-weight", name, &|target| target.weight = *weight)?;
    }
    for (name, function) in &args.target_loss {
        set("--target-loss", name, &|target| target.loss_function = Some(function.clone()))?;
    }
    Ok(targets)
}

fn with_weights(mut job: CreateFineTuningJob, ids: Vec<FileId>, weights: &[f64]) -> Result<CreateFineTuningJob> {
    if !weights.is_empty() && weights.len() != ids.len() {
        let s = if ids.len() == 1 { "" } else { "s" };
        return Err(Failure::usage(format!("--weight: {} weights for {} file{s}", weights.len(), ids.len()))
            .help("Give one for each file, in their order, or none."));
    }
    for (at, id) in ids.into_iter().enumerate() {
        job = job.training_file(TrainingFile::new(id).weight(weights.get(at).copied().unwrap_or(1.0)));
    }
    Ok(job)
}

async fn check_local(
    context: &Context,
    training: &[Source],
    validation: &[Source],
    job: &CreateFineTuningJob,
    skip: bool,
) -> Result<()> {
    let (mut bytes, mut reports, mut all_local) = ([0, 0], [Vec::new(), Vec::new()], true);
    let kinds = [(training, Options::default()), (validation, Options::default().validation())];
    for (((sources, options), bytes), reports) in kinds.into_iter().zip(&mut bytes).zip(&mut reports) {
        for source in sources {
            match source {
                Source::Uploaded(_) => all_local = false,
                Source::Local(path) => {
                    *bytes += size(path)?;
                    if !skip {
                        let report = check(context, path, options.clone()).await?;
                        check_kind(path, &report, job)?;
                        reports.push(report);
                    }
                }
            }
        }
    }
    let [training, validation] = bytes;
    let [trained, measured] = &mut reports;
    let mut leaked = 0;
    for report in measured {
        training::compare(trained, report)
            .map_err(|error| Failure::unexpected("the files cannot be compared").because(error))?;
        leaked += report.count(Code::LeakedSample);
    }
    if leaked > 0 {
        let s = if leaked == 1 { "" } else { "s" };
        context.screen.warn(&format!("--validation: {leaked} sample{s} trained on too: the loss will look too good"));
    }
    // The size of what was uploaded earlier, and of repositories, is the service's to know.
    let all_local = all_local && job.repositories.iter().flatten().next().is_none();
    if all_local && !skip { check_validation_size(training, validation) } else { Ok(()) }
}

/// The id of the data on the service, where it is put if it is not there.
async fn upload(context: &Context, session: &Session, source: &Source, sent: &mut Vec<FileId>) -> Result<FileId> {
    let path = match source {
        Source::Uploaded(id) => return Ok(id.clone()),
        Source::Local(path) => path,
    };
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let uploading = Activity::start(context.screen, &format!("uploading {name} ({})", Bytes(size(path)?)));
    let file = session.client.files().upload(Upload::path(path).filename(&name), FilePurpose::FineTune).await?;
    drop(uploading);
    context.screen.note(&format!("uploaded {name} as file {}", file.id));
    sent.push(file.id.clone());
    context.stage.set(Stage::Sent(sent.clone()));
    Ok(file.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_told_from_a_path() {
        let id = "0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d";
        assert_eq!(Source::of(Path::new(id)), Source::Uploaded(id.into()));
        for path in ["train.jsonl", "./0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d", ""] {
            assert_eq!(Source::of(Path::new(path)), Source::Local(path.into()));
        }
    }

    #[test]
    fn fields_are_named_as_the_options_are() {
        assert_eq!(flag("hyperparameters.learning_rate: 2 is out of range"), "learning-rate: 2 is out of range");
        assert_eq!(flag("suffix: 19 characters"), "suffix: 19 characters");
        assert_eq!(flag("repositories: the weight 0"), "repository-weight: the weight 0");
        assert_eq!(flag("classifier_targets: the weight -1"), "target-weight: the weight -1");
        assert_eq!(flag("training_files: the weight 0 is out of range"), "weight: the weight 0 is out of range");
    }
}
