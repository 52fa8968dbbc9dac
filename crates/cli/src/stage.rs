use std::path::Path;

use mistral_sdk::Marker;
use mistral_sdk::models::{BatchJobId, FileId};

use crate::args::Global;
use crate::failure::Failure;
use crate::runs;
use crate::shell::quoted;
use crate::tuning::Tuning;

/// How far a command has come, as seen by somebody who interrupts it.
#[derive(Debug, Default)]
pub(crate) enum Stage {
    /// Nothing that would need an explanation.
    #[default]
    Harmless,
    /// The input is being checked or sent; there is no job yet.
    NoJobYet,
    /// A run exists.
    Run(runs::GoOn),
    /// The request for a job is under way.
    Creating(Creation),
    /// A job exists.
    Job(GoOn),
    /// Training data is on the service; there is no job yet.
    Sent(Vec<FileId>),
    /// The request for a fine-tuning job is under way.
    CreatingTuning,
    /// A fine-tuning job exists.
    Tuning(Tuning),
}

impl Stage {
    /// What to tell after an interruption.
    pub(crate) fn interrupted(self) -> Vec<String> {
        match self {
            Self::Harmless => vec!["interrupted".to_owned()],
            Self::NoJobYet => vec!["interrupted; no job was created and no output written".to_owned()],
            Self::Run(go_on) => go_on.interrupted(),
            Self::Creating(Creation { marker, same_api }) => vec![
                "interrupted while the job was being created: it may exist, and cost money".to_owned(),
                look_for(&marker, &same_api),
            ],
            Self::Sent(files) => {
                let files: Vec<_> = files.iter().map(|file| file.as_str()).collect();
                vec![format!("interrupted; no job was created; uploaded already: {}", files.join(", "))]
            }
            Self::CreatingTuning => vec![
                "interrupted while the job was being created: it may exist, and cost money".to_owned(),
                "Look for it: mistral-jobs ft list".to_owned(),
            ],
            Self::Tuning(tuning) => tuning.interrupted(),
            Self::Job(go_on) => {
                let mut lines = vec![format!("interrupted; job {} goes on", go_on.id)];
                if go_on.emulated {
                    lines = vec![format!("interrupted; job {} ended with the emulator", go_on.id)];
                }
                lines.extend(go_on.advice());
                lines
            }
        }
    }
}

/// A request for a job that may or may not have arrived.
#[derive(Debug)]
pub(crate) struct Creation {
    marker: Marker,
    /// Options that lead to the same API.
    same_api: String,
}

impl Creation {
    pub(crate) fn new(marker: &Marker, global: &Global) -> Self {
        Self { marker: marker.clone(), same_api: same_api(global) }
    }
}

/// How to find a job whose creation was not answered.
pub(crate) fn look_for(marker: &Marker, same_api: &str) -> String {
    format!("Look for it: mistral-jobs batch list --metadata {marker}{same_api}")
}

/// Options that lead to the same API, for commands that people are told to type.
pub(crate) fn same_api(global: &Global) -> String {
    let mut options = String::new();
    if let Some(url) = &global.base_url {
        options.push_str(&format!(" --base-url {}", quoted(url)));
    }
    if let Some(file) = &global.api_key_file {
        options.push_str(&format!(" --api-key-file {}", quoted(file)));
    }
    options
}

/// How to take up a job again that this command no longer waits for.
#[derive(Debug, Clone)]
pub(crate) struct GoOn {
    pub(crate) id: BatchJobId,
    /// The job lives in this process.
    emulated: bool,
    /// Options that lead to the same API.
    same_api: String,
    /// The rest of `batch results`, if the command was to write results.
    results: String,
}

impl GoOn {
    pub(crate) fn new(id: &BatchJobId, global: &Global) -> Self {
        Self { id: id.clone(), emulated: global.emulator, same_api: same_api(global), results: String::new() }
    }

    /// The results were to be written like this.
    pub(crate) fn results(mut self, input: Option<&Path>, output: &Path, force: bool) -> Self {
        if let Some(input) = input {
            self.results.push_str(&format!(" --input {}", quoted(input)));
        }
        // Standard output is where they go anyway.
        if output.as_os_str() != "-" {
            self.results.push_str(&format!(" --output {}", quoted(output)));
        }
        if force {
            self.results.push_str(" --force");
        }
        self
    }

    /// The commands that go on, or why there are none.
    pub(crate) fn advice(&self) -> Vec<String> {
        if self.emulated {
            return vec![
                "An emulator inside the command ends with it. Start over, or keep one running: \
                 mistral-jobs emulator serve"
                    .to_owned(),
            ];
        }
        let Self { id, same_api, results, .. } = self;
        let id = quoted(id.as_str());
        let mut lines = vec![format!("To wait for it:  mistral-jobs batch wait {id}{same_api}")];
        lines.push(format!("For its results: mistral-jobs batch results {id}{results}{same_api}"));
        lines
    }

    /// Adds the commands to a failure.
    pub(crate) fn add_to(&self, failure: Failure) -> Failure {
        if failure.is_silent() {
            return failure;
        }
        self.advice().into_iter().fold(failure.fact("job", self.id.as_str()), Failure::help)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_lead_to_the_same_job_and_files() {
        let go_on = GoOn {
            id: "3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11".into(),
            emulated: false,
            same_api: " --base-url http://127.0.0.1:8787".into(),
            results: String::new(),
        };
        let lines =
            Stage::Job(go_on.results(Some(Path::new("my in.jsonl")), Path::new("out.jsonl"), true)).interrupted();
        assert_eq!(
            lines,
            [
                "interrupted; job 3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11 goes on",
                "To wait for it:  mistral-jobs batch wait 3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11 \
                 --base-url http://127.0.0.1:8787",
                "For its results: mistral-jobs batch results 3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11 \
                 --input 'my in.jsonl' --output out.jsonl --force --base-url http://127.0.0.1:8787",
            ]
        );
    }
}
