//! Every code has a sample that shows the problem and one beside it that does not.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "everything here is test code")]

mod cases;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, BufReader, Read as _};
use std::sync::OnceLock;

use cases::{Case, Input, cases};
use mistral_datasets::training::{self, Code, Options, Report, Severity};

fn report(input: &Input) -> Report {
    let options = Options::default().validation();
    match input {
        Input::File(bytes) => training::check(&bytes[..], options).unwrap(),
        Input::Training(bytes) => training::check(&bytes[..], Options::default()).unwrap(),
        Input::As(format, bytes) => training::check(&bytes[..], options.format(*format)).unwrap(),
        Input::Endless(bytes) => {
            training::check(BufReader::with_capacity(1 << 20, io::repeat(b'x').take(*bytes)), options).unwrap()
        }
        Input::Pair { training, validation } => {
            let mut training = training::check(&training[..], Options::default()).unwrap();
            let mut validation = training::check(&validation[..], options).unwrap();
            training::compare(std::slice::from_mut(&mut training), &mut validation).unwrap();
            validation
        }
    }
}

/// The cases and the reports of their failing samples, made once: one of them is half a gigabyte.
fn failing() -> &'static [(Case, Report)] {
    static FAILING: OnceLock<Vec<(Case, Report)>> = OnceLock::new();
    FAILING.get_or_init(|| {
        let reports = cases().into_iter().map(|case| {
            let report = report(&case.fail);
            (case, report)
        });
        reports.collect()
    })
}

#[test]
fn every_code_has_a_case() {
    let covered: BTreeSet<Code> = cases().iter().map(|case| case.code).collect();
    let missing: Vec<_> = Code::ALL.iter().filter(|code| !covered.contains(code)).collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}

#[test]
fn the_failing_sample_shows_the_problem_and_no_other() {
    for (Case { code, also, .. }, report) in failing() {
        let found: BTreeSet<Code> = report.counts().keys().copied().collect();
        let expected: BTreeSet<Code> = also.iter().chain([code]).copied().collect();
        assert_eq!(found, expected, "{} {:#?}", code.name(), report.problems());
        assert_eq!(report.is_valid(), found.iter().all(|code| code.severity() < Severity::Error), "{}", code.name());
    }
}

#[test]
fn the_passing_sample_shows_nothing() {
    for Case { code, pass, .. } in cases() {
        let report = report(&pass);
        assert!(report.counts().is_empty(), "{} {:#?}", code.name(), report.problems());
    }
}

#[test]
fn every_message_is_as_reviewed() {
    let mut all = String::new();
    for (Case { code, .. }, report) in failing() {
        writeln!(all, "{code} {}: {}", code.name(), code.meaning()).unwrap();
        for problem in report.problems().iter().filter(|problem| problem.code == *code) {
            writeln!(all, "  {}", problem.at("train.jsonl")).unwrap();
        }
        writeln!(all, "  help: {}\n", code.advice()).unwrap();
    }
    insta::assert_snapshot!(all);
}
