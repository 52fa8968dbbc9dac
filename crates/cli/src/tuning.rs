use mistral_sdk::models::{FineTuningJob, FineTuningJobId, FineTuningJobStatus};

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
    /// The job is validated and does nothing until somebody starts it.
    waits: bool,
}

impl Tuning {
    pub(crate) fn new(id: &FineTuningJobId, global: &Global) -> Self {
        Self { id: id.clone(), emulated: global.emulator, same_api: same_api(global), waits: false }
    }

    /// Where the job stands, which decides what leads on.
    pub(crate) fn at(mut self, job: &FineTuningJob) -> Self {
        self.waits = job.status == FineTuningJobStatus::Validated && !job.auto_start;
        self
    }

    /// What becomes of the job when nobody looks any more.
    pub(crate) fn goes_on(&self) -> &'static str {
        match (self.emulated, self.waits) {
            (true, _) => "ended with the emulator",
            (false, true) => "waits for its start",
            (false, false) => "goes on",
        }
    }

    /// A command of the group `ft` about this job.
    pub(crate) fn command(&self, verb: &str) -> String {
        format!("mistral-jobs ft {verb} {}{}", quoted(self.id.as_str()), self.same_api)
    }

    /// What a wait that leads beyond the validation must be told of a job that nobody starts.
    pub(crate) fn needs_start(&self, job: &FineTuningJob) -> Option<String> {
        let before = matches!(
            job.status,
            FineTuningJobStatus::Queued | FineTuningJobStatus::Validating | FineTuningJobStatus::Validated
        );
        let validated = if job.status == FineTuningJobStatus::Validated { "" } else { " once it is validated" };
        (before && !job.auto_start)
            .then(|| format!("the job does not start by itself; to start it{validated}: {}", self.command("start")))
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
        let start = self.waits.then(|| format!("To start it:     {}", self.command("start")));
        let rest = [
            format!("To watch it:     {}", self.command("watch")),
            format!("For its report:  {} --output report.html", self.command("report")),
        ];
        start.into_iter().chain(rest).collect()
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
        let mut lines = vec![format!("interrupted; job {} {}", self.id, self.goes_on())];
        lines.extend(self.advice());
        lines
    }
}

#[cfg(test)]
mod tests {
    use mistral_sdk::models::{FineTuningJobType, UnixTime};

    use super::*;

    #[test]
    fn a_job_that_waits_for_its_start_is_told_of_until_it_runs() {
        let tuning = Tuning { id: "j".into(), emulated: false, same_api: String::new(), waits: false };
        let mut job = FineTuningJob::new("j", FineTuningJobType::Completion, "m", UnixTime::from_secs(0));
        job.status = FineTuningJobStatus::Validated;
        assert_eq!(
            tuning.needs_start(&job).as_deref(),
            Some("the job does not start by itself; to start it: mistral-jobs ft start j")
        );
        job.status = FineTuningJobStatus::Queued;
        assert!(tuning.needs_start(&job).is_some_and(|text| text.contains("once it is validated")));
        for (status, auto_start) in [(FineTuningJobStatus::Running, false), (FineTuningJobStatus::Validated, true)] {
            (job.status, job.auto_start) = (status, auto_start);
            assert_eq!(tuning.needs_start(&job), None);
        }
    }

    #[test]
    fn the_commands_lead_to_the_same_job() {
        let tuning = Tuning {
            id: "3b9f0c52-7a41-4c0e-9d7b-51e2a8f06d11".into(),
            emulated: false,
            same_api: " --base-url http://127.0.0.1:8787".into(),
            waits: false,
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
        let mut job = FineTuningJob::new("j", FineTuningJobType::Completion, "m", UnixTime::from_secs(0));
        job.status = FineTuningJobStatus::Validated;
        let lines = tuning.at(&job).interrupted();
        assert!(lines[0].ends_with(" waits for its start") && lines[1].contains("mistral-jobs ft start"), "{lines:?}");
    }
}
