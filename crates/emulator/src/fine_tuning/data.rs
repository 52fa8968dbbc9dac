//! The reading of a job's data, by the checks of [`mistral_datasets`].

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufReader};
use std::sync::Arc;

use mistral_datasets::training::{self, Code, Family, Format, Options, Report, Severity};
use mistral_models::{ClassifierTarget, CreateFineTuningJob, FileId, LossFunction};
use serde_json::{Value, json};

use super::parameters::Training;
use crate::store::Content;

/// How many problems are told one by one.
const TOLD: usize = 10;

/// What a repository counts for, in tokens: about a megabyte. None is ever fetched.
const REPOSITORY_TOKENS: u64 = 250_000;

/// The files of a job, with the content they had when it was created.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) training: Vec<(FileId, Arc<Content>)>,
    pub(super) validation: Vec<(FileId, Arc<Content>)>,
}

/// What is in the data of a job.
#[derive(Debug, Default)]
pub(super) struct Data {
    /// Bytes of the training files.
    pub(super) bytes: u64,
    pub(super) samples: u64,
    /// Samples that cannot be trained on.
    pub(super) invalid: u64,
    /// Tokens of the training files, estimated, and of the repositories.
    pub(super) tokens: u64,
    labels: BTreeMap<String, BTreeSet<String>>,
    /// The targets for which samples have several labels.
    several: BTreeSet<String>,
    /// What is wrong with files as a whole, whatever part of the samples may be left out.
    refusals: Vec<Value>,
    problems: Vec<Value>,
}

impl Data {
    /// Reads all files of a job. A sample at a time is in memory, whatever the size of the files.
    pub(super) fn read(files: &Files, asked: &Training) -> io::Result<Self> {
        let mut data = Self::default();
        for (id, content) in &files.training {
            let report = data.file(id, content, Options::default(), asked)?;
            let statistics = report.statistics();
            data.bytes += content.bytes();
            data.tokens += statistics.tokens;
            for (target, labels) in &statistics.labels {
                data.labels.entry(target.clone()).or_default().extend(labels.keys().cloned());
                if labels.values().sum::<u64>() > statistics.samples {
                    data.several.insert(target.clone());
                }
            }
        }
        for (id, content) in &files.validation {
            data.file(id, content, Options::default().validation(), asked)?;
        }
        data.tokens += REPOSITORY_TOKENS * asked.repositories.len() as u64;
        // Repositories are training data too, of a size that nobody knows here.
        if asked.repositories.is_empty() {
            data.check_size_of(&files.validation);
        }
        data.check_labels(&asked.targets);
        Ok(data)
    }

    fn file(&mut self, id: &FileId, content: &Content, options: Options, asked: &Training) -> io::Result<Report> {
        // Copies are a matter for people; looking for them would cost memory and change nothing here.
        let options = options.kept_per_code(TOLD).duplicates(false);
        let report = training::check(BufReader::with_capacity(64 * 1024, content.open()?), options)?;
        self.samples += report.statistics().samples;
        self.invalid += report.invalid_samples();
        for problem in report.problems().iter().filter(|problem| problem.severity() == Severity::Error) {
            let told = json!({
                "file_id": id, "line": problem.line, "column": problem.column, "path": problem.path,
                "code": problem.code, "message": problem.message,
            });
            match problem.line {
                None => self.refusals.push(told),
                Some(_) if self.problems.len() < TOLD => self.problems.push(told),
                Some(_) => {}
            }
        }
        let labelled =
            |family| matches!(family, Family::ClassifierText | Family::ClassifierChat) && !asked.is_classifier();
        let unlabelled = |family| matches!(family, Family::Conversation | Family::Pretrain) && asked.is_classifier();
        let family = report.format().map(Format::family);
        if family.is_some_and(labelled) {
            self.refuse(Some(id), None, "Samples with labels are for classifiers");
        } else if family.is_some_and(unlabelled) {
            self.refuse(Some(id), None, "A classifier is trained on samples with labels");
        }
        Ok(report)
    }

    /// Validation data may have the smaller of 1 MB and 5 % of the training data.
    fn check_size_of(&mut self, validation: &[(FileId, Arc<Content>)]) {
        let most = (self.bytes / 20).min(CreateFineTuningJob::MAX_VALIDATION_BYTES);
        let bytes: u64 = validation.iter().map(|(_, content)| content.bytes()).sum();
        if bytes > most {
            let message = format!(
                "The validation files have {bytes} bytes; at most 5 % of the training files and 1 MB are allowed: {most}"
            );
            self.refuse(None, Some(Code::ValidationTooLarge), message);
        }
    }

    /// Every label must be one of its target, if the job names targets.
    fn check_labels(&mut self, targets: &[ClassifierTarget]) {
        if targets.is_empty() {
            return;
        }
        for (name, labels) in std::mem::take(&mut self.labels) {
            let Some(target) = targets.iter().find(|target| target.name == name) else {
                self.refuse(None, None, format!("The job has no target {name:?}, but samples are labelled for it"));
                continue;
            };
            if let Some(label) = labels.iter().find(|label| !target.labels.contains(label)) {
                self.refuse(None, None, format!("{label:?} is not a label of the target {name:?}"));
            }
        }
    }

    fn refuse(&mut self, file: Option<&FileId>, code: Option<Code>, message: impl Into<String>) {
        self.refusals.push(json!({
            "file_id": file, "line": null, "column": null, "path": null, "code": code, "message": message.into(),
        }));
    }

    /// The targets of a classifier: those that were asked for, or else those of the data, each with the labels that occur.
    /// Where no loss function was asked for, the data says which: several labels can be right if a sample has several.
    pub(super) fn targets(&self, asked: &[ClassifierTarget]) -> Vec<ClassifierTarget> {
        let of_data = || self.labels.iter().map(|(name, labels)| ClassifierTarget::new(name, labels)).collect();
        let mut targets = if asked.is_empty() { of_data() } else { asked.to_vec() };
        for target in &mut targets {
            let several = self.several.contains(&target.name);
            let function = if several { LossFunction::MultiClass } else { LossFunction::SingleClass };
            target.loss_function.get_or_insert(function);
        }
        targets
    }

    /// Why the data cannot be trained on, if up to the part `skip` of the samples may be left out: a sentence, and the
    /// first problems.
    pub(super) fn refusal(&self, skip: f64) -> Option<(String, Vec<Value>)> {
        let too_many = self.invalid as f64 > skip * self.samples as f64 || self.invalid == self.samples;
        let invalid = self.invalid > 0 && too_many;
        let problems: Vec<Value> = self.refusals.iter().chain(&self.problems).take(TOLD).cloned().collect();
        let first = problems.first()?;
        if self.refusals.is_empty() && !invalid {
            return None;
        }
        let line = first["line"].as_u64().map(|line| format!("line {line}: ")).unwrap_or_default();
        let message = first["message"].as_str().unwrap_or_default();
        let error = if self.refusals.is_empty() {
            let Self { invalid, samples, .. } = self;
            format!("{invalid} of {samples} samples are invalid, the first on {line}{message}")
        } else {
            format!("{line}{message}")
        };
        Some((error, problems))
    }
}
