use std::path::{Path, PathBuf};

use mistral_sdk::ErrorKind;

use crate::args::{Global, PriceOptions};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::shell::quoted;
use crate::stage::same_api;

/// How to take up a run again that this command no longer drives.
#[derive(Debug, Clone)]
pub(crate) struct GoOn {
    folder: PathBuf,
    /// The jobs live in this process.
    emulated: bool,
    /// Options that lead to the same API, and to the same prices.
    options: String,
    /// Jobs of the run that exist, as far as that is known.
    jobs: u64,
    /// Whether an interruption is to cancel the jobs.
    cancelling: bool,
}

impl GoOn {
    pub(crate) fn new(folder: &Path, emulated: bool, prices: &PriceOptions, global: &Global) -> Self {
        let mut options = String::new();
        if let Some(prices) = &prices.prices {
            options.push_str(&format!(" --prices {}", quoted(prices)));
        }
        options.push_str(&same_api(global));
        Self { folder: folder.to_owned(), emulated, options, jobs: 0, cancelling: false }
    }

    /// An interruption is to cancel the jobs, or not.
    pub(crate) fn cancelling(self, cancelling: bool) -> Self {
        Self { cancelling, ..self }
    }

    /// The folder of the run, if an interruption is to cancel it. What lives in this process ends with it anyway.
    pub(crate) fn to_cancel(&self) -> Option<&Path> {
        (self.cancelling && !self.emulated).then_some(&self.folder)
    }

    /// So many jobs exist.
    pub(crate) fn with_jobs(&self, jobs: u64) -> Self {
        Self { jobs, ..self.clone() }
    }

    /// A command about the run, as people are told to type it; none for a run that ends with the command.
    pub(crate) fn command(&self, command: &str) -> Option<String> {
        let folder = quoted(&self.folder);
        (!self.emulated).then(|| format!("mistral-jobs run {command} {folder}{}", self.options))
    }

    fn shown(&self) -> String {
        self.folder.display().to_string()
    }

    /// How to go on, or why that cannot be done.
    pub(crate) fn advice(&self) -> String {
        self.command("resume").map_or_else(
            || {
                "An emulator inside the command ends with it. Start over, or keep one running: \
                 mistral-jobs emulator serve"
                    .to_owned()
            },
            |resume| format!("To go on: {resume}"),
        )
    }

    /// What to tell after an interruption.
    pub(crate) fn interrupted(&self) -> Vec<String> {
        let jobs = match self.jobs {
            1 => "1 job".to_owned(),
            jobs => format!("{jobs} jobs"),
        };
        let what = match (self.emulated, self.jobs) {
            (true, _) => "interrupted; the run ended with the emulator".to_owned(),
            (false, 0) => format!("interrupted; the run is kept in {}", self.shown()),
            (false, 1) => format!("interrupted; {jobs} goes on, and the run is kept in {}", self.shown()),
            (false, _) => format!("interrupted; {jobs} go on, and the run is kept in {}", self.shown()),
        };
        vec![what, self.advice()]
    }

    /// What to tell once an interruption has stopped so many jobs, `doubtful` if there may be one more.
    pub(crate) fn stopped(&self, jobs: usize, doubtful: bool) -> Vec<String> {
        let s = if jobs == 1 { " was" } else { "s were" };
        let mut lines =
            vec![format!("interrupted; {jobs} job{s} told to stop, and the run is kept in {}", self.shown())];
        if doubtful {
            lines.push(
                "A job was being created, and may exist: taking the run up looks for it, and cancels it.".to_owned(),
            );
        }
        lines.extend(self.command("resume").map(|resume| format!("To collect what was answered: {resume}")));
        lines
    }

    /// What to tell of an interruption that was itself interrupted.
    pub(crate) fn left(&self) -> Vec<String> {
        let cancel = self.command("cancel").map(|cancel| format!("To stop them: {cancel}"));
        ["interrupted; jobs that were not told to stop yet go on".to_owned()].into_iter().chain(cancel).collect()
    }

    /// What ended the run for now, and how to go on.
    pub(crate) fn failed(&self, error: mistral_sdk::Error) -> Failure {
        let kind = error.kind();
        if kind == ErrorKind::WaitDeadline {
            let goes_on = if self.emulated { "" } else { "; the jobs go on" };
            return self.add_to(Failure::new(ExitCode::StillRunning, format!("{error}{goes_on}")));
        }
        if error.is_maybe_created() && !self.emulated {
            let failure = Failure::new(ExitCode::Unexpected, error.to_string()).because(error);
            return self.add_to(failure.help(
                "A job may exist that nobody knows of yet. Resuming looks for it by its mark, and creates one only if there is none.",
            ));
        }
        let elsewhere = kind == ErrorKind::LocalIo && error.operation() == Some("runs.finish");
        match self.command("resume").filter(|_| elsewhere) {
            Some(resume) => Failure::from(error)
                .fact("run", self.shown())
                .help(format!("The answers are kept. To write them elsewhere: {resume} --output OTHER")),
            None => self.add_to(error.into()),
        }
    }

    /// Adds the run to a failure.
    pub(crate) fn add_to(&self, failure: Failure) -> Failure {
        match () {
            () if failure.is_silent() => failure,
            () if self.emulated => failure.help(self.advice()),
            () => failure.fact("run", self.shown()).help(self.advice()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn go_on(emulated: bool) -> GoOn {
        GoOn {
            folder: "my out.run".into(),
            emulated,
            options: " --base-url http://127.0.0.1:8787".into(),
            jobs: 0,
            cancelling: false,
        }
    }

    #[test]
    fn the_command_leads_to_the_same_run_and_the_same_api() {
        assert_eq!(
            go_on(false).with_jobs(2).interrupted(),
            [
                "interrupted; 2 jobs go on, and the run is kept in my out.run",
                "To go on: mistral-jobs run resume 'my out.run' --base-url http://127.0.0.1:8787",
            ]
        );
        assert_eq!(go_on(false).interrupted()[0], "interrupted; the run is kept in my out.run");
    }

    #[test]
    fn a_run_that_ended_with_its_emulator_is_not_promised() {
        let lines = go_on(true).with_jobs(1).interrupted().join("\n");
        assert!(lines.contains("ended with the emulator") && !lines.contains("resume"), "{lines}");
    }

    #[test]
    fn a_job_that_may_exist_is_said_to_be_looked_for() {
        let error = mistral_sdk::Error::maybe_created("batch.jobs.create", "no answer");
        let failure = go_on(false).failed(error).to_string();
        assert!(failure.contains("Resuming looks for it") && failure.contains("run resume 'my out.run'"), "{failure}");
    }
}
