use std::process;

/// How a command ended, as scripts see it. The numbers never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum ExitCode {
    /// Everything that was asked for succeeded.
    Success = 0,
    /// The network, a disk, the service or a bug got in the way.
    Unexpected = 1,
    /// The command line cannot be carried out as written. clap ends with the same number.
    Usage = 2,
    /// The job ended in another status than SUCCESS.
    JobEnded = 3,
    /// The key is missing, wrong, or not allowed to do this.
    Authentication = 4,
    /// The job succeeded, single requests did not.
    SomeFailed = 5,
    /// We stopped waiting, the job goes on.
    StillRunning = 6,
    /// The input cannot be sent as it is, or is left with errors.
    InvalidInput = 7,
    /// It may cost more than was allowed, or a quota is used up.
    OverBudget = 8,
    /// The service no longer offers this.
    Retired = 9,
    /// Stopped by Ctrl-C: 128 + SIGINT, as shells count.
    Interrupted = 130,
    /// Stopped by SIGTERM: 128 + 15.
    Terminated = 143,
}

/// The table of the main help text.
pub(crate) const TABLE: &str = "\
Exit codes:
    0  all requests succeeded
    1  unexpected failure: network, disk, service
    2  usage: wrong arguments, or an output or a folder of a run that cannot be used
    3  a job ended FAILED, CANCELLED, TIMEOUT_EXCEEDED or FAILED_VALIDATION; results are kept
    4  authentication: the key is missing, wrong or not allowed to do this
    5  finished, but some requests failed (with --allow-failures: more of them than that)
    6  the wait limit was reached, or results were asked for, while jobs go on
    7  the input is invalid: nothing was sent, or the data has errors that are left to you
    8  refused: it may cost more than --max-cost allows, or a quota is used up
    9  the service no longer offers this: it answers 410
  130  interrupted by Ctrl-C (143: by SIGTERM); jobs go on, and how to go on is printed";

impl From<ExitCode> for process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_names_every_code() {
        for code in [
            ExitCode::Success,
            ExitCode::Unexpected,
            ExitCode::Usage,
            ExitCode::JobEnded,
            ExitCode::Authentication,
            ExitCode::SomeFailed,
            ExitCode::StillRunning,
            ExitCode::InvalidInput,
            ExitCode::OverBudget,
            ExitCode::Retired,
            ExitCode::Interrupted,
        ] {
            let number = format!("{:>5}  ", code as u8);
            assert!(TABLE.lines().any(|line| line.starts_with(&number)), "{code:?}");
        }
    }
}
