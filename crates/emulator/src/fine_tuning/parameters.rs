use mistral_models::{
    ClassifierTarget, CreateFineTuningJob, FileId, FineTuningJobType, GithubRepository, Hyperparameters, Integration,
    ModelId, TrainedRepository, TrainingFile, WandbRun,
};
use serde_json::{Value, json};

use crate::error::{ApiError, Complaints};
use crate::fields::Fields;
use crate::ids::hex;

/// What the creation of a job asks for, checked. Keys and tokens of other services are not in it: nobody here needs
/// them.
pub(super) struct Parameters {
    pub(super) training: Training,
    pub(super) auto_start: bool,
    /// The part of the samples, 0 to 0.5, that may be invalid and is left out then.
    pub(super) skip: f64,
    pub(super) integrations: Vec<WandbRun>,
}

/// What is trained how: two jobs that agree in this are similar.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Training {
    pub(super) model: ModelId,
    pub(super) kind: FineTuningJobType,
    pub(super) hyperparameters: Hyperparameters,
    pub(super) training_files: Vec<TrainingFile>,
    pub(super) validation_files: Vec<FileId>,
    pub(super) repositories: Vec<TrainedRepository>,
    pub(super) suffix: Option<String>,
    pub(super) targets: Vec<ClassifierTarget>,
}

impl Training {
    pub(super) fn is_classifier(&self) -> bool {
        self.kind == FineTuningJobType::Classifier
    }
}

impl Parameters {
    /// Reads the body of a creation.
    ///
    /// A job without a type is a classifier if it has targets. Files may be named by their ids alone, as the first
    /// clients did.
    pub(super) fn parse(body: &[u8]) -> Result<Self, ApiError> {
        let mut body = Fields::parse(body)?;
        body.require("model");
        body.require("hyperparameters");
        let mut asked = CreateFineTuningJob::new(body.text("model").unwrap_or_default());
        let object = "Input should be a valid dictionary";
        asked.hyperparameters = body.read("hyperparameters", object, "model_type").unwrap_or_default();
        let list = "Input should be a list of file ids, or of objects with file_id and weight";
        asked.training_files = body.read("training_files", list, "list_type");
        asked.validation_files = body.read("validation_files", "Input should be a list of file ids", "list_type");
        asked.suffix = body.text("suffix");
        asked.integrations =
            body.read("integrations", "Input should be a list of objects with project and api_key", "list_type");
        asked.auto_start = body.read("auto_start", "Input should be a valid boolean", "bool_type");
        asked.invalid_sample_skip_percentage =
            body.read("invalid_sample_skip_percentage", "Input should be a valid number", "float_type");
        asked.job_type = body.text("job_type").map(FineTuningJobType::from);
        asked.repositories =
            body.read("repositories", "Input should be a list of objects with name, owner and token", "list_type");
        asked.classifier_targets =
            body.read("classifier_targets", "Input should be a list of objects with name and labels", "list_type");
        lower(&mut asked);
        check(&asked, &mut body.complaints);
        body.complaints.check()?;
        Ok(Self::of(asked))
    }

    fn of(asked: CreateFineTuningJob) -> Self {
        let targets = asked.classifier_targets.unwrap_or_default();
        let of_targets =
            || if targets.is_empty() { FineTuningJobType::Completion } else { FineTuningJobType::Classifier };
        let kind = asked.job_type.unwrap_or_else(of_targets);
        let mut hyperparameters = asked.hyperparameters;
        hyperparameters.weight_decay.get_or_insert(0.1);
        hyperparameters.warmup_fraction.get_or_insert(0.05);
        if kind == FineTuningJobType::Completion {
            hyperparameters.fim_ratio.get_or_insert(0.9);
        }
        Self {
            training: Training {
                model: asked.model,
                kind,
                hyperparameters,
                training_files: asked.training_files.unwrap_or_default(),
                validation_files: asked.validation_files.unwrap_or_default(),
                repositories: asked.repositories.unwrap_or_default().iter().map(at_a_commit).collect(),
                suffix: asked.suffix,
                targets,
            },
            auto_start: asked.auto_start.unwrap_or(false),
            skip: asked.invalid_sample_skip_percentage.unwrap_or(0.0),
            integrations: asked.integrations.unwrap_or_default().into_iter().filter_map(run).collect(),
        }
    }
}

/// File ids in lower case: upper case is as good.
fn lower(asked: &mut CreateFineTuningJob) {
    let lower = |id: &mut FileId| *id = FileId::from(id.as_str().to_ascii_lowercase());
    asked.training_files.iter_mut().flatten().for_each(|file| lower(&mut file.file_id));
    asked.validation_files.iter_mut().flatten().for_each(lower);
}

fn check(asked: &CreateFineTuningJob, complaints: &mut Complaints) {
    if let Err(invalid) = asked.check() {
        let location: Vec<Value> = std::iter::once("body").chain(invalid.field().split('.')).map(Value::from).collect();
        complaints.add(Value::Array(location), invalid.to_string(), "value_error");
    }
    let training = asked.training_files.iter().flatten().map(|file| &file.file_id).enumerate();
    let ids = training
        .map(|(at, id)| ("training_files", at, id))
        .chain(asked.validation_files.iter().flatten().enumerate().map(|(at, id)| ("validation_files", at, id)));
    for (name, at, _) in ids.filter(|(_, _, id)| id.check().is_err()) {
        complaints.add(json!(["body", name, at]), "Input should be a valid UUID", "uuid_parsing");
    }
    if asked.job_type.as_ref().is_some_and(|kind| !kind.is_known()) {
        complaints.add(json!(["body", "job_type"]), "Input should be 'completion' or 'classifier'", "enum");
    }
    for (at, integration) in asked.integrations.iter().flatten().enumerate() {
        if !matches!(integration, Integration::Wandb(_)) {
            complaints.add(json!(["body", "integrations", at, "type"]), "Input should be 'wandb'", "literal_error");
        }
    }
    let has = |list: Option<usize>| list.is_some_and(|count| count > 0);
    let classifier = asked.job_type == Some(FineTuningJobType::Classifier);
    if asked.job_type == Some(FineTuningJobType::Completion) && has(asked.classifier_targets.as_ref().map(Vec::len)) {
        let message = "Only a classifier has classifier_targets";
        complaints.add(json!(["body", "classifier_targets"]), message, "value_error");
    }
    if classifier && has(asked.repositories.as_ref().map(Vec::len)) {
        complaints.add(json!(["body", "repositories"]), "A classifier has no repositories", "value_error");
    }
}

fn run(integration: Integration) -> Option<WandbRun> {
    let Integration::Wandb(asked) = integration else { return None };
    let mut run = WandbRun::new(asked.project);
    run.name = asked.name;
    run.run_name = asked.run_name;
    Some(run)
}

/// The repository as a job shows it. Nothing is fetched: the commit is made up.
fn at_a_commit(asked: &GithubRepository) -> TrainedRepository {
    let reference = asked.reference.as_deref().unwrap_or_default();
    let commit = hex(&[asked.owner.as_bytes(), asked.name.as_bytes(), reference.as_bytes()], 40);
    let mut repository = TrainedRepository::new(&asked.owner, &asked.name, commit);
    repository.reference.clone_from(&asked.reference);
    repository.weight = asked.weight;
    repository
}
