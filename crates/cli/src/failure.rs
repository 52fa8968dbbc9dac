use std::error::Error;
use std::fmt;
use std::io;

use mistral_sdk::ErrorKind;
use mistral_sdk::runs::InvalidInput;

use crate::exit_code::ExitCode;
use crate::runs;
use crate::terminal::Screen;

/// Why a command stopped: what happened, what to do next, and the exit code that goes with it.
#[derive(Debug)]
pub(crate) struct Failure {
    code: ExitCode,
    what: String,
    more: Vec<(&'static str, String)>,
    source: Option<Box<dyn Error + Send + Sync>>,
    silent: bool,
}

pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    pub(crate) fn new(code: ExitCode, what: impl Into<String>) -> Self {
        Self { code, what: what.into(), more: Vec::new(), source: None, silent: false }
    }

    /// The command line cannot be carried out as written.
    pub(crate) fn usage(what: impl Into<String>) -> Self {
        Self::new(ExitCode::Usage, what)
    }

    /// The input cannot be sent as it is.
    pub(crate) fn input(what: impl Into<String>) -> Self {
        Self::new(ExitCode::InvalidInput, what)
    }

    /// The network, a disk or the service got in the way.
    pub(crate) fn unexpected(what: impl Into<String>) -> Self {
        Self::new(ExitCode::Unexpected, what)
    }

    /// Writing to standard output failed. A reader that has seen enough and closed the pipe is no failure.
    pub(crate) fn stdout(error: io::Error) -> Self {
        let silent = error.kind() == io::ErrorKind::BrokenPipe;
        let code = if silent { ExitCode::Success } else { ExitCode::Unexpected };
        Self { silent, ..Self::new(code, "standard output cannot be written").because(error) }
    }

    /// A fact about the failure, under a label: `request id`.
    pub(crate) fn fact(mut self, label: &'static str, text: impl Into<String>) -> Self {
        self.more.push((label, text.into()));
        self
    }

    /// What to do next.
    pub(crate) fn help(self, text: impl Into<String>) -> Self {
        self.fact("help", text)
    }

    /// A line that belongs to the message, without a label.
    pub(crate) fn line(self, text: impl Into<String>) -> Self {
        self.fact("", text)
    }

    /// The cause. The operating system's reason belongs to the message; longer chains show with `--verbose`.
    pub(crate) fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let source = source.into();
        if source.is::<io::Error>() {
            self.what = format!("{}: {source}", self.what);
        }
        self.source = Some(source);
        self
    }

    pub(crate) fn code(&self) -> ExitCode {
        self.code
    }

    /// Nobody is left to be told.
    pub(crate) fn is_silent(&self) -> bool {
        self.silent
    }

    /// What the API, or the way to it, had to say.
    pub(crate) fn api_error(&self) -> Option<&mistral_sdk::Error> {
        self.source.as_deref()?.downcast_ref()
    }

    /// Tells the user.
    pub(crate) fn show(&self, screen: Screen) {
        if self.silent {
            return;
        }
        screen.error(&self.what);
        if screen.verbose {
            let mut cause = self.source.as_deref().map(|source| source as &(dyn Error + 'static));
            while let Some(error) = cause {
                let text = error.to_string();
                // The message may be the cause's own, word for word or at its end.
                if !self.what.ends_with(&text) {
                    screen.about_error("caused by: ", &text);
                }
                cause = error.source();
            }
        }
        for (label, text) in &self.more {
            match *label {
                "" => screen.about_error("  ", text),
                label => screen.about_error(&format!("{label}: "), text),
            }
        }
    }
}

impl From<mistral_sdk::Error> for Failure {
    fn from(error: mistral_sdk::Error) -> Self {
        let cause = error.source().and_then(|cause| cause.downcast_ref::<InvalidInput>());
        if let Some(invalid) = cause {
            return runs::invalid(&invalid.report);
        }
        let code = match error.kind() {
            // What was read to make requests of, and could not be.
            ErrorKind::BadInput if error.source().is_some_and(|cause| cause.is::<io::Error>()) => {
                ExitCode::InvalidInput
            }
            ErrorKind::Auth => ExitCode::Authentication,
            ErrorKind::Config | ErrorKind::BadInput | ErrorKind::Journal => ExitCode::Usage,
            ErrorKind::OverBudget | ErrorKind::Quota => ExitCode::OverBudget,
            ErrorKind::WaitDeadline => ExitCode::StillRunning,
            ErrorKind::InputChanged => ExitCode::InvalidInput,
            ErrorKind::Gone => ExitCode::Retired,
            _ => ExitCode::Unexpected,
        };
        let mut failure = Self::new(code, error.to_string());
        let tuning = error.operation().is_some_and(|operation| operation.starts_with("fine_tuning."));
        if error.kind() == ErrorKind::Gone && tuning {
            failure = failure.help(RETIRED);
        } else if error.kind() == ErrorKind::OverBudget {
            failure = failure
                .help("Allow more with --max-cost, or send less; mistral-jobs batch plan says what it adds up to.");
        } else if let Some(advice) = error.advice() {
            failure = failure.help(sentence(&advice));
        }
        failure.because(error)
    }
}

/// What is left of the retired part of the API.
const RETIRED: &str = "Private deployments may still train: name yours with --base-url. Fine-tuned models can be managed \
                       and used as before. To try training out: mistral-jobs ft demo";

/// The library's errors begin small and end open.
fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().map(char::to_uppercase).into_iter().flatten();
    first.chain(rest).chain((!text.ends_with('.')).then_some('.')).collect()
}

/// Everything that is shown, one line each. For tests and for writing it elsewhere.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        self.more.iter().try_for_each(|(label, text)| match *label {
            "" => write!(f, "\n  {text}"),
            label => write!(f, "\n{label}: {text}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_pipe_is_silent_and_no_failure() {
        let failure = Failure::stdout(io::ErrorKind::BrokenPipe.into());
        assert!(failure.silent);
        assert_eq!(failure.code(), ExitCode::Success);
        assert_eq!(Failure::stdout(io::ErrorKind::StorageFull.into()).code(), ExitCode::Unexpected);
    }

    #[test]
    fn a_proxy_that_refuses_is_no_mistake_of_the_command_line() {
        let failure = Failure::from(mistral_sdk::Error::new(ErrorKind::Proxy, "407"));
        assert_eq!(failure.code(), ExitCode::Unexpected);
        assert!(failure.to_string().contains("help: Check the proxy, its user name"), "{failure}");
    }

    #[test]
    fn the_reason_of_the_operating_system_is_part_of_the_message() {
        let failure = Failure::unexpected("a.jsonl cannot be read").because(io::Error::from(io::ErrorKind::NotFound));
        assert_eq!(
            failure.help("Check the name.").to_string(),
            "a.jsonl cannot be read: entity not found\nhelp: Check the name."
        );
    }
}
