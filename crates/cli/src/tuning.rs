use mistral_sdk::models::FineTuningJobId;

use crate::args::Global;
use crate::failure::Failure;
use crate::shell::quoted;
use crate::stage::same_api;

/// How to take up a fine-tuning job that this command lets go of.
#[derive(Debug, Clone)]
pub(crate) struct Tuning {
    pub(crate) id: FineTuningJobId,
    /// The job lives in this process.
    pub(crate) emulated: bool,
    /// Options that lead to the same API.
    same_api: String,
}

impl Tuning {
    pub(crate) fn new(id: &FineTuningJobId, global: &Global) -> Self {
        Self { id: id.clone(), emulated: global.emulator, same_api: same_api(global) }
    }

    /// A command of the group `ft` about this job.
    pub(crate) fn command(&self, verb: &str) -> String {
        format!("mistral-jobs ft {verb} {}{}", quoted(self.id.as_str()), self.same_api)
    }

    /// The commands that go on, or why there are none.
    pub(crate) fn advice(&self) -> Vec<String> {
        if self.emulated {
            return vec![
                "An emulator inside the command ends with it. See the whole road: mistral-jobs ft demo; \
                 or keep one running: mistral-jobs emulator serve"
                    .to_owned(),
            ];
        }
        vec![
            format!("To watch it:     {}", self.command("watch")),
            format!("For its report:  {} --output report.html", self.command("report")),
        ]
    }

    /// Adds the commands to a failure.
    pub(crate) fn add_to(&self, failure: Failure) -> Failure {
        if failure.is_silent() {
            return failure;
        }
        self.advice().into_iter().fold(failure.fact("job", self.id.as_str()), Failure::help)
    }

    /// What to tell after an interruption.
    pub(crate) fn interrupted(&self) -> Vec<String> {
        let goes_on = if self.emulated { "ended with the emulator" } else { "goes on" };
        let mut lines = vec![format!("interrupted; job {} {goes_on}", self.id)];
        lines.extend(self.advice());
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_lead_to_the_same_job() {
        let tuning = Tuning {
            id: "3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11".into(),
            emulated: false,
            same_api: " --base-url http://127.0.0.1:8787".into(),
        };
        assert_eq!(
            tuning.interrupted(),
            [
                "interrupted; job 3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11 goes on",
                "To watch it:     mistral-jobs ft watch 3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11 \
                 --base-url http://127.0.0.1:8787",
                "For its report:  mistral-jobs ft report 3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11 \
                 --base-url http://127.0.0.1:8787 --output report.html",
            ]
        );
    }
}
