use mistral_sdk::models::{CreateBatchJob, FileId};

use crate::args::Global;
use crate::failure::Failure;
use crate::shell::quoted;
use crate::stage::same_api;

/// An uploaded input that no job reads yet. It stays on the service until somebody deletes it.
#[derive(Debug, Clone)]
pub(crate) struct Uploaded {
    id: FileId,
    /// The options of `batch create` that make the job that was meant.
    job: String,
    /// The file lives in this process.
    emulated: bool,
    /// Options that lead to the same API.
    same_api: String,
}

impl Uploaded {
    pub(crate) fn new(id: &FileId, job: &CreateBatchJob, global: &Global) -> Self {
        Self { id: id.clone(), job: options(job), emulated: global.emulator, same_api: same_api(global) }
    }

    /// What to tell after an interruption.
    pub(crate) fn interrupted(&self) -> Vec<String> {
        if self.emulated {
            return vec!["interrupted; no job was created and no output written".to_owned()];
        }
        let mut lines = vec![format!("interrupted; the input is uploaded as file {}, no job was created", self.id)];
        lines.extend(self.advice());
        lines
    }

    /// What to tell of the file if the job that was to read it cannot be found.
    pub(crate) fn if_there_is_no_job(&self) -> Vec<String> {
        let mut lines = vec![format!("If there is no such job: the input is uploaded as file {}", self.id)];
        lines.extend(self.advice());
        lines
    }

    /// The commands that use the file, or get rid of it.
    fn advice(&self) -> [String; 2] {
        let Self { id, job, same_api, .. } = self;
        let id = quoted(id.as_str());
        [
            format!("To go on with it: mistral-jobs batch create --input-file {id}{job}{same_api}"),
            format!("To delete it:     mistral-jobs files delete {id}{same_api}"),
        ]
    }

    /// Adds the file to a failure, and the commands if it is certain that no job reads it.
    pub(crate) fn add_to(&self, failure: Failure) -> Failure {
        if self.emulated {
            return failure;
        }
        let maybe_created = failure.api_error().is_some_and(mistral_sdk::Error::is_maybe_created);
        let failure = failure.fact("uploaded file", self.id.as_str());
        if maybe_created { failure } else { self.advice().into_iter().fold(failure, Failure::help) }
    }
}

/// The job as a command line, without its requests.
fn options(job: &CreateBatchJob) -> String {
    let mut options = format!(" --endpoint {}", quoted(job.endpoint.as_str()));
    if !job.endpoint.is_known() {
        options.push_str(" --allow-unknown-endpoint");
    }
    if let Some(model) = &job.model {
        options.push_str(&format!(" --model {}", quoted(model.as_str())));
    }
    if let Some(agent) = &job.agent_id {
        options.push_str(&format!(" --agent-id {}", quoted(agent.as_str())));
    }
    for (key, value) in job.metadata.iter().flatten() {
        options.push_str(&format!(" --metadata {}", quoted(format!("{key}={value}"))));
    }
    if let Some(hours) = job.timeout_hours {
        options.push_str(&format!(" --timeout-hours {hours}"));
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_make_the_job_that_was_meant_or_delete_the_file() {
        let job = CreateBatchJob::new("/v1/new").model("m").metadata("team", "night shift").timeout_hours(12);
        let uploaded = Uploaded {
            id: "0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d".into(),
            job: options(&job),
            emulated: false,
            same_api: " --base-url http://127.0.0.1:8787".into(),
        };
        assert_eq!(
            uploaded.interrupted(),
            [
                "interrupted; the input is uploaded as file 0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d, no job was created",
                "To go on with it: mistral-jobs batch create --input-file 0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d \
                 --endpoint /v1/new --allow-unknown-endpoint --model m --metadata 'team=night shift' \
                 --timeout-hours 12 --base-url http://127.0.0.1:8787",
                "To delete it:     mistral-jobs files delete 0d9c8b7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d \
                 --base-url http://127.0.0.1:8787",
            ]
        );
    }
}
