use std::fmt;

use mistral_datasets::batch::Report;
use mistral_transport::{Error, ErrorKind};

/// Why an input was refused: the cause of a [`BadInput`](ErrorKind::BadInput) error of a plan.
///
/// ```
/// use std::error::Error as _;
/// use mistral_runs::InvalidInput;
///
/// fn show(error: &mistral_transport::Error) {
///     if let Some(invalid) = error.source().and_then(|cause| cause.downcast_ref::<InvalidInput>()) {
///         for problem in invalid.report.problems() {
///             println!("{problem}");
///         }
///     }
/// }
/// # let _ = show;
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct InvalidInput {
    /// All problems counted, and the first of them one by one.
    pub report: Report,
}

impl fmt::Display for InvalidInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (problems, lines) = (self.report.total(), self.report.statistics().lines);
        let s = |count: u64| if count == 1 { "" } else { "s" };
        write!(f, "{problems} problem{} in {lines} line{}", s(problems), s(lines))?;
        match self.report.problems().first() {
            Some(first) => write!(f, "; the first: {first}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for InvalidInput {}

impl From<InvalidInput> for Error {
    fn from(invalid: InvalidInput) -> Self {
        Self::new(ErrorKind::BadInput, invalid.to_string()).during("runs.plan").caused_by(invalid)
    }
}
