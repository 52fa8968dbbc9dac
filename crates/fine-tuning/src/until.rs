use mistral_models::FineTuningJobStatus;

/// How far a job is to be waited for. A job that has reached its end, whichever, is waited for no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Until {
    /// Its data was found good and its cost is known: `VALIDATED`, or already on from there.
    Validated,
    /// It is being trained: `STARTED` or `RUNNING`. A job without `auto_start` gets there only when it is
    /// [started](crate::Jobs::start).
    Started,
    /// It has reached its end.
    #[default]
    Done,
}

impl Until {
    /// Whether a job of this status has come so far. One that this version does not know has not.
    ///
    /// ```
    /// use mistral_fine_tuning::Until;
    /// use mistral_models::FineTuningJobStatus;
    ///
    /// assert!(Until::Validated.is_reached(&FineTuningJobStatus::Running));
    /// assert!(!Until::Started.is_reached(&FineTuningJobStatus::Validated));
    /// assert!(Until::Started.is_reached(&FineTuningJobStatus::FailedValidation));
    /// ```
    pub fn is_reached(self, status: &FineTuningJobStatus) -> bool {
        use FineTuningJobStatus::{Running, Started, Validated};

        status.is_final()
            || match self {
                Self::Validated => matches!(status, Validated | Running),
                Self::Started => matches!(status, Started | Running),
                Self::Done => false,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_reaches_what_it_should() {
        let reached = |until: Until| {
            let statuses = FineTuningJobStatus::KNOWN.iter().filter(|status| until.is_reached(status));
            statuses.map(FineTuningJobStatus::as_str).collect::<Vec<_>>()
        };
        let ends = ["FAILED_VALIDATION", "FAILED", "SUCCESS", "CANCELLED"];
        assert_eq!(reached(Until::Done), ends);
        assert_eq!(reached(Until::Started), [&["STARTED", "RUNNING"], &ends[..]].concat());
        assert_eq!(reached(Until::Validated), [&["VALIDATED", "RUNNING"], &ends[..]].concat());
        assert!(!Until::Validated.is_reached(&FineTuningJobStatus::from("PAUSED")));
    }
}
