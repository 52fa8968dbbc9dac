//! Figures beside their bounds.

use std::fmt::Display;
use std::process::ExitCode;

/// Prints figures as they come and remembers which bound was broken.
#[derive(Debug, Default)]
pub(crate) struct Report {
    broken: Vec<String>,
}

impl Report {
    /// A line above figures that belong together.
    pub(crate) fn title(&self, title: &str) {
        println!("\n{title}");
    }

    /// A figure without a bound.
    pub(crate) fn show(&self, what: &str, value: impl Display) {
        println!("  {what:<58} {value:>12}");
    }

    /// A figure and the most it may be.
    pub(crate) fn at_most(&mut self, what: &str, value: f64, bound: f64) {
        self.bound(what, value, "<=", bound, value <= bound);
    }

    /// A figure and the least it may be.
    pub(crate) fn at_least(&mut self, what: &str, value: f64, bound: f64) {
        self.bound(what, value, ">=", bound, value >= bound);
    }

    fn bound(&mut self, what: &str, value: f64, sign: &str, bound: f64, held: bool) {
        let (value, bound) = (short(value), short(bound));
        println!("  {what:<58} {value:>12}   {sign} {bound:<8} {}", if held { "held" } else { "NOT HELD" });
        if !held {
            self.broken.push(format!("{what}: {value}, not {sign} {bound}"));
        }
    }

    /// Notes what is wrong beside any figure.
    pub(crate) fn wrong(&mut self, what: String) {
        println!("  wrong: {what}");
        self.broken.push(what);
    }

    /// Whether every bound was held.
    pub(crate) fn exit_code(&self) -> ExitCode {
        if self.broken.is_empty() {
            return ExitCode::SUCCESS;
        }
        eprintln!("\nfigures: {} not held", self.broken.len());
        for broken in self.broken.iter().take(20) {
            eprintln!("  {broken}");
        }
        ExitCode::FAILURE
    }
}

/// Whole numbers whole, small ones with three decimals.
fn short(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value}") } else { format!("{value:.3}") }
}

/// The value in the middle.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
